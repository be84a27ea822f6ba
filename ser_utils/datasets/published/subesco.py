"""SUBESCO: Bengali, 20 actors, acted.

Sultana, Rahman, Selim and Iqbal, "SUST Bangla Emotional Speech Corpus (SUBESCO): An audio-only
emotional speech corpus for Bangla", PLoS ONE 16(4), 2021, e0250173.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="subesco",
    language="bn",
    title="SUST Bangla Emotional Speech Corpus (SUBESCO)",
    source="download it (about 2 GB) from https://zenodo.org/records/4526477",
    example="F_02_MONIKA_S_1_NEUTRAL_5.wav",
    # Gender, number and name of the actor, sentence, emotion, take.
    pattern=(
        r"(?P<speaker>(?P<gender>[FM])_\d\d)_[A-Z]+_S_(?P<sentence>\d+)_(?P<emotion>[A-Z]+)"
        r"_(?P<take>\d)"
    ),
    emotions=codes(
        anger="ANGRY",
        disgust="DISGUST",
        fear="FEAR",
        happiness="HAPPY",
        neutral="NEUTRAL",
        sadness="SAD",
        surprise="SURPRISE",
    ),
    genders=codes(female="F", male="M"),
)
