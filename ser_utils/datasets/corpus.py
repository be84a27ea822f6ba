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
    """A corpus of emotional speech."""

    name: str  # by which it is loaded, and of its folder in `SER_DATA`
    title: str  # by which it was published
    language: str  # ISO 639-1 code
    how_to_get: str  # what a reader without the corpus has to do, in one line
    #: From the corpus folder to its table, with the columns `COLUMNS`.
    parse: Callable[[Path], pd.DataFrame]
    locate: Callable[[], Path]  # the folder in which the corpus is looked for
    #: Makes the corpus in that folder, if it can be rendered and is not there yet.
    prepare: Callable[[], Path] | None = None
    #: For corpora whose licence allows that and whose host tells checksums.
    download: Download | None = None
