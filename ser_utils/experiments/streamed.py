"""Files that grow by a row as each training finishes, so that a kill loses nothing but that row."""

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ser_utils.errors import ResultsError
from ser_utils.files import written_whole


def rounded(score: Iterable[float]) -> list[str]:
    """Write numbers; not-a-number is an empty cell."""
    return ["" if math.isnan(number) else str(float(number)) for number in score]


class Table(NamedTuple):
    """A file of rows: the fields of a key, then those of a score.

    Attributes
    ----------
    path : Path
    columns : sequence of str
        What follows the key.
    cells : callable
        From a score to the texts in these columns.
    """

    path: Path
    columns: Sequence[str]
    cells: Callable[[object], Iterable[str]] = rounded


class StreamedRows:
    """The tables of an experiment while it runs; a row is there once it is in all of them.

    Parameters
    ----------
    tables : sequence of Table
        Their folder is made if need be.
    keys : sequence of named tuples
        All rows that the experiment is to have, in order.

    Attributes
    ----------
    done : set of named tuples
        Keys of the rows that are there.

    Raises
    ------
    ResultsError
        If the files hold rows of another experiment.
    """

    def __init__(self, tables: Sequence[Table], keys: Sequence[tuple]) -> None:
        self.tables, self.keys = tables, keys
        self._fields = keys[0]._fields
        self.done = self._rewrite()

    def append(self, scores: Mapping[tuple, object]) -> None:
        """Add the rows that are not there yet; they are on disk when this returns."""
        new = {key: score for key, score in scores.items() if key not in self.done}
        for table in self.tables:
            with table.path.open("a", newline="") as file:
                file.write(_as_csv([*key, *table.cells(score)] for key, score in new.items()))
        self.done |= new.keys()

    def sort(self) -> None:
        """Put the rows into the order of the experiment, whichever finished first."""
        self._rewrite()

    def _rewrite(self) -> set[tuple]:
        """Keep the whole rows, in order, and return their keys."""
        found = [self._whole_rows(table) for table in self.tables]
        there = [key for key in self.keys if all(key in rows for rows in found)]
        for table, rows in zip(self.tables, found, strict=True):
            text = _as_csv([[*self._fields, *table.columns], *(rows[key] for key in there)])
            with written_whole(table.path) as temporary:
                temporary.write_text(text, newline="")
        return set(there)

    def _whole_rows(self, table: Table) -> dict[tuple, list[str]]:
        """Read the rows of a file that may have been cut in mid-line."""
        if not table.path.exists():
            return {}
        known = {tuple(map(str, key)): key for key in self.keys}
        header, rows = parse(table.path)
        if header != [*self._fields, *table.columns]:
            raise ResultsError(
                f"{table.path} has other columns than this experiment would write. Choose another "
                "--out, or move the file away."
            )
        by_text = {tuple(row[: len(self._fields)]): row for row in rows}
        stray = sorted(by_text.keys() - known.keys())
        if stray:
            raise ResultsError(
                f"{table.path} holds rows of another experiment ({len(stray)} of them, such as "
                f"{', '.join(stray[0])}). Choose another --out, or move the file away."
            )
        return {known[text]: row for text, row in by_text.items()}


def parse(path: Path) -> tuple[list[str], list[list[str]]]:
    """Read header and rows of a CSV file, without a last line that was cut.

    Raises
    ------
    ResultsError
        If it cannot be read.
    """
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
