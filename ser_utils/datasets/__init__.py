"""Corpora of emotional speech, each as a table with one row an utterance.

>>> from ser_utils import datasets
>>> datasets.load("synthetic-en")  # doctest: +SKIP

A corpus of one's own is a folder of `SER_DATA` with a `table.csv`, a parser that `register` makes
known, or any table with the columns `COLUMNS`, such as `from_table` and `from_audformat` make.
"""

import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from ser_utils.datasets import own_table, synthetic
from ser_utils.datasets.audformat_database import from_audformat
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.own_table import from_table
from ser_utils.datasets.published import (
    aesdd,
    cafe,
    casia,
    cremad,
    emodb,
    emovo,
    esd,
    iemocap,
    msp_improv,
    nemo,
    ravdess,
    recola,
    savee,
    shemo,
    tess,
    urdu,
)
from ser_utils.datasets.table import check, find_audio
from ser_utils.errors import DomainError, MissingCorpusError, SettingError, unknown_name
from ser_utils.files import cache_folder, data_folder

__all__ = [
    "COLUMNS",
    "CORPORA",
    "Corpus",
    "available",
    "choose",
    "corpora",
    "describe",
    "find",
    "from_audformat",
    "from_table",
    "load",
    "names",
    "overview",
    "register",
]

#: Every corpus that has a parser, by name: those built in, and those registered.
CORPORA: dict[str, Corpus] = {
    corpus.name: corpus
    for corpus in (
        aesdd.CORPUS,
        cafe.CORPUS,
        casia.CORPUS,
        cremad.CORPUS,
        emodb.CORPUS,
        emovo.CORPUS,
        *esd.CORPORA,
        iemocap.CORPUS,
        msp_improv.CORPUS,
        nemo.CORPUS,
        ravdess.CORPUS,
        recola.CORPUS,
        savee.CORPUS,
        shemo.CORPUS,
        tess.CORPUS,
        urdu.CORPUS,
        *synthetic.CORPORA,
    )
}

_PUBLISHED = frozenset(CORPORA)

#: What "auto" stands for in `choose`, where both are present, and elsewhere.
REAL_PAIR = ("ravdess", "emodb")
BUILT_IN_PAIR = ("synthetic-en", "synthetic-de")


def corpora() -> dict[str, Corpus]:
    """All known corpora by name: `CORPORA`, and the folders of `SER_DATA` that hold a table."""
    return {corpus.name: corpus for corpus in own_table.in_folder(data_folder())} | CORPORA


def names() -> list[str]:
    """Names of all known corpora, here or not."""
    return list(corpora())


def available() -> list[str]:
    """Names of the corpora that `load` finds: those on this machine and those built in."""
    return [name for name, corpus in corpora().items() if _present(corpus)]


