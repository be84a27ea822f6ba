"""emotiontts: Korean, 15 speakers, acted; a twentieth of it is public.

Selvas AI and KAIST, "emotiontts open DB", 2020, https://github.com/emotiontts/emotiontts_open_db.
There is no paper.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from ser_utils.datasets.layouts import codes, published_corpus

_GENDERS = codes(
    female="ema emb nea neb nec ned nee",
    male="emf emg emh nek nel nem nen neo",
)
# Each has a hundred numbers, as the README of the release says.
_EMOTIONS = ("neutral", "happiness", "anger", "sadness")
_NUMBERS = range(1, 401)


def _sentence(speaker: str, number: int) -> str:
    """Name the text: em* say the same hundred with each emotion, ne* others with each."""
    text = (number - 1) % 100 + 1 if speaker.startswith("em") else number
    return f"{speaker[:2]}{text:03}"


_PUBLISHED = published_corpus(
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


def _corrected(folder: Path) -> pd.DataFrame:
    """Read the same utterances with anger and sadness the other way around."""
    table = _PUBLISHED.parse(folder).assign(dataset="emotiontts-corrected")
    table["speaker"] = table["speaker"].str.replace("emotiontts-", "emotiontts-corrected-")
    exchanged = {"anger": "sadness", "sadness": "anger"}
    return table.assign(emotion=table["emotion"].replace(exchanged))


#: As published, and with anger and sadness exchanged: texts and voices say that the README of the
#: release confuses the two. `data/README.md` has the evidence; a test with the recordings hears it.
CORPORA = (
    _PUBLISHED,
    replace(
        _PUBLISHED,
        name="emotiontts-corrected",
        title="emotiontts open DB, anger and sadness exchanged",
        parse=_corrected,
    ),
)
