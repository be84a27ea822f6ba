"""A data set of the library `datasets` of Hugging Face as a corpus.

Lhoest et al., "Datasets: A Community Library for Natural Language Processing", EMNLP 2021, System
Demonstrations.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ser_utils.datasets.corpus import COLUMNS
from ser_utils.datasets.own_table import from_table
from ser_utils.datasets.table_files import RATINGS
from ser_utils.errors import CorpusError, SerError, unknown_name
from ser_utils.files import cache_folder, written_whole

if TYPE_CHECKING:
    import datasets

#: Columns of a table that a data set may have; `path` is its audio.
_FILLED = tuple(column for column in (*COLUMNS, *RATINGS) if column != "dataset")


def from_huggingface(
    dataset: "datasets.Dataset | datasets.DatasetDict",
    name: str,
    language: str | None = None,
    *,
    columns: Mapping[str, str | None] | None = None,
    emotions: Mapping[object, str] | None = None,
    folder: str | Path | None = None,
    on_error: str = "raise",
) -> pd.DataFrame:
    """Make the table of a corpus from an audio data set that `datasets.load_dataset` returned.

    Its audio is found by its type, and so is the emotion, if there is only one column of classes
    (`ClassLabel`); other columns by their names. Recordings that are in the data set itself, not in
    files, are written into a folder, as they are.

    Parameters
    ----------
    dataset : datasets.Dataset or datasets.DatasetDict
        All splits of the latter are joined: this package splits by speaker itself.
    name : str
        Name of the corpus.
    language : str, optional
        ISO 639-1 code; by default the column `language`.
    columns : mapping, optional
        Column of the table (`path` for the audio) to the column of the data set that it is read
        from, where their names differ; or to None, to leave it out.
    emotions, on_error
        As for `from_table`.
    folder : str or Path, optional
        Where recordings are written; by default a folder of the cache. One that is there, by the
        digest of its content, is not written again.

    Returns
    -------
    DataFrame
        One row per utterance, with the columns `COLUMNS` first, and ratings if there are any.

    Raises
    ------
    SerError
        If the library `datasets` is not installed.
    CorpusError, UnknownEmotionError
        If there is no column of audio, or several, and none is named; if there are no speakers, or
        recordings that have to be downloaded first; and those of `from_table`.
    UnknownNameError
        If `columns` names a column that does not exist.
    CacheError
        If a recording cannot be written.

    Examples
    --------
    >>> from datasets import load_dataset  # doctest: +SKIP
    >>> from_huggingface(
    ...     load_dataset("audiofolder", data_dir="downloads/mine"),
    ...     name="mine",
    ...     language="el",
    ...     columns={"speaker": "actor"},
    ... )  # doctest: +SKIP
    """
    try:
        import datasets
    except ImportError as error:
        raise SerError("install the library: pip install 'ser-utils[huggingface]'") from error
    if isinstance(dataset, datasets.DatasetDict):
        dataset = datasets.concatenate_datasets(list(dataset.values()))
    if not isinstance(dataset, datasets.Dataset):
        kind = type(dataset).__name__
        raise CorpusError(f"{name}: {kind} is no data set on this machine. Load without streaming.")
    chosen = _choose(dataset, name, columns or {})
    rows = dataset.select_columns(list(dict.fromkeys(chosen.values())))
    rows = rows.cast_column(chosen["path"], datasets.Audio(decode=False))
    folder = Path(folder or cache_folder() / "huggingface").absolute()
    table = {column: _words(rows, own) for column, own in chosen.items() if column != "path"}
    paths = [_file(audio, i, name, folder) for i, audio in enumerate(rows[chosen["path"]])]
    return from_table(
        pd.DataFrame({"path": paths, **table}), name, language, emotions=emotions, on_error=on_error
    )


def _choose(
    dataset: "datasets.Dataset", name: str, columns: Mapping[str, str | None]
) -> dict[str, str]:
    """Return the column of the data set for each column of the table that it fills."""
    for column, own in columns.items():
        if column not in _FILLED:
            raise unknown_name("column", column, _FILLED)
        if own is not None and own not in dataset.column_names:
            raise unknown_name(f"column of {name}", own, dataset.column_names)
    chosen = {column: column for column in _FILLED if column in dataset.column_names}
    chosen.pop("path", None)
    for column, kind in (("path", "Audio"), ("emotion", "ClassLabel")):
        of_kind = [c for c, f in dataset.features.items() if type(f).__name__ == kind]
        of_kind = [c for c in of_kind if c not in columns.values() and c not in chosen.values()]
        if column not in chosen and len(of_kind) == 1:
            chosen[column] = of_kind[0]
    chosen = {column: own for column, own in {**chosen, **columns}.items() if own is not None}
    for column, what in (("path", "audio"), ("speaker", "speakers")):
        if column not in chosen:
            raise CorpusError(
                f"{name}: no column, or more than one, may hold the {what}. Name it by "
                f"columns={{{column!r}: ...}}, out of: {', '.join(dataset.column_names)}."
            )
    return chosen


def _words(rows: "datasets.Dataset", column: str) -> list[object]:
    """Return a column, classes by their names; a missing class is -1 or None."""
    feature, values = rows.features[column], rows[column]
    if type(feature).__name__ != "ClassLabel":
        return list(values)
    return [None if v is None or v < 0 else feature.int2str(v) for v in values]


def _file(audio: Mapping[str, object] | None, row: int, name: str, folder: Path) -> str:
    """Return the file of a recording, after it is written if the data set itself holds it."""
    content, path = (audio or {}).get("bytes"), (audio or {}).get("path")
    if content is None:
        if path and Path(path).is_file():
            return str(Path(path).absolute())
        raise CorpusError(
            f"{name}: row {row + 1} holds no audio ({path}). Load it anew, with its audio."
        )
    file = folder / f"{hashlib.sha256(content).hexdigest()}{Path(path or '').suffix or '.wav'}"
    if not file.is_file():
        with written_whole(file) as temporary:
            temporary.write_bytes(content)
    return str(file)
