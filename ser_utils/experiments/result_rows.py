"""The two files of `reproduce`: a row per training, and who was recognised in it.

`NAME.csv` holds the scores. `NAME_speakers.csv` holds, for the same rows, a column per speaker with
how many utterances of each class were recognised, out of how many, and how well those of each class
rank (see `metrics.placed`): intervals over speakers are computed from these.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ser_utils.errors import ResultsError
from ser_utils.experiments.streamed import RUN_AGAIN, Table, parse


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
    auc_target: float
    uar_median: float  # on the target, cut at the median of its scores
    uar_em: float  # on the target, cut at its share of class 1 by `metrics.em_share`
    #: By speaker: recognised and all utterances of class 0, then of class 1.
    recognised: Mapping[str, tuple[int, int, int, int]]
    placed: Mapping[str, tuple[float, float]]  # by speaker: see `metrics.placed`


KEY = Key._fields
SCORES = Score._fields[:-2]
COLUMNS = (*KEY, *SCORES)
#: Of files from before utterances were ranked, from before `uar_em`, and of today.
_HEADERS = COLUMNS[:-3], COLUMNS[:-1], COLUMNS
#: Columns of side measures: NaN, or an empty cell, where one was not measured.
SIDE = ("uar_source", "language_accuracy")


class Rows(NamedTuple):
    """An experiment as read from its files, n rows."""

    table: pd.DataFrame  # columns `COLUMNS`
    speakers: list[str]  # all S target speakers, sorted
    hits: np.ndarray  # utterances of each class recognised, shape (n, S, 2), int
    totals: np.ndarray  # utterances of each class evaluated, of the same shape
    placed: np.ndarray  # how well those of each class rank, summed, of the same shape

    def take(self, rows: np.ndarray) -> "Rows":
        """Return the rows at some positions."""
        parts = self.hits[rows], self.totals[rows], self.placed[rows]
        return Rows(self.table.iloc[rows].reset_index(drop=True), self.speakers, *parts)

    @classmethod
    def joined(cls, parts: Sequence["Rows"]) -> "Rows":
        """Return the rows of several parts with the same speakers, one after the other."""
        tables, speakers, *counts = zip(*parts, strict=True)
        table = pd.concat(tables, ignore_index=True)
        return cls(table, speakers[0], *map(np.concatenate, counts))


def speakers_file(path: Path) -> Path:
    """Return where the counts by speaker of the rows in `path` are."""
    return path.with_name(f"{path.stem}_speakers.csv")


def tables(path: Path, speakers: Iterable[str]) -> list[Table]:
    """Return both files, to stream into, for all target speakers; the scores last."""
    speakers = sorted(speakers)

    def counts(score: Score) -> list[str]:
        return [
            "{}/{} {}/{} {:.4f} {:.4f}".format(*score.recognised[speaker], *score.placed[speaker])
            if speaker in score.recognised
            else ""
            for speaker in speakers
        ]

    def numbers(score: Score) -> list[str]:
        written = {"epochs": "d", "seconds": ".2f"}
        return [format(getattr(score, name), written.get(name, ".6f")) for name in SCORES]

    return [Table(speakers_file(path), speakers, counts), Table(path, SCORES, numbers)]


def read(path: str | Path) -> Rows:
    """Read the two files of an experiment.

    Raises
    ------
    ResultsError
        If a file is absent, is of another kind, lacks a number, or the two do not belong together.

    Notes
    -----
    What a file of an earlier version lacks is NaN.
    """
    path = Path(path)
    (header, rows), (speaker_header, cells) = parse(path), parse(speakers_file(path))
    if tuple(header) not in _HEADERS:
        raise ResultsError(f"{path} has other columns than the results of an experiment.")
    keys = [row[: len(KEY)] for row in rows]
    if keys != [row[: len(KEY)] for row in cells]:
        raise ResultsError(
            f"{path} and {speakers_file(path).name} hold different rows: an experiment is still "
            "running, or was stopped. Run its command again to complete it."
        )
    table = pd.DataFrame(rows, columns=header)
    for column in ("seed", *header[len(KEY) :]):
        table[column] = _scores(table[column], path)
    table = table.reindex(columns=COLUMNS).astype({"seed": int, "epochs": int})
    try:
        counts = [[_numbers(cell) for cell in row[len(KEY) :]] for row in cells]
    except ValueError as error:
        raise ResultsError(f"{speakers_file(path)}: a cell holds no counts ({error}).") from error
    numbers = np.reshape(np.array(counts, dtype=float), (len(table), -1, 6))
    hits, totals = (numbers[..., which].astype(int) for which in ([0, 2], [1, 3]))
    return Rows(table, speaker_header[len(KEY) :], hits, totals, numbers[..., 4:])


def _numbers(cell: str) -> list[float]:
    """Read "12/14 9/10 11.5 8.25"; of a speaker who was not evaluated, an empty cell."""
    if not cell:
        return [0.0] * 6
    numbers = cell.replace("/", " ").split()
    counted, placed = list(map(int, numbers[:4])), list(map(float, numbers[4:]))
    if len(numbers) not in (4, 6) or not np.isfinite(placed).all():
        raise ValueError(repr(cell))
    return counted + (placed or [np.nan] * 2)


def _scores(column: pd.Series, path: Path) -> pd.Series:
    """Read a column as numbers, all of them finite but those of side measures not measured."""
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    missing = column.isin(["", "nan"]) & (column.name in SIDE)
    broken = ~np.isfinite(numbers) & ~missing
    if broken.any():
        row = broken.idxmax()
        raise ResultsError(
            f"{path}: {broken.sum()} of {len(column)} rows have no number as {column.name}, first "
            f"{column[row]!r} in line {row + 2}. {RUN_AGAIN}"
        )
    return numbers
