"""URDU: Urdu, 29 speakers by the names of its files, from talk shows, spontaneous.

Latif, Qayyum, Usman and Qadir, "Cross Lingual Speech Emotion Recognition: Urdu vs. Western
Languages", FIT 2018, pp. 88-93.
"""

from ser_utils.datasets.download.hosts import GitHubCommit
from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="urdu",
    language="ur",
    title="URDU: Urdu emotional speech from talk shows",
    source="download https://github.com/siddiquelatif/URDU-Dataset",
    put="put its folders",
    download=GitHubCommit(
        licence="for research only (README of the repository)",
        repository="siddiquelatif/URDU-Dataset",
        commit="4b546d4e0fa36d1c86c53a281631b2ab7ce2fdec",
        folders=("Angry", "Happy", "Neutral", "Sad"),
    ),
    example="Angry/SM1_F1_A01.wav",
    folders="Angry|Happy|Neutral|Sad",
    # Speaker with gender, number of the clip, emotion and number within it.
    pattern=r"(?P<speaker>S(?P<gender>[MF])\d+)_(?P<take>F\d+)_(?P<emotion>[A-Z])\d+",
    emotions=codes(anger="A", happiness="H", neutral="N", sadness="S"),
    genders=codes(female="F", male="M"),
)
