"""A corpus of your own as a table: what it has to say, what it may leave out, what is checked.

In the folder `SER_DATA/NAME`, a file `table.csv` or `table.parquet` makes a corpus of that name
known to every process, so to notebooks and commands. It holds no code that you would have to trust.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd

from ser_utils import labels
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.table import check, some
from ser_utils.errors import CorpusError, UnknownEmotionError

#: Columns that a table cannot do without, but for what arguments say; the others may be empty.
NEEDED = ("path", "dataset", "language", "speaker")
RATINGS = (*labels.TASKS, "dominance")


def from_table(
    table: str | Path | pd.DataFrame,
    name: str | None = None,
    language: str | None = None,
    *,
    emotions: Mapping[str, str] | None = None,
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
        Parquet if the file is named `.parquet`, else CSV: in UTF-8, with a header, separated by
        commas, semicolons or tabs.
    name : str, optional
        Name of the corpus; by default its column `dataset`, or the name of the file. Speakers are
        prefixed with it, unless they are already.
    language : str, optional
        ISO 639-1 code; by default the column `language`.
    emotions : mapping, optional
        The table's own word for an emotion to one of `labels.EMOTIONS`, where they differ.
    folder : str or Path, optional
        Where relative paths start from; by default the folder of the file, and for a DataFrame the
        current one.
    on_error : {"raise", "skip"}
        Whether an utterance with an unknown emotion is an error, or left out with a warning.

    Returns
    -------
    DataFrame
        One row per utterance, with the columns `COLUMNS` first.

    Raises
    ------
    CorpusError
        If the file cannot be read; a needed column is missing or has empty cells; a path names no
        file, or the same file as another row; a rating is no number.
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
        where, folder, table = str(file), folder or file.parent, read_file(file)
        name = name or (None if "dataset" in table else file.stem)
    if emotions and "emotion" in table:
        table = table.assign(emotion=_text(table["emotion"]).replace(dict(emotions)))
    completed = complete(table, where, name, language, folder or Path())
    try:
        return check(completed, where, on_error)
    except UnknownEmotionError as error:
        raise UnknownEmotionError(
            f"{error} To map words of your own, emotions={{word: emotion}}."
        ) from error


def complete(
    table: pd.DataFrame, where: str, name: str | None, language: str | None, folder: str | Path
) -> pd.DataFrame:
    """Fill in what a table leaves out, and check all but its emotions.

    Parameters are those of `from_table`, and `where` is the place of the table, for messages. The
    result is for `table.check`.
    """
    given = {c: value for c, value in (("dataset", name), ("language", language)) if value}
    _check_columns([*table, *given], where)
    if table.empty:
        raise CorpusError(f"{where}: no row, so no utterance.")
    table = table.reset_index(drop=True).assign(**given)
    for column in COLUMNS:
        table[column] = _text(table[column]) if column in table else ""
    for column in NEEDED:
        _refuse(table[column] == "", f"{where}: no {column}")
    codes = table["language"]
    _refuse(~codes.str.fullmatch("[a-z]{2,3}"), f"{where}: no ISO 639 code such as 'en'", codes)
    table["speaker"] = [
        speaker if speaker.startswith(f"{dataset}-") else f"{dataset}-{speaker}"
        for speaker, dataset in zip(table["speaker"], table["dataset"], strict=True)
    ]
    table["path"] = _files(table["path"], Path(folder).absolute(), where)
    for column in RATINGS:
        if column in table:
            table[column] = _numbers(table[column], f"{where}: {column} is no number")
    return table[[*COLUMNS, *(column for column in table if column not in COLUMNS)]]


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
        return _language_as_of(file, now.st_mtime_ns, now.st_size) or "?"
    except (CorpusError, LookupError, OSError):
        return "?"


@lru_cache
def _language_as_of(file: Path, modified: int, size: int) -> str:
    """Language of a table; every look-up of a name asks, and only a changed one is read again."""
    return _text(read_file(file)["language"]).iloc[0]


def read_file(file: Path) -> pd.DataFrame:
    """Read a file of a table, CSV or Parquet, as it is; a `CorpusError` says why it cannot."""
    try:
        if file.suffix.lower() == ".parquet":
            return pd.read_parquet(file)
        with file.open(encoding="utf-8-sig") as lines:
            header = lines.readline()
        return pd.read_csv(
            file,
            sep=max(",;\t", key=header.count),
            dtype=dict.fromkeys(COLUMNS, str),  # a speaker "07" is not 7
            index_col=False,
            keep_default_na=False,  # nor is a speaker "NA" missing
            na_values=[""],
            encoding="utf-8-sig",
        )
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"{file} cannot be read as a table (Parquet, or CSV in UTF-8): "
            f"{' '.join(str(error).split())}"
        ) from error


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
    cells = ["" if pd.isna(cell) else str(cell).strip() for cell in column.convert_dtypes()]
    return pd.Series(cells, index=column.index, dtype=str)


def _files(paths: pd.Series, folder: Path, where: str) -> pd.Series:
    """Return absolute paths of files that are there, each once."""
    files = paths.map(lambda path: os.path.abspath(folder / path))
    _refuse(~files.map(os.path.isfile), f"{where}: no file, seen from {folder},", paths)
    _refuse(files.duplicated(keep=False), f"{where}: a file is listed more than once,", paths)
    return files


def _numbers(column: pd.Series, problem: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    missing = _text(column).isin(["", "nan", "NaN"])
    _refuse(~(numbers.abs() < float("inf")) & ~missing, problem, column)
    return numbers


def _refuse(wrong: pd.Series, problem: str, values: pd.Series | None = None) -> None:
    """Raise an error that names some of the rows that are `wrong`, counted from 1."""
    if wrong.any():
        rows = (
            f"row {row + 1}" + ("" if values is None else f" ({values[row]})")
            for row in wrong.index[wrong]
        )
        raise CorpusError(f"{problem} in {some(rows)}. Correct the table.")
