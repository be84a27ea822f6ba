"""Files that grow by a row as each training finishes, so that a kill loses nothing but that row."""

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ser_utils.errors import ResultsError
from ser_utils.files import write_text

#: What to do about rows without a score.
RUN_AGAIN = "Take these rows out of the file, and run the command of the experiment again."


def rounded(score: Iterable[float]) -> list[str]:
    """Write numbers; not-a-number is an empty cell."""
    return ["" if math.isnan(number) else str(float(number)) for number in score]


class Table(NamedTuple):
    """A file of rows: the fields of a key, then `columns`, made of a score by `cells`."""

    path: Path
    columns: Sequence[str]
    cells: Callable[[object], Iterable[str]] = rounded


class StreamedRows:
    """The tables of an experiment while it runs; a row is there once it is in all of them.

    `keys` are named tuples, of all rows that the experiment is to have, in order; `done` are those
    of the rows that are there. Raises `ResultsError` if the files hold rows of another experiment.
    """

    def __init__(self, tables: Sequence[Table], keys: Sequence[tuple]) -> None:
        self.tables, self.keys = tables, keys
        self.sort()

    def append(self, scores: Mapping[tuple, object]) -> None:
        """Add the rows that are not there yet; they are on disk when this returns."""
        new = {key: score for key, score in scores.items() if key not in self.done}
        for table in self.tables:
            with table.path.open("a", encoding="utf-8", newline="") as file:
                file.write(_as_csv([*key, *table.cells(score)] for key, score in new.items()))
        self.done |= new.keys()

    def sort(self) -> None:
        """Keep the whole rows, in the order of the experiment, whichever finished first."""
        found = [self._whole_rows(table) for table in self.tables]
        there = [key for key in self.keys if all(key in rows for rows in found)]
        for table, rows in zip(self.tables, found, strict=True):
            whole = [self._header(table), *(rows[key] for key in there)]
            write_text(table.path, _as_csv(whole))
        self.done = set(there)

    def _header(self, table: Table) -> list[str]:
        return [*self.keys[0]._fields, *table.columns]

    def _whole_rows(self, table: Table) -> dict[tuple, list[str]]:
        """Read the rows of a file that may have been cut in mid-line."""
        if not table.path.exists():
            return {}
        header, rows = parse(table.path)
        known = {tuple(map(str, key)): key for key in self.keys}
        by_text = {tuple(row[: len(self.keys[0])]): row for row in rows}
        if header != self._header(table):
            raise refused(f"{table.path} has other columns than this experiment would write.")
        if stray := sorted(by_text.keys() - known.keys()):
            raise refused(
                f"{table.path} holds rows of another experiment ({len(stray)} of them, such as "
                f"{', '.join(stray[0])})."
            )
        return {known[text]: row for text, row in by_text.items()}


def refused(problem: str) -> ResultsError:
    """Build the error for a file that an experiment cannot go on with."""
    return ResultsError(f"{problem} Choose another --out, or move the file away.")


def parse(path: Path) -> tuple[list[str], list[list[str]]]:
    """Read header and rows of a CSV file, without a last line that was cut."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path} cannot be read ({error}).") from error
    whole = text[: text.rfind("\n") + 1]
    header, *rows = csv.reader(io.StringIO(whole)) if whole else [[]]
    return header, [row for row in rows if len(row) == len(header)]


def _as_csv(rows: Iterable[Iterable]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
