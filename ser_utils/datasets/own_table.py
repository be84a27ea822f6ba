"""A corpus of your own as a table: what it has to say, what it may leave out, what is checked.

In the folder `SER_DATA/NAME`, a file `table.csv` or `table.parquet` makes a corpus of that name
known to every process, so to notebooks and commands. It holds no code that you would have to trust.
"""

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd

from ser_utils import labels
from ser_utils.audio import printable
from ser_utils.datasets.audio_files import require_text
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.names import Finder, composed, one_spelling, translator
from ser_utils.datasets.table import MISSING, WORDS, check, some
from ser_utils.datasets.table_files import RATINGS, named, read_file
from ser_utils.errors import CorpusError, UnknownEmotionError

#: Columns that a table cannot do without, but for what arguments say; the others may be empty.
NEEDED = ("path", "dataset", "language", "speaker")
# What programs write where a cell is empty, in columns whose words are known.
_MISSING = dict.fromkeys(("NA", "NaN", "nan", "None", "<NA>"), "")


def from_table(
    table: str | Path | pd.DataFrame,
    name: str | None = None,
    language: str | None = None,
    *,
    emotions: Mapping[object, str] | None = None,
    folder: str | Path | None = None,
    on_error: str = "raise",
) -> pd.DataFrame:
    """Make the table of a corpus of your own from a CSV or Parquet file, or from a DataFrame.

    Needed are the columns `path`, `speaker`, and `emotion` or ratings (`arousal`, `valence`). The
    columns `gender` ("female" or "male"), `sentence` and `intensity` are empty if they are missing,
    and columns of its own are kept.

    Parameters
    ----------
    table : str, Path or DataFrame
        Parquet or CSV: with a header, separated by commas, semicolons or tabs, in UTF-8, or, with
        a warning, in the encoding of Western European spreadsheets.
    name : str, optional
        Name of the corpus; by default its column `dataset`, or the name of the file. Speakers are
        prefixed with it, unless they are already.
    language : str, optional
        ISO 639-1 code; by default the column `language`.
    emotions : mapping, optional
        The table's own word or number for an emotion to one of `labels.EMOTIONS`, where they
        differ.
    folder : str or Path, optional
        Where relative paths start from; by default the folder of the file, and for a DataFrame the
        current one.
    on_error : {"raise", "skip"}
        Whether an utterance with an unknown emotion is an error, or left out with a warning; and
        so a `gender` or `intensity` that is none of the known words, which is then left empty, and
        a path that names no file, which `features.extract` then leaves out.

    Returns
    -------
    DataFrame
        One row per utterance, with the columns `COLUMNS` first.

    Raises
    ------
    CorpusError
        If the file cannot be read, or its path is no text; a needed column is missing or has empty
        cells; a path names no file, or the same file as another row; a rating is no number.
    UnknownEmotionError
        For an emotion that is not in `labels.EMOTIONS`, or is missing where there is no rating.

    Examples
    --------
    >>> from ser_utils import datasets
    >>> datasets.from_table("mine.csv", language="el", emotions={"happy": "happiness"})
    ... # doctest: +SKIP
    """
    where = name or "the table"
    if not isinstance(table, pd.DataFrame):
        file = Path(table)
        require_text(file.absolute())
        where, folder, table = str(file), folder or file.parent, read_file(file)
        name = name or (None if "dataset" in table else file.stem)
    table = named(table, where)
    if emotions and "emotion" in table:
        table = table.assign(emotion=_text(table["emotion"]).map(translator(emotions)))
    completed = complete(table, where, name, language, folder or Path())
    try:
        return check(completed, where, on_error)
    except UnknownEmotionError as error:
        raise UnknownEmotionError(
            f"{error} To map words or numbers of your own, emotions={{word: emotion}}."
        ) from error


