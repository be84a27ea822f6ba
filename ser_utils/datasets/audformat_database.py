"""A database in audformat as a corpus: labels in tables, described by a header `db.yaml`.

The format is that of `audb`, which downloads such databases: Wierstorf, Wagner, Eyben, Burkhardt
and Schuller, "audb - Sharing and Versioning of Audio and Annotation Data in Python", 2023, arXiv
2303.00645.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ser_utils import labels
from ser_utils.audio import pointer
from ser_utils.datasets.audio_files import AUDIO_SUFFIXES, is_no_speech
from ser_utils.datasets.own_table import from_table
from ser_utils.datasets.table import listed, warn_left_out
from ser_utils.errors import CorpusError, SerError, unknown_name

if TYPE_CHECKING:
    import audformat

#: Column to the scheme that it is called by in the databases of audb, such as emodb.
SCHEMES: Mapping[str, str] = {
    "emotion": "emotion",
    "speaker": "speaker",
    "gender": "gender",
    "language": "language",
    "sentence": "transcription",
    "arousal": "arousal",
    "valence": "valence",
}


def from_audformat(
    database: "str | Path | audformat.Database",
    name: str | None = None,
    language: str | None = None,
    *,
    schemes: Mapping[str, str | None] | None = None,
    tables: str | list[str] | None = None,
    emotions: Mapping[object, str] | None = None,
    on_error: str = "raise",
) -> pd.DataFrame:
    """Make the table of a corpus from a database in audformat.

    A label is found wherever the database keeps it: in a table of files, or, like the gender of a
    speaker, with the labels of another scheme. Files that hold no speech, such as laryngograms, are
    left out with a warning.

    Parameters
    ----------
    database : str, Path or audformat.Database
        Folder of `db.yaml`, or what `audb.load` returned.
    name : str, optional
        Name of the corpus; by default that of the database.
    language : str, optional
        ISO 639-1 code; by default that of the speaker, or the only one of the database.
    schemes : mapping, optional
        Column to the scheme, or the column of the database, that it is read from, where it is none
        of `SCHEMES`; or to None, to leave it out.
    tables : str or list of str, optional
        The tables whose emotions (or else ratings) count; by default all.
    emotions, on_error
        As for `from_table`.

    Returns
    -------
    DataFrame
        One row per utterance, with the columns `COLUMNS` first, and ratings if there are any.

    Raises
    ------
    SerError
        If the package audformat is not installed.
    CorpusError, UnknownEmotionError
        If the database cannot be read, has pickled tables, or tables that contradict each other,
        labels segments instead of whole files, or lacks emotions and ratings, or speakers. Else as
        for `from_table`.
    UnknownNameError
        If `schemes` names another column than those of `SCHEMES`.
    """
    try:
        import audformat
    except ImportError as error:
        raise SerError("audformat is not installed: pip install 'audformat>=1.3'") from error
    for column in schemes or ():
        if column not in SCHEMES:
            raise unknown_name("column", column, SCHEMES)
    chosen = {column: s for column, s in {**SCHEMES, **(schemes or {})}.items() if s}
    if not isinstance(database, audformat.Database):
        database = _load(Path(database))
    table = _labels(database, chosen, tables)
    if audformat.is_segmented_index(table.index):
        raise CorpusError(
            f"{database.root}: labels segments of files. Cut the files into utterances, and list "
            "these in a table (datasets.from_table); or leave a column of segments that you do not "
            "need out by schemes={column: None}."
        )
    table = _speech(table.rename_axis("path").reset_index(), database)
    if language is None:
        table["language"] = _languages(table, database)
    table = table.dropna(axis="columns", how="all")
    if "speaker" not in table:
        raise CorpusError(
            f"{database.root}: no speakers. Say by schemes={{'speaker': ...}} which of its schemes "
            f"names them: {', '.join(database.schemes)}."
        )
    return from_table(
        table,
        name or database.name,
        language,
        emotions=emotions,
        folder=database.root,
        on_error=on_error,
    )


def _load(folder: Path) -> "audformat.Database":
    import audformat

    if pickled := sorted(folder.glob("db.*.pkl")):
        raise CorpusError(
            f"{pickled[0]} is a pickle, which can run any code when it is read. Delete it if there "
            "is the same table as csv or parquet beside it."
        )
    for file in sorted(folder.glob("db*")):
        if file.is_file() and (mend := pointer(file.read_bytes()[:200])):
            raise CorpusError(f"{file}: {mend}")
    try:
        return audformat.Database.load(folder)
    except Exception as error:  # a damaged header raises whatever the part of it raises
        raise _unreadable(folder, error) from error


def _labels(
    database: "audformat.Database", schemes: Mapping[str, str], tables: str | list[str] | None
) -> pd.DataFrame:
    """Return the labels of each file, a column per item of `schemes`, NaN where there are none."""
    try:
        for column in ("emotion", *labels.TASKS):
            if len(database.get(schemes.get(column, ""), tables=tables, map=False)):
                rest = {c: scheme for c, scheme in schemes.items() if c != column}
                found = database.get(schemes[column], list(rest.values()), tables=tables, map=False)
                return found.set_axis([column, *rest], axis="columns")
    except Exception as error:  # files that are damaged, labels that contradict each other, ...
        hint = (
            " Its tables contradict each other: name those that count by tables=[...]; there are "
            f"{', '.join(database.tables)}."
        )
        contradict = "overlapping" in str(error)
        raise _unreadable(database.root, error, hint if contradict else "") from error
    raise CorpusError(
        f"{database.root}: no emotions, and no ratings. Say by schemes={{'emotion': ...}} which of "
        f"its schemes they are: {', '.join(database.schemes)}."
    )


def _speech(table: pd.DataFrame, database: "audformat.Database") -> pd.DataFrame:
    """Leave out files that hold no speech: signals at the throat, features, pictures."""
    names = table["path"].astype(str)
    speech = names.map(lambda n: Path(n).suffix.lower() in AUDIO_SUFFIXES and not is_no_speech(n))
    if speech.all():
        return table
    if not speech.any():
        raise CorpusError(f"{database.root}: labels no speech, but {listed(names.tolist())}")
    warn_left_out(database.name, {"what is no speech": names[~speech]})
    return table[speech].reset_index(drop=True)


def _languages(table: pd.DataFrame, database: "audformat.Database") -> pd.Series:
    """Return the language of each file as ISO 639-1; audformat has ISO 639-3."""
    languages = table.get("language", pd.Series(index=table.index)).astype(object)
    if len(database.languages) == 1:
        languages = languages.fillna(database.languages[0])
    return languages.map({word: _code(word) for word in languages.dropna().unique()})


def _code(language: str) -> str:
    import iso639

    try:
        found = iso639.Lang(language)
    except iso639.exceptions.InvalidLanguageValue:
        return language  # `from_table` refuses it, and says where
    return found.pt1 or found.pt3


def _unreadable(folder: str | Path, error: Exception, hint: str = "") -> CorpusError:
    return CorpusError(
        f"{folder} cannot be read as a database in audformat "
        f"({type(error).__name__}: {' '.join(str(error).split())}).{hint}"
    )
