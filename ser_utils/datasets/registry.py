"""Which corpora there are, and how to load one by its name."""

import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from ser_utils import errors
from ser_utils.datasets import own_table, synthetic
from ser_utils.datasets.audio_files import find_audio
from ser_utils.datasets.corpus import Corpus
from ser_utils.datasets.names import folded, is_device
from ser_utils.datasets.published import PUBLISHED
from ser_utils.datasets.table import check
from ser_utils.files import data_folder

#: Every corpus that has a parser, by name: those built in, and those registered.
CORPORA: dict[str, Corpus] = {corpus.name: corpus for corpus in (*PUBLISHED, *synthetic.CORPORA)}
_RESERVED = frozenset({"auto", *CORPORA})

#: What "auto" stands for in `choose`, where both are present, and elsewhere.
REAL_PAIR = ("ravdess", "emodb")
BUILT_IN_PAIR = ("synthetic-en", "synthetic-de")

#: The command that downloads a corpus, but for its name.
DOWNLOAD = "python -m ser_utils download"


def corpora() -> dict[str, Corpus]:
    """All known corpora by name: `CORPORA`, and the folders of `SER_DATA` that hold a table."""
    return {corpus.name: corpus for corpus in own_table.in_folder(data_folder())} | CORPORA


def names() -> list[str]:
    """Names of all known corpora, here or not."""
    return list(corpora())


def available() -> list[str]:
    """Names of the corpora that `load` finds: those on this machine and those built in."""
    return [name for name, corpus in corpora().items() if is_present(corpus)]


def is_present(corpus: Corpus) -> bool:
    """Whether `load` finds a corpus: its folder holds audio, or a table, or it is built in."""
    if corpus.prepare or corpus.name not in CORPORA:  # a table says where its audio is
        return True
    folder = corpus.locate()
    return folder.is_dir() and next(find_audio(folder), None) is not None


def misplaced() -> dict[Path, str]:
    """Folders and tables of `SER_DATA` that are not read where they are, and why."""
    if not data_folder().is_dir():
        return {data_folder(): "does not exist: set SER_DATA to the folder that holds the corpora"}
    to_get = [corpus for corpus in CORPORA.values() if not corpus.prepare]
    known = {_plain(corpus.locate().name): corpus for corpus in to_get}
    found = {}
    for folder in sorted(data_folder().glob("*/")):
        for table in folder.glob("[Tt][Aa][Bb][Ll][Ee].*"):
            if table.suffix.lower() in (".xlsx", ".xls", ".ods"):
                found[table] = "is not read: save it as table.csv"
            elif folder.name in _RESERVED and table.suffix in (".csv", ".parquet"):
                found[table] = "is not read, as a folder of this name is read by a parser: move it"
        corpus = known.get(_plain(folder.name))
        if corpus and not corpus.locate().exists():
            found[folder] = f"is not read: rename it to {corpus.locate().name}"
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", folded(name))


def register(
    name: str,
    parse: Callable[[Path], pd.DataFrame],
    language: str,
    *,
    title: str | None = None,
    how_to_get: str = "ask those who wrote its parser",
) -> None:
    """Make a corpus with a parser of your own known by a name, in this process.

    To reach other processes, such as those of notebooks and commands, save what `load` then returns
    as `SER_DATA/NAME/table.csv`.

    Parameters
    ----------
    name : str
        Name by which it is loaded, and of its folder in `SER_DATA`. Registering it again replaces
        it.
    parse : callable
        From that folder to its table, with the columns that `from_table` needs.
    language : str
        ISO 639-1 code.
    title : str, optional
        Name by which it was published.
    how_to_get : str
        What a reader without the corpus has to do, in one line.

    Raises
    ------
    SettingError
        If the name is "auto", that of a published corpus, or not of letters, digits, and ``_.-``.
    """
    if name in _RESERVED or is_device(name) or not re.fullmatch(r"\w[\w.-]*", name):
        raise errors.SettingError(
            f"cannot register a corpus as {name!r}: choose a name of letters and digits that no "
            "published corpus has."
        )
    CORPORA[name] = Corpus(
        name=name,
        title=title or name,
        language=language,
        how_to_get=how_to_get,
        parse=lambda folder: own_table.complete(parse(folder), name, name, language, folder),
        locate=lambda: data_folder() / name,
    )


def find(name: str) -> list[Corpus]:
    """Find the corpora that a name stands for: one, or those that it joins by ``+``.

    An `UnknownNameError` says that there is no corpus of a name, as where a path is given, and a
    `DomainError` that corpora that are joined have different languages, or are the same.
    """
    known = corpora()
    parts = [name] if name in known else name.split("+")
    for part in parts:
        if part not in known:
            raise _no_name(name, part, known)
    found = [known[part] for part in parts]
    if len({corpus.language for corpus in found}) > 1:
        languages = ", ".join(f"{corpus.name} ({corpus.language})" for corpus in found)
        raise errors.DomainError(f"corpora of one language can be joined, not {languages}.")
    if len(set(parts)) < len(parts):
        raise errors.DomainError(f"a corpus cannot be joined with itself: {name}.")
    return found


