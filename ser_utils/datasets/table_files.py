"""Files of tables as programs write them: Parquet, and CSV of any encoding and separator."""

import csv
import io
import re
import warnings
from pathlib import Path

import pandas as pd

from ser_utils.audio import pointer
from ser_utils.datasets.corpus import COLUMNS
from ser_utils.datasets.names import composed, folded
from ser_utils.errors import CorpusError, SerWarning

#: Columns of numbers that a table may have.
RATINGS = ("arousal", "valence", "dominance")
# What other files begin with.
_OTHER = {
    b"PK\x03\x04": "a workbook of Excel or OpenDocument (xlsx, ods)",
    b"\xd0\xcf\x11\xe0": "a workbook of Excel (xls)",
    b"\x1f\x8b": "compressed (gz, rds, RData)",
    b"$FL": "of SPSS (sav)",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"%PDF": "a PDF",
}


def read_file(file: Path) -> pd.DataFrame:
    """Read a file of a table, Parquet or CSV; a `CorpusError` says why it cannot be read.

    Columns without a name, such as R's names of rows, and empty rows are left out, and the columns
    of every table are named in lower case. A warning says that the encoding of its text is guessed.
    """
    try:
        if not file.is_file() and file.exists():
            raise ValueError("it is no file, but a folder, pipe or device")
        content = file.read_bytes()
        if mend := pointer(content[:200]):
            raise CorpusError(f"{file}: {mend}")
        for beginning, what in _OTHER.items():
            if content.startswith(beginning):
                raise ValueError(f"it is {what}; save it as CSV in UTF-8 (R: write.csv(x, file))")
        if content.startswith(b"PAR1") or file.suffix.lower() == ".parquet":
            table = pd.read_parquet(io.BytesIO(content))
        else:
            table = _read_csv(_text(content, file))
        return named(table, str(file))
    except CorpusError:
        raise
    except Exception as error:  # pandas and pyarrow raise whatever the damaged part of a file does
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CorpusError(
            f"{file} cannot be read as a table (Parquet, or CSV in UTF-8): {reason}"
        ) from error


def named(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Name the columns of every table as `COLUMNS` and `RATINGS` do, whatever their case."""
    known = {name: name for name in (*COLUMNS, *RATINGS)}
    names = [
        name if name in known or folded(name) in table else known.get(folded(name), name)
        for name in table.columns
    ]
    twice = {name for name in names if name in known and names.count(name) > 1}
    if twice:
        raise CorpusError(f"{where}: several columns {', '.join(sorted(twice))}. Keep one of each.")
    return table.set_axis(names, axis="columns")


def _text(content: bytes, file: Path) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text" of Excel
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in content:
            raise
    message = (
        f"{file} is not in UTF-8: read as Western European (cp1252). If letters are wrong, save it "
        'as "CSV UTF-8".'
    )
    warnings.warn(message, SerWarning, stacklevel=5)
    return content.decode("cp1252", errors="replace")


def _read_csv(text: str) -> pd.DataFrame:
    if excel := re.match(r"sep=(.)\r?\n", text):  # a first line of Excel
        text = text[excel.end() :]
    header_line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    separator = excel[1] if excel else _separator(header_line)
    rows = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
    header, first = next(rows, []), next(rows, [])
    # R's write.table names its rows in a column that the header leaves out.
    rows_are_named = len(first) == len(header) + 1 and first[-1] != ""
    table = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        dtype={name: str for name in header if folded(name) in COLUMNS},  # "07" is not 7
        index_col=0 if rows_are_named else False,
        keep_default_na=False,  # nor is a speaker "NA" missing
        na_values=[""],
    )
    unnamed = [c for c in table if re.fullmatch(r"(Unnamed: \d+)?", composed(str(c)))]
    return table.drop(columns=unnamed).dropna(how="all")


def _separator(header: str) -> str:
    outside_quotes = re.sub(r'"[^"]*"', "", header)
    for separators in (",;\t", " "):  # blanks, which may be in names, are the last choice
        separator = max(separators, key=outside_quotes.count)
        if separator in outside_quotes:
            return separator
    raise ValueError("its first line has no comma, semicolon or tab between names of columns")
