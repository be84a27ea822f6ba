"""All known corpora as a table, and as a text for a terminal."""

import textwrap
from pathlib import Path

import pandas as pd

from ser_utils.datasets import registry
from ser_utils.datasets.corpus import Corpus
from ser_utils.files import cache_folder, data_folder


def describe() -> pd.DataFrame:
    """List all known corpora, one row each; `folder` is where a corpus is looked for."""
    columns = ["name", "title", "language", "present", "folder", "how_to_get"]
    rows = [
        (c.name, c.title, c.language, registry.is_present(c), str(c.locate()), c.how_to_get)
        for c in registry.corpora().values()
    ]
    return pd.DataFrame(rows, columns=columns)


def overview(width: int = 80) -> str:
    """Write for a terminal of `width` columns what is here, and how to get the rest."""
    here, downloadable, other = [], [], []
    for corpus in registry.corpora().values():
        if registry.is_present(corpus):
            here.append((corpus, "built in" if corpus.prepare else _short(corpus.locate())))
        elif corpus.download:
            downloadable.append((corpus, corpus.title))
        else:
            other.append((corpus, corpus.how_to_get))
    margin = max(len(corpus.name) for corpus, _ in (*here, *downloadable, *other)) + 2
    lines = ["On this machine:", *_entries(here, margin, width)]
    lines += ["", f"SER_DATA  = {data_folder()}", f"SER_CACHE = {cache_folder()}"]
    for path, why in registry.misplaced().items():
        lines.append(_filled(f"Note: {path} {why}.", width))
    if downloadable:
        lines += ["", f"To download by `{registry.DOWNLOAD} NAME` (shows the licence first):"]
        lines += _entries(downloadable, margin, width)
    if other:
        lines += ["", "To get by hand (more in data/README.md):", *_entries(other, margin, width)]
    return "\n".join(lines)


def _entries(rows: list[tuple[Corpus, str]], margin: int, width: int) -> list[str]:
    """Write name, language and a text of each corpus, the text as a column of its own."""
    return [
        _filled(text, width, f"  {corpus.name:{margin}}{corpus.language:4}", " " * 6)
        for corpus, text in rows
    ]


def _filled(text: str, width: int, first: str = "", others: str = "") -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _short(folder: Path) -> str:
    """Write a folder relative to the variable that moves it."""
    for variable, base in (("SER_DATA", data_folder()), ("SER_CACHE", cache_folder())):
        if folder.is_relative_to(base):
            return str(Path(variable, folder.relative_to(base)))
    return str(folder)
