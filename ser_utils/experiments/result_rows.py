"""The two files of an experiment: a row a training, and who was recognised in it.

`NAME.csv` holds the scores. `NAME_speakers.csv` holds, for the same rows, a column a speaker with
how many utterances of each class were recognised, out of how many: what intervals over speakers
are computed from. Rows are appended as trainings finish, so a run that was killed loses nothing
but the trainings it was at.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ser_utils.errors import ResultsError
from ser_utils.files import written_whole


class Key(NamedTuple):
    """What is trained on what, and how it is evaluated: all that tells one row from another.

    Attributes
    ----------
    source, target : str
        Corpora.
    task : str
        "arousal" or "valence".
    normalise : str
        One of `domains.NORMALISATIONS`.
    batch_norm : str
        One of `batch_norm.NAMES`.
    statistics : str
        One of `batch_norm.STATISTICS`.
    method : str
        One of `experiments.METHODS`.
    features : str
        The feature set.
    protocol : str
        One of `domains.PROTOCOLS`.
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


def read(path: str | Path) -> Rows:
    """Read the two files of an experiment.

    Raises
    ------
    ResultsError
        If a file is absent, is of another kind, or the two do not belong together.
    """
    path = Path(path)
    (header, rows), (speaker_header, cells) = _parse(path), _parse(speakers_file(path))
    if tuple(header) != COLUMNS:
        raise ResultsError(f"{path} has other columns than the results of an experiment.")
    keys = [row[: len(KEY)] for row in rows]
    if keys != [row[: len(KEY)] for row in cells]:
        raise ResultsError(
            f"{path} and {speakers_file(path).name} hold different rows: an experiment is still "
            "running, or was stopped. Run its command again to complete it."
        )
    table = pd.DataFrame(rows, columns=header)
    table = table.apply(lambda column: column if column.name in KEY[:-1] else column.map(float))
    counts = [[_counts(cell) for cell in row[len(KEY) :]] for row in cells]
    counts = np.array(counts, dtype=int).reshape(len(cells), -1, 2, 2)
    return Rows(
        table=table.astype({"seed": int, "epochs": int}),
        speakers=speaker_header[len(KEY) :],
        hits=counts[..., 0],
        totals=counts[..., 1],
    )


class ResultFile:
    """The files of an experiment while it runs.

    Parameters
    ----------
    path : Path
        `NAME.csv`; its folder is made if need be.
    keys : sequence of Key
        All rows the experiment is to have, in order.
    speakers : iterable of str
        All target speakers.

    Attributes
    ----------
    done : set of Key
        Rows that are in the files.

    Raises
    ------
    ResultsError
        If the files hold rows of another experiment.
    """

    def __init__(self, path: Path, keys: Sequence[Key], speakers: Iterable[str]) -> None:
        self.path, self.keys, self.speakers = Path(path), list(keys), sorted(speakers)
        rows, cells = self._whole_lines(self.path), self._whole_lines(speakers_file(self.path))
        stray = sorted(rows.keys() - set(self.keys))
        if stray:
            raise ResultsError(
                f"{path} holds rows of another experiment ({len(stray)} of them, such as "
                f"{', '.join(map(str, stray[0]))}). Choose another --out, or move the file away."
            )
        self.done = rows.keys() & cells.keys()
        self._write(rows, cells)

    def append(self, scores: Mapping[Key, Score]) -> None:
        """Add the rows that are not there yet; they are on disk when this returns."""
        new = {key: score for key, score in scores.items() if key not in self.done}
        # The scores last: a row counts once it is in both files.
        for path, line in ((speakers_file(self.path), self._cells), (self.path, _values)):
            with path.open("a", newline="") as file:
                file.write(_as_csv([*key, *line(score)] for key, score in new.items()))
        self.done |= new.keys()

    def sort(self) -> None:
        """Put the rows into the order of the experiment, whichever finished first."""
        self._write(*(self._whole_lines(p) for p in (self.path, speakers_file(self.path))))

    def _cells(self, score: Score) -> list[str]:
        counts = (score.recognised.get(speaker) for speaker in self.speakers)
        return ["" if c is None else f"{c[0]}/{c[1]} {c[2]}/{c[3]}" for c in counts]

    def _whole_lines(self, path: Path) -> dict[Key, list[str]]:
        """Read the rows of a file that may have been cut in mid-line."""
        if not path.exists():
            return {}
        header, rows = _parse(path)
        known = [*KEY, *self.speakers] if path != self.path else list(COLUMNS)
        if header != known:
            raise ResultsError(
                f"{path} has other columns than this experiment would write. Choose another --out, "
                "or move the file away."
            )
        return {Key(*row[: len(KEY) - 1], int(row[len(KEY) - 1])): row for row in rows}

    def _write(self, rows: Mapping[Key, list[str]], cells: Mapping[Key, list[str]]) -> None:
        both = [key for key in self.keys if key in rows and key in cells]
        for path, header, lines in (
            (speakers_file(self.path), [*KEY, *self.speakers], cells),
            (self.path, COLUMNS, rows),
        ):
            with written_whole(path) as temporary:
                temporary.write_text(_as_csv([header, *(lines[key] for key in both)]), newline="")


def _parse(path: Path) -> tuple[list[str], list[list[str]]]:
    """Read header and rows, without a last line that was cut."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path} cannot be read ({error}).") from error
    whole = text[: text.rfind("\n") + 1]
    header, *rows = csv.reader(io.StringIO(whole)) if whole else [[]]
    return header, [row for row in rows if len(row) == len(header)]


def _as_csv(rows: Iterable[Iterable]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _values(score: Score) -> list[str]:
    epochs, *shares, seconds, _ = score
    return [str(epochs), *(f"{share:.6f}" for share in shares), f"{seconds:.2f}"]


def _counts(cell: str) -> list[list[int]]:
    """Parse "12/14 9/10"; a speaker who was not evaluated is an empty cell."""
    return [list(map(int, part.split("/"))) for part in (cell or "0/0 0/0").split()]