def register(
    name: str,
    parse: Callable[[Path], pd.DataFrame],
    language: str,
    *,
    title: str | None = None,
    how_to_get: str = "ask those who wrote its parser",
) -> None:
    """Make a corpus with a parser of one's own known by a name, in this process.

    To reach other processes, such as those of notebooks and commands, save what `load` then returns
    as `SER_DATA/NAME/table.csv`.

    Parameters
    ----------
    name : str
        By which it is loaded, and of its folder in `SER_DATA`. Registering it again replaces it.
    parse : callable
        From that folder to its table, with the columns that `from_table` needs.
    language : str
        ISO 639-1 code.
    title : str, optional
        Name by which it was published.
    how_to_get : str
        What those without the corpus have to do, in one line.

    Raises
    ------
    SettingError
        If the name is "auto", that of a published corpus, or not of letters, digits, and ``_.-``.
    """
    if name == "auto" or name in _PUBLISHED or not re.fullmatch(r"\w[\w.-]*", name):
        raise SettingError(
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

    Raises
    ------
    UnknownNameError
        If there is no corpus of a name.
    DomainError
        If corpora that are joined have different languages, or are the same.
    """
    known = corpora()
    parts = [name] if name in known else name.split("+")
    for part in parts:
        if part not in known:
            raise unknown_name("corpus", part, known)
    found = [known[part] for part in parts]
    if len({corpus.language for corpus in found}) > 1:
        languages = ", ".join(f"{corpus.name} ({corpus.language})" for corpus in found)
        raise DomainError(f"corpora of one language can be joined, not {languages}.")
    if len(set(parts)) < len(parts):
        raise DomainError(f"a corpus cannot be joined with itself: {name}.")
    return found


def load(name: str | Sequence[str], on_error: str = "raise") -> pd.DataFrame:
    """Load the table of a corpus; a built-in one is rendered first, if it has not been yet.

    Parameters
    ----------
    name : str or sequence of str
        One of `names()`; or several of one language, as in ``["ravdess", "cremad"]`` or
        ``"ravdess+cremad"``, whose tables are concatenated. Each row keeps its `dataset`.
    on_error : {"raise", "skip"}
        Whether an utterance with an unknown emotion is an error, or left out with a warning.

    Returns
    -------
    DataFrame
        One row an utterance, with at least the columns `COLUMNS`: `path` (absolute), `dataset`,
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
        If files are left out: duplicates, audio with other names, and unknown emotions if skipped.
    """
    if on_error not in ("raise", "skip"):
        raise unknown_name("on_error", on_error, ("raise", "skip"))
    tables = []
    for corpus in find(name if isinstance(name, str) else "+".join(name)):
        folder = corpus.prepare() if corpus.prepare else corpus.locate()
        if not folder.is_dir():
            raise MissingCorpusError(
                f"the corpus {corpus.name!r} is not on this machine: there is no folder {folder}. "
                f"To get it, {_how_to_get(corpus)}. If your corpora are elsewhere, set SER_DATA to "
                "the folder that holds them. Built in, without a download: "
                f"{', '.join(_built_in())}."
            )
        tables.append(check(corpus.parse(folder), corpus.name, on_error))
    return pd.concat(tables, ignore_index=True)


def choose(source: str = "auto", target: str = "auto") -> tuple[str, str]:
    """Choose the two corpora of a notebook and print which they are.

    Parameters
    ----------
    source, target : str
        Names of corpora, each as for `find`. "auto" stands for the one of RAVDESS and EMO-DB that
        has another language, where both are present, and for `synthetic-en` or `synthetic-de`
        elsewhere.

    Returns
    -------
    source, target : str

    Raises
    ------
    UnknownNameError
        If there is no corpus of a name.
    DomainError
        If a name joins corpora of different languages.
    """
    given = [find(name) for name in (source, target) if name != "auto"]
    real = all(_present(CORPORA[name]) for name in REAL_PAIR)
    if any(corpus.prepare for found in given for corpus in found):
        real = False  # synthetic speech is paired with synthetic speech
    pair = REAL_PAIR if real else BUILT_IN_PAIR
    if not given:
        source, target = pair
    elif source == "auto":
        source = _of_another_language(target, pair)
    elif target == "auto":
        target = _of_another_language(source, pair[::-1])
    print(f"Source: {_title(source)}. Target: {_title(target)}.")
    if any(corpus.prepare for name in (source, target) for corpus in find(name)):
        print(
            "Synthetic speech stands in for real corpora: it shows the method at work and proves "
            "nothing about it.\n`python -m ser_utils datasets` tells how to get real ones."
        )
    return source, target


def describe() -> pd.DataFrame:
    """List all known corpora.

    Returns
    -------
    DataFrame
        One row a corpus: `name`, `title`, `language`, `present`, `folder` (where it is looked
        for), `how_to_get`.
    """
    rows = [
        (c.name, c.title, c.language, _present(c), str(c.locate()), c.how_to_get)
        for c in corpora().values()
    ]
    return pd.DataFrame(
        rows, columns=["name", "title", "language", "present", "folder", "how_to_get"]
    )


def overview(width: int = 80) -> str:
    """Write for a terminal of `width` columns what is here, and how to get the rest."""
    here, downloadable, other = [], [], []
    for corpus in corpora().values():
        if _present(corpus):
            where = "built in" if corpus.prepare else _short(corpus.locate())
            here.append((corpus, where))
        elif corpus.download:
            downloadable.append((corpus, corpus.title))
        else:
            other.append((corpus, corpus.how_to_get))
    lines = ["On this machine:", *_entries(here, width)]
    lines += ["", f"SER_DATA  = {data_folder()}", f"SER_CACHE = {cache_folder()}"]
    if downloadable:
        lines += ["", f"To download by `{_DOWNLOAD} NAME` (shows the licence first):"]
        lines += _entries(downloadable, width)
    if other:
        lines += ["", "To get by hand (more in data/README.md):", *_entries(other, width)]
    return "\n".join(lines)


_DOWNLOAD = "python -m ser_utils download"


def _entries(rows: list[tuple[Corpus, str]], width: int) -> list[str]:
    """Write name, language and a text of each corpus, the text as a column of its own."""
    margin = max(map(len, corpora())) + 2
    return [
        textwrap.fill(
            text,
            width,
            initial_indent=f"  {corpus.name:{margin}}{corpus.language:4}",
            subsequent_indent=" " * 6,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for corpus, text in rows
    ]


def _how_to_get(corpus: Corpus) -> str:
    command = f"run `{_DOWNLOAD} {corpus.name}`, or " if corpus.download else ""
    return command + corpus.how_to_get


def _present(corpus: Corpus) -> bool:
    if corpus.prepare or corpus.name not in CORPORA:  # a table says where its audio is
        return True
    folder = corpus.locate()
    return folder.is_dir() and next(find_audio(folder), None) is not None


def _title(name: str) -> str:
    return " + ".join(corpus.title for corpus in find(name))


def _of_another_language(name: str, pair: Sequence[str]) -> str:
    language = find(name)[0].language
    return next(other for other in pair if CORPORA[other].language != language)


def _built_in() -> list[str]:
    return [name for name, corpus in CORPORA.items() if corpus.prepare]


def _short(folder: Path) -> str:
    """Write a folder relative to the variable that moves it."""
    for variable, base in (("SER_DATA", data_folder()), ("SER_CACHE", cache_folder())):
        if folder.is_relative_to(base):
            return str(Path(variable, folder.relative_to(base)))
    return str(folder)
