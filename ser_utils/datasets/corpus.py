"""What every corpus has in common: a description, a place on disk, and a table of utterances."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ser_utils.datasets.download.hosts import Download

#: Columns of every table, one row per utterance. Rated corpora add `arousal` and `valence`.
COLUMNS = ("path", "dataset", "language", "speaker", "gender", "emotion", "sentence", "intensity")


@dataclass(frozen=True)
class Corpus:
    """A corpus of emotional speech.

    Attributes
    ----------
    name : str
        Name by which it is loaded, and of its folder in `SER_DATA`.
    title : str
        Name by which it was published.
    language : str
        ISO 639-1 code.
    how_to_get : str
        What a reader without the corpus has to do, in one line.
    parse : callable
        From the corpus folder to its table (columns as in `COLUMNS`).
    locate : callable
        Without arguments, the folder in which the corpus is looked for.
    prepare : callable, optional
        Makes the corpus in that folder, for corpora that can be rendered. Idempotent.
    download : Download, optional
        How to download it, for corpora whose licence allows that and whose host tells checksums.
    """

    name: str
    title: str
    language: str
    how_to_get: str
    parse: Callable[[Path], pd.DataFrame]
    locate: Callable[[], Path]
    prepare: Callable[[], Path] | None = None
    download: Download | None = None
