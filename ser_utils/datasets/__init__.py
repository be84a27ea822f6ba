"""Corpora of emotional speech, each as a table with one row an utterance.

>>> from ser_utils import datasets
>>> datasets.load("synthetic-en")  # doctest: +SKIP

A corpus of one's own is an entry of `CORPORA`, or any table with the columns `COLUMNS`.
"""

import textwrap
from pathlib import Path

import pandas as pd

from ser_utils.datasets import emodb, emovo, ravdess, synthetic
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.table import check, find_audio
from ser_utils.errors import MissingCorpusError, unknown_name
from ser_utils.paths import cache_folder, data_folder

__all__ = [
    "COLUMNS",
    "CORPORA",
    "Corpus",
    "available",
    "choose",
    "describe",
    "load",
    "names",
    "overview",
]

#: Every known corpus, by name.
CORPORA: dict[str, Corpus] = {
    corpus.name: corpus
    for corpus in (ravdess.CORPUS, emodb.CORPUS, emovo.CORPUS, *synthetic.CORPORA)
}

#: What "auto" stands for in `choose`, where both are present, and elsewhere.
REAL_PAIR = ("ravdess", "emodb")
BUILT_IN_PAIR = ("synthetic-en", "synthetic-de")


def names() -> list[str]:
    """Names of all known corpora, here or not."""
    return list(CORPORA)


def available() -> list[str]:
    """Names of the corpora that `load` finds: those on this machine and those built in."""
    return [name for name, corpus in CORPORA.items() if _present(corpus)]


def load(name: str, on_error: str = "raise") -> pd.DataFrame:
    """Load the table of a corpus; a built-in one is rendered first, if it has not been yet.

    Parameters
    ----------
    name : str
        One of `names()`.
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
    if name not in CORPORA:
        raise unknown_name("corpus", name, CORPORA)
    if on_error not in ("raise", "skip"):
        raise unknown_name("on_error", on_error, ("raise", "skip"))
    corpus = CORPORA[name]
    folder = corpus.prepare() if corpus.prepare else corpus.locate()
    if not folder.is_dir():
        raise MissingCorpusError(
            f"the corpus {name!r} is not on this machine: there is no folder {folder}. "
            f"To get it, {corpus.how_to_get}. If your corpora are elsewhere, set SER_DATA to the "
            f"folder that holds them. Built in, without a download: {', '.join(_built_in())}."
        )
    return check(corpus.parse(folder), name, on_error)


def choose(source: str = "auto", target: str = "auto") -> tuple[str, str]:
    """Choose the two corpora of a notebook and print which they are.

    Parameters
    ----------
    source, target : str
        Names of corpora. "auto" stands for RAVDESS and EMO-DB where both are present, and for
        `synthetic-en` and `synthetic-de` elsewhere.

    Returns
    -------
    source, target : str

    Raises
    ------
    UnknownNameError
        If there is no corpus of a name.
    """
    for name in (source, target):
        if name != "auto" and name not in CORPORA:
            raise unknown_name("corpus", name, CORPORA)
    real = all(_present(CORPORA[name]) for name in REAL_PAIR)
    if any(CORPORA[name].prepare for name in (source, target) if name != "auto"):
        real = False  # synthetic speech is paired with synthetic speech
    pair = REAL_PAIR if real else BUILT_IN_PAIR
    if source == "auto":
        source = pair[0] if target != pair[0] else pair[1]
    if target == "auto":
        target = pair[1] if source != pair[1] else pair[0]
    chosen = source, target
    print(f"Source: {CORPORA[chosen[0]].title}. Target: {CORPORA[chosen[1]].title}.")
    if any(CORPORA[name].prepare for name in chosen):
        print(
            "Synthetic speech stands in for real corpora: it shows the method at work and proves "
            "nothing about it.\n`python -m ser_utils datasets` tells how to get real ones."
        )
    return chosen


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
        for c in CORPORA.values()
    ]
    return pd.DataFrame(
        rows, columns=["name", "title", "language", "present", "folder", "how_to_get"]
    )


def overview(width: int = 100) -> str:
    """Write `describe` as text for a terminal of `width` columns."""
    margin = max(map(len, CORPORA)) + 2
    lines = [f"{'corpus':{margin}}language  present   looked for in"]
    missing = []
    for corpus in CORPORA.values():
        present = "built in" if corpus.prepare else "yes" if _present(corpus) else "no"
        folder = _short(corpus.locate())
        lines.append(f"{corpus.name:{margin}}{corpus.language:10}{present:10}{folder}")
        if present == "no":
            missing.append(
                textwrap.fill(
                    corpus.how_to_get,
                    width,
                    initial_indent=f"{corpus.name:{margin}}",
                    subsequent_indent=" " * margin,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
            )
    lines += ["", f"SER_DATA  = {data_folder()}", f"SER_CACHE = {cache_folder()}"]
    if missing:
        lines += ["", "To get what is not present (more in data/README.md):", *missing]
    return "\n".join(lines)


def _present(corpus: Corpus) -> bool:
    if corpus.prepare:
        return True
    folder = corpus.locate()
    return folder.is_dir() and next(find_audio(folder), None) is not None


def _built_in() -> list[str]:
    return [name for name, corpus in CORPORA.items() if corpus.prepare]


def _short(folder: Path) -> str:
    """Write a folder relative to the variable that moves it."""
    for variable, base in (("SER_DATA", data_folder()), ("SER_CACHE", cache_folder())):
        if folder.is_relative_to(base):
            return str(Path(variable, folder.relative_to(base)))
    return str(folder)
