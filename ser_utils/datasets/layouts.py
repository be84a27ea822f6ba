"""Corpora whose labels are in the names of their files and folders, as those of acted ones are.

Such a corpus is a `Layout`: a regular expression and what its codes mean. It is matched against the
end of a path, so that a tree may be nested in the folders that archives unpack to.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd

from ser_utils.datasets.audio_files import composed, find_audio, no_audio
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.download.hosts import Download
from ser_utils.datasets.table import listed
from ser_utils.errors import CorpusError, SerWarning
from ser_utils.files import data_folder


@dataclass(frozen=True)
class Layout:
    """How the names of a corpus encode its utterances.

    Attributes
    ----------
    corpus : str
        Name of the corpus.
    language : str
        ISO 639-1 code.
    example : str
        A file of the official release, for messages.
    pattern : str
        Regular expression of the name of a file without its suffix, preceded by those folders, each
        with its `/`, that tell something. Its groups are `speaker` and `emotion`, and, where names
        tell them, `sentence`, `intensity`, `gender`, and `take`, which is whatever else tells
        utterances apart: files whose groups are all equal are copies of one utterance.
    emotions : mapping
        Emotion code to emotion.
    genders : mapping, optional
        Gender code, or speaker code where there is no group `gender`, to "female" or "male".
    sentences : mapping, optional
        Sentence code to sentence, where one sentence has several codes.
    intensities : mapping, optional
        Intensity code to "weak", "normal" or "strong".
    left_out : str, optional
        Regular expression, like `pattern`, of files that belong to the release but not to the
        table.
    """

    corpus: str
    language: str
    example: str
    pattern: str
    emotions: Mapping[str, str]
    genders: Mapping[str, str] = field(default_factory=dict)
    sentences: Mapping[str, str] = field(default_factory=dict)
    intensities: Mapping[str, str] = field(default_factory=dict)
    left_out: str | None = None


def codes(**words: str) -> dict[str, str]:
    """Map the codes of a corpus, separated by spaces after each word, to these words.

    Examples
    --------
    >>> codes(anger="W", happiness="F f")
    {'W': 'anger', 'F': 'happiness', 'f': 'happiness'}
    """
    return {code: word for word, given in words.items() for code in given.split()}


def published_corpus(
    layout: Layout,
    title: str,
    how_to_get: str,
    download: Download | None = None,
    folder: str | None = None,
    parse: Callable[..., pd.DataFrame] | None = None,
) -> Corpus:
    """Describe a corpus that readers put into a folder of `SER_DATA`, by default of its name.

    `parse` takes that folder and `layout`; by default it is `read`. A layout of another kind has to
    have a `corpus` and a `language` as well.
    """
    return Corpus(
        name=layout.corpus,
        title=title,
        language=layout.language,
        how_to_get=how_to_get,
        parse=partial(parse or read, layout=layout),
        locate=lambda: data_folder() / (folder or layout.corpus),
        download=download,
    )


def read(folder: Path, layout: Layout) -> pd.DataFrame:
    """Tabulate the utterances in `folder`, sorted by the codes in their names.

    An emotion code that the layout does not know is kept as it is, for `table.check` to find. A
    gender, sentence or intensity that no name tells is empty. Stray audio and second copies of an
    utterance are left out with a warning.

    Returns
    -------
    DataFrame
        One row per utterance, with the columns `COLUMNS`.

    Raises
    ------
    CorpusError
        If `folder` holds no audio, or none of this layout, or cannot be listed.

    Warns
    -----
    SerWarning
        If audio is left out; the message names some of it.
    """
    folder = folder.absolute()
    files = list(find_audio(folder))
    if not files:
        raise no_audio(layout.corpus, folder, layout.example)
    rows, copies, strays = _sort_out(files, folder, layout)
    if not rows:
        raise CorpusError(
            f"{layout.corpus}: no audio file in {folder} is named as in the official release, "
            f"such as {layout.example}; found {listed(files)}"
        )
    if strays:
        message = (
            f"{layout.corpus}: left out audio that is not named as in the official release, "
            f"such as {layout.example}: {listed(strays)}"
        )
        warnings.warn(message, SerWarning, stacklevel=3)
    if copies:
        message = (
            f"{layout.corpus}: dropped duplicates, since {len(rows) + len(copies)} files hold "
            f"{len(rows)} utterances: {listed(copies)}"
        )
        warnings.warn(message, SerWarning, stacklevel=3)
    return pd.DataFrame([rows[key] for key in sorted(rows)], columns=list(COLUMNS))


def _sort_out(
    files: list[Path], folder: Path, layout: Layout
) -> tuple[dict[tuple[str, ...], tuple[str, ...]], list[Path], list[Path]]:
    """Split files into one row per utterance, by its codes, second copies, and other audio."""
    rows, copies, strays = {}, [], []
    for file in files:
        name = composed(file.relative_to(folder).with_suffix("").as_posix())
        if layout.left_out and _match(layout.left_out, name):
            continue
        match = _match(layout.pattern, name)
        if not match:
            strays.append(file)
        elif (key := tuple(match.groupdict("").values())) in rows:
            copies.append(file)
        else:
            rows[key] = _row(file, match.groupdict(""), layout)
    return rows, copies, strays


def _match(pattern: str, name: str) -> re.Match | None:
    """Match the end of a path, from the start of a file's or a folder's name."""
    return re.fullmatch(rf"(?s:.*/)?(?:{pattern})", name)


def _row(file: Path, code: dict[str, str], layout: Layout) -> tuple[str, ...]:
    """Decode one utterance, in the order of `COLUMNS`."""
    sentence = code.get("sentence", "")
    return (
        str(file),
        layout.corpus,
        layout.language,
        f"{layout.corpus}-{code['speaker']}",
        layout.genders.get(code.get("gender", code["speaker"]), ""),
        layout.emotions.get(code["emotion"], code["emotion"]),
        layout.sentences.get(sentence, sentence),
        layout.intensities.get(code.get("intensity"), ""),
    )
