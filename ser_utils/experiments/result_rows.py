"""The two files of `reproduce`: a row per training, and who was recognised in it.

`NAME.csv` holds the scores. `NAME_speakers.csv` holds, for the same rows, a column per speaker with
how many utterances of each class were recognised, out of how many: intervals over speakers are
computed from these.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ser_utils.errors import ResultsError
from ser_utils.experiments.streamed import Table, parse


class Key(NamedTuple):
    """What is trained on what, and how it is evaluated: all that tells one row from another."""

    source: str
    target: str
    task: str
    normalise: str  # one of `domains.NORMALISATIONS`
    batch_norm: str  # one of `batch_norm.NAMES`
    statistics: str  # one of `batch_norm.STATISTICS`
    method: str  # one of `systems.SYSTEMS`
    features: str
    protocol: str  # one of `domains.PROTOCOLS`
    seed: int


class Score(NamedTuple):
    """How one training came out; the supervised ceiling has no source, hence NaN in two fields."""

    epochs: int
    uar_source: float  # on speakers held out
    uar_target: float
    uar_majority: float  # on the target, of the dummy that always names the larger source class
    language_accuracy: float  # balanced, of a fresh probe on the embeddings; 0.5 at chance
    seconds: float  # of the training alone, on one core
    #: By speaker: recognised and all utterances of class 0, then of class 1.
    recognised: Mapping[str, tuple[int, int, int, int]]


KEY = Key._fields
COLUMNS = (*KEY, *Score._fields[:-1])


class Rows(NamedTuple):
    """An experiment as read from its files, n rows."""

    table: pd.DataFrame  # columns `COLUMNS`
    speakers: list[str]  # all S target speakers, sorted
    hits: np.ndarray  # utterances of each class recognised, shape (n, S, 2), int
    totals: np.ndarray  # utterances of each class evaluated, of the same shape


def speakers_file(path: Path) -> Path:
    """Return where the counts by speaker of the rows in `path` are."""
    return path.with_name(f"{path.stem}_speakers.csv")


def tables(path: Path, speakers: Iterable[str]) -> list[Table]:
    """Return both files, to stream into, for all target speakers; the scores last."""
    speakers = sorted(speakers)

    def counts(score: Score) -> list[str]:
        of_speakers = (score.recognised.get(speaker) for speaker in speakers)
        return ["{}/{} {}/{}".format(*c) if c else "" for c in of_speakers]

    def numbers(score: Score) -> list[str]:
        epochs, *shares, seconds, _ = score
        return [str(epochs), *(f"{share:.6f}" for share in shares), f"{seconds:.2f}"]

    scores = Table(path, Score._fields[:-1], numbers)
    return [Table(speakers_file(path), speakers, counts), scores]


def read(path: str | Path) -> Rows:
    """Read the two files of an experiment.

    Raises
    ------
    ResultsError
        If a file is absent, is of another kind, or the two do not belong together.
    """
    path = Path(path)
    (header, rows), (speaker_header, cells) = parse(path), parse(speakers_file(path))
    if tuple(header) != COLUMNS:
        raise ResultsError(f"{path} has other columns than the results of an experiment.")
    keys = [row[: len(KEY)] for row in rows]
    if keys != [row[: len(KEY)] for row in cells]:
        raise ResultsError(
            f"{path} and {speakers_file(path).name} hold different rows: an experiment is still "
            "running, or was stopped. Run its command again to complete it."
        )
    table = pd.DataFrame(rows, columns=header)
    table = table.astype(dict.fromkeys(COLUMNS[len(KEY) :], float) | {"seed": int, "epochs": int})
    # "12/14 9/10" by class; a speaker who was not evaluated is an empty cell.
    cells = [" ".join(cell or "0/0 0/0" for cell in row[len(KEY) :]) for row in cells]
    counts = np.array([cell.replace("/", " ").split() for cell in cells], dtype=int)
    counts = counts.reshape(len(table), -1, 2, 2)
    return Rows(table, speaker_header[len(KEY) :], counts[..., 0], counts[..., 1])
