"""emotiontts: Korean, 15 speakers, acted; a twentieth of it is public.

Selvas AI and KAIST, "emotiontts open DB", 2020, https://github.com/emotiontts/emotiontts_open_db.
There is no paper.
"""

from ser_utils.datasets.layouts import codes, published_corpus

_GENDERS = codes(
    female="ema emb nea neb nec ned nee",
    male="emf emg emh nek nel nem nen neo",
)
# Each has a hundred numbers, as the README of the release says. `data/README.md` says why the last
# two may be the other way around.
_EMOTIONS = ("neutral", "happiness", "anger", "sadness")
_NUMBERS = range(1, 401)


def _sentence(speaker: str, number: int) -> str:
    """Name the text: em* say the same hundred with each emotion, ne* others with each."""
    text = (number - 1) % 100 + 1 if speaker.startswith("em") else number
    return f"{speaker[:2]}{text:03}"


CORPUS = published_corpus(
    corpus="emotiontts",
    language="ko",
    title="emotiontts open DB, emotional speech",
    source="clone https://github.com/emotiontts/emotiontts_open_db, which holds a twentieth of it,",
    put="put it",
    example="emotional-to-emotional/nea/wav/nea00101.wav",
    folders="(emotional|plain)-to-emotional/[a-z]{3}/wav",
    left_out="(CSD|Main|Personality)/.+",  # songs, and speech without emotion
    # Speaker, and a number that tells emotion and text.
    pattern=r"(?P<sentence>(?P<speaker>em[abfgh]|ne[a-ek-o])(?P<emotion>\d{5}))",
    emotions={f"{number:05}": _EMOTIONS[(number - 1) // 100] for number in _NUMBERS},
    genders=_GENDERS,
    sentences={
        f"{speaker}{number:05}": _sentence(speaker, number)
        for speaker in _GENDERS
        for number in _NUMBERS
    },
)