def load(name: str | Sequence[str], on_error: str = "raise") -> pd.DataFrame:
    """Load the table of a corpus; a built-in one is rendered first, if it has not been yet.

    Parameters
    ----------
    name : str or sequence of str
        One of `names()`; or several of one language, as in ``["ravdess", "cremad"]`` or
        ``"ravdess+cremad"``, whose tables are concatenated. Each row keeps its `dataset`.
    on_error : {"raise", "skip"}
        Whether an utterance with an unknown emotion is an error, or left out with a warning; and
        so a gender or intensity of other words than `table` lists, which is then left empty, and
        a table that names a file that is not there, which `features.extract` then leaves out.

    Returns
    -------
    DataFrame
        One row per utterance, with at least the columns `COLUMNS`: `path` (absolute), `dataset`,
        `language`, `speaker`, `gender`, `emotion`, `sentence`, `intensity`.

    Raises
    ------
    UnknownNameError
        If there is no corpus of this name.
    DomainError
        If several corpora have different languages.
    MissingCorpusError
        If it is not on this machine; the message says how to get it.
    CorpusError
        If its folder holds no audio in the layout of its official release.
    UnknownEmotionError
        If a file has an emotion code that the corpus does not define.

    Warns
    -----
    SerWarning
        If files are left out: duplicates, audio with other names or known to be damaged, and
        unknown emotions if skipped; and where a table in the folder of a published corpus is not
        read.
    """
    errors.require_on_error(on_error)
    tables = []
    single = isinstance(name, str | Path)
    for corpus in find(str(name) if single else "+".join(map(str, name))):
        folder = corpus.prepare() if corpus.prepare else corpus.locate()
        if not folder.is_dir():
            raise _missing(corpus, folder)
        for path, why in misplaced().items():
            if path.parent == folder:
                warnings.warn(f"{path} {why}.", errors.SerWarning, stacklevel=2)
        tables.append(check(corpus.parse(folder), corpus.name, on_error))
    return pd.concat(tables, ignore_index=True)


def choose(source: str = "auto", target: str = "auto") -> tuple[str, str]:
    """Choose the names of the two corpora of a pair, each as for `find`, which raises its errors.

    "auto" stands for the one of RAVDESS and EMO-DB that has another language, where both are
    present, and for `synthetic-en` or `synthetic-de` elsewhere.
    """
    given = {name: find(name) for name in (source, target) if name != "auto"}
    real = all(is_present(CORPORA[name]) for name in REAL_PAIR)
    for path, why in () if real else misplaced().items():
        if _plain(path.name) in REAL_PAIR or (path == data_folder() and os.environ.get("SER_DATA")):
            warnings.warn(f"{path} {why}.", errors.SerWarning, stacklevel=2)
    if any(corpus.prepare for found in given.values() for corpus in found):
        real = False  # synthetic speech is paired with synthetic speech
    pair = REAL_PAIR if real else BUILT_IN_PAIR
    if not given:
        return pair
    languages = {found[0].language for found in given.values()}
    fitting = [other for other in pair if CORPORA[other].language not in languages]
    if source == "auto":
        source = fitting[0]
    elif target == "auto":
        target = fitting[-1]
    return source, target


def _missing(corpus: Corpus, folder: Path) -> errors.MissingCorpusError:
    command = f"run `{DOWNLOAD} {corpus.name}`, or " if corpus.download else ""
    built_in = ", ".join(name for name, known in CORPORA.items() if known.prepare)
    hint = "".join(
        f" {path} {why}."
        for path, why in misplaced().items()
        if path == data_folder() or _plain(path.name) == _plain(folder.name)
    )
    return errors.MissingCorpusError(
        f"the corpus {corpus.name!r} is not on this machine: there is no folder {folder}. To get "
        f"it, {command}{corpus.how_to_get}. If your corpora are elsewhere, set SER_DATA to the "
        f"folder that holds them. Built in, without a download: {built_in}.{hint}"
    )


def _no_name(name: str, part: str, known: Mapping[str, Corpus]) -> errors.UnknownNameError:
    """Build the error for what is no name of a corpus, in case it is a path or has other case."""
    path = Path(name)
    tables = (".csv", ".parquet", ".tsv", ".xlsx")
    if not (re.search(r"[/\\]", name) or path.suffix.lower() in tables or path.exists()):
        return errors.unknown_name("corpus", part, known)
    folders = {folder.resolve() for folder in (path, *path.parents) if folder.exists()}
    like = next((n for n, corpus in known.items() if corpus.locate().resolve() in folders), None)
    mend = (
        f"That is in the folder of {like!r}: give this name."
        if like
        else "A folder in SER_DATA of a known corpus, or with a table.csv, has a name; a table "
        "elsewhere is read by datasets.from_table."
    )
    return errors.UnknownNameError(
        f"{name!r} is a path, and a name of a corpus is needed. {mend} Known: {', '.join(known)}"
    )