def complete(
    table: pd.DataFrame, where: str, name: str | None, language: str | None, folder: str | Path
) -> pd.DataFrame:
    """Fill in what a table leaves out, and check all but its emotions, for `table.check`.

    Parameters are those of `from_table`, and `where` is the place of the table, for messages.
    """
    require_text(Path(folder).absolute())
    table = named(table, where)
    given = {c: value for c, value in (("dataset", name), ("language", language)) if value}
    _check_columns([*table, *given], where)
    if table.empty:
        raise CorpusError(f"{where}: no row, so no utterance.")
    table = table.reset_index(drop=True).assign(**given)
    for column in COLUMNS:
        table[column] = _text(table[column]) if column in table else ""
    for column in NEEDED:
        _refuse(table[column] == "", f"{where}: no {column}")
    for column, words in {"emotion": labels.EMOTIONS, **WORDS}.items():
        table[column] = table[column].map(translator({word: word for word in words} | _MISSING))
    for column in ("dataset", "speaker"):
        table[column] = one_spelling(table[column])
    codes = table["language"]
    _refuse(~codes.str.fullmatch("[a-zA-Z]{2,3}"), f"{where}: no ISO 639 code such as 'en'", codes)
    table["language"] = codes.str.lower()
    table["speaker"] = [
        speaker if speaker.startswith(f"{dataset}-") else f"{dataset}-{speaker}"
        for speaker, dataset in zip(table["speaker"], table["dataset"], strict=True)
    ]
    table["path"], missing = _files(table["path"], Path(folder).absolute(), where)
    for column in RATINGS:
        if column in table:
            table[column] = _numbers(table[column], f"{where}: {column} is no number")
    table = table[[*COLUMNS, *(column for column in table if column not in COLUMNS)]]
    table.attrs[MISSING] = missing
    return table


def in_folder(data: Path) -> Iterator[Corpus]:
    """Yield the corpora in `data` that are described by a table in their folder."""
    for pattern in ("*/table.parquet", "*/table.csv"):
        for file in sorted(data.glob(pattern)):
            if file.parent.name[0] != ".":
                yield _corpus(file)


def _corpus(file: Path) -> Corpus:
    folder = file.parent
    return Corpus(
        name=folder.name,
        title=folder.name,
        language=_language(file),
        how_to_get=f"put {file.name} into the folder {folder.name}",
        parse=lambda _: complete(read_file(file), str(file), folder.name, None, folder),
        locate=lambda: folder,
    )


def _language(file: Path) -> str:
    """Language of a table, or "?" if it is damaged, which must not hide the other corpora."""
    try:
        now = file.stat()
        with warnings.catch_warnings(action="ignore"):  # loading it tells
            return _language_as_of(file, now.st_mtime_ns, now.st_size) or "?"
    except (CorpusError, LookupError, OSError):
        return "?"


@lru_cache
def _language_as_of(file: Path, modified: int, size: int) -> str:
    """Language of a table; every look-up of a name asks, and only a changed one is read again."""
    return _text(read_file(file)["language"]).iloc[0].lower()


def _check_columns(columns: Sequence[str], where: str) -> None:
    missing = [column for column in NEEDED if column not in columns]
    if not {"emotion", *labels.TASKS} & {*columns}:
        missing.append("emotion (nor the ratings arousal or valence)")
    if missing:
        raise CorpusError(
            f"{where}: no column {', '.join(missing)}; there are {', '.join(map(str, columns))}. "
            "Rename or add it, or give dataset and language as the arguments name and language."
        )


def _text(column: pd.Series) -> pd.Series:
    """Write values as text without space around it, and missing ones as empty text."""
    cells = [
        "" if pd.api.types.is_scalar(cell) and pd.isna(cell) else composed(str(cell)).strip()
        for cell in column.convert_dtypes()
    ]
    return pd.Series(cells, index=column.index, dtype=str)


def _files(paths: pd.Series, folder: Path, where: str) -> tuple[pd.Series, str]:
    """Return absolute paths of files, each once, and which of them are not there."""
    find = Finder()
    files = paths.map(lambda path: find(path, folder))
    missing = ~files.map(os.path.isfile)
    foreign = paths[missing].str.match(r"[A-Za-z]:[\\/]|\\\\" if os.name != "nt" else "/")
    why = ", since these are paths of another system (write them relative to the table)"
    _refuse(files.duplicated(keep=False), f"{where}: a file is listed more than once,", paths)
    problem = f"{where}: no file, seen from {folder}{why if foreign.any() else ''},"
    return files, _described(missing, problem, paths) if missing.any() else ""


def _numbers(column: pd.Series, problem: str) -> pd.Series:
    text = _text(column).str.replace(r"^([+-]?\d+),(\d+)$", r"\1.\2", regex=True)  # of Excel
    numbers = pd.to_numeric(text, errors="coerce").astype(float)
    missing = text.isin(["", *_MISSING])
    _refuse(~(numbers.abs() < float("inf")) & ~missing, problem, column)
    return numbers


def _refuse(wrong: pd.Series, problem: str, values: pd.Series | None = None) -> None:
    if wrong.any():
        raise CorpusError(_described(wrong, problem, values))


def _described(wrong: pd.Series, problem: str, values: pd.Series | None) -> str:
    """Name some of the rows that are `wrong`, counted from 1."""
    rows = (
        f"row {row + 1}" + ("" if values is None else f" ({printable(values[row])})")
        for row in wrong.index[wrong]
    )
    return f"{problem} in {some(rows)}. Correct the table."
