"""emotiontts: Korean, 15 speakers, acted; a twentieth of it is public.

Selvas AI and KAIST, "emotiontts open DB", 2020, https://github.com/emotiontts/emotiontts_open_db.
There is no paper.
"""

from ser_utils.datasets.corpus import Corpus
from ser_utils.datasets.layouts import codes, published_corpus

_GENDERS = codes(
    female="ema emb nea neb nec ned nee",
    male="emf emg emh nek nel nem nen neo",
)
_NUMBERS = range(1, 401)


def _sentence(speaker: str, number: int) -> str:
    """Name the text: em* say the same hundred with each emotion, ne* others with each."""
    text = (number - 1) % 100 + 1 if speaker.startswith("em") else number
    return f"{speaker[:2]}{text:03}"


def _corpus(name: str, title: str, *emotions: str) -> Corpus:
    """Describe the corpus with these `emotions`, each of a hundred numbers."""
    return published_corpus(
        corpus=name,
        language="ko",
        title=title,
        source="clone https://github.com/emotiontts/emotiontts_open_db, which holds a twentieth "
        "of it,",
        put="put it",
        folder="emotiontts",
        example="emotional-to-emotional/nea/wav/nea00101.wav",
        folders="(emotional|plain)-to-emotional/[a-z]{3}/wav",
        left_out="(CSD|Main|Personality)/.+",  # songs, and speech without emotion
        # Speaker, and a number that tells emotion and text.
        pattern=r"(?P<sentence>(?P<speaker>em[abfgh]|ne[a-ek-o])(?P<emotion>\d{5}))",
        emotions={f"{number:05}": emotions[(number - 1) // 100] for number in _NUMBERS},
        genders=_GENDERS,
        sentences={
            f"{speaker}{number:05}": _sentence(speaker, number)
            for speaker in _GENDERS
            for number in _NUMBERS
        },
    )


_TITLE = "emotiontts open DB, emotional speech"
#: As published, and with anger and sadness exchanged: texts and voices say that the README of the
#: release confuses the two. `data/README.md` has the evidence; a test with the recordings hears it.
CORPORA = (
    _corpus("emotiontts", _TITLE, "neutral", "happiness", "anger", "sadness"),
    _corpus(
        "emotiontts-corrected", f"{_TITLE}, corrected", "neutral", "happiness", "sadness", "anger"
    ),
)
