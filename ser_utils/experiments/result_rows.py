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
    """What is trained on what, and how it is evaluated: all that tells one row from another.

    Attributes
    ----------
    source, target : str
        Corpora.
    task : str
        "arousal" or "valence".
    normalise, protocol : str
        One of `domains.NORMALISATIONS`, and of `domains.PROTOCOLS`.
    batch_norm, statistics : str
        One of `batch_norm.NAMES`, and of `batch_norm.STATISTICS`.
    method : str
        One of `systems.SYSTEMS`.
    features : str
        The feature set.
    seed : int
    """

    source: str
    target: str
    task: str
    normalise: str
    batch_norm: str
    statistics: str
    method: str
    features: str
    protocol: str
    seed: int


class Score(NamedTuple):
    """How one training came out.

    Attributes
    ----------
    epochs : int
    uar_source : float
        On the source speakers held out; NaN for the supervised ceiling, which has no source.
    uar_target : float
        On the target.
    uar_majority : float
        On the target, of the dummy that always names the larger class of the source.
    language_accuracy : float
        Balanced accuracy of a fresh probe on the embeddings, 0.5 at chance; NaN as above.
    seconds : float
        Of the training alone, on one core.
    recognised : mapping of str to (int, int, int, int)
        By speaker: recognised and all utterances of class 0, then of class 1.
    """

    epochs: int
    uar_source: float
    uar_target: float
    uar_majority: float
    language_accuracy: float
    seconds: float
    recognised: Mapping[str, tuple[int, int, int, int]]


KEY = Key._fields
COLUMNS = (*KEY, *Score._fields[:-1])


class Rows(NamedTuple):
    """An experiment as read from its files.

    Attributes
    ----------
    table : pd.DataFrame
        n rows, columns `COLUMNS`.
    speakers : list of str
        All S target speakers, sorted.
    hits, totals : np.ndarray, shape (n, S, 2), int
        Utterances of each class recognised, and evaluated at all.
    """

    table: pd.DataFrame
    speakers: list[str]
    hits: np.ndarray
    totals: np.ndarray


def speakers_file(path: Path) -> Path:
    """Return where the counts by speaker of the rows in `path` are."""
    return path.with_name(f"{path.stem}_speakers.csv")


def tables(path: Path, speakers: Iterable[str]) -> list[Table]:
    """Return both files, to stream into, for all target speakers; the scores last."""
    speakers = sorted(speakers)

    def counts(score: Score) -> list[str]:
        of_speakers = (score.recognised.get(speaker) for speaker in speakers)
        return ["" if c is None else f"{c[0]}/{c[1]} {c[2]}/{c[3]}" for c in of_speakers]

    return [
        Table(speakers_file(path), speakers, counts),
        Table(path, Score._fields[:-1], _numbers),
    ]


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


def _numbers(score: Score) -> list[str]:
    epochs, *shares, seconds, _ = score
    return [str(epochs), *(f"{share:.6f}" for share in shares), f"{seconds:.2f}"]
