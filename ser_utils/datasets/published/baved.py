"""BAVED: Arabic, 61 speakers, single words at three levels of emotion, acted.

Aouf, "Basic Arabic Vocal Emotions Dataset (BAVED)", 2019,
https://github.com/40uf411/Basic-Arabic-Vocal-Emotions-Dataset. There is no paper.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="baved",
    language="ar",
    title="Basic Arabic Vocal Emotions Dataset (BAVED)",
    source="clone https://github.com/40uf411/Basic-Arabic-Vocal-Emotions-Dataset (about 100 MB),",
    put="put it",
    example="0/0-m-21-0-1-105.wav",
    folders="[0-6]",
    # Speaker, gender, age, word, level, number. The levels are no emotions, but of arousal: 0 is
    # tired or down, 1 as every day, 2 any strong emotion.
    pattern=(
        r"(?P<speaker>\d+)-(?P<gender>[fm])-\d+-(?P<sentence>[0-6])-(?P<arousal>[0-2])"
        r"-(?P<take>\d+)"
    ),
    genders=codes(female="f", male="m"),
)
