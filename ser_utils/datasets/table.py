"""From a folder of audio files to a table of utterances: what all corpora share.

A corpus that encodes its labels in its file names, as the acted ones do, is a `Layout`: a regular
expression for the stem (the name without folder and suffix) and what its codes mean. Folders say
nothing, so that a tree may be nested in the folders that archives unpack to.
"""

import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd
import soundfile

from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError
from ser_utils.labels import EMOTIONS
from ser_utils.paths import data_folder

# soundfile names formats, not suffixes: these are other suffixes of the same formats. Headerless
# audio is left out, because its sampling rate is unknown.
_ALIASES = {"aif", "aifc", "oga", "opus", "snd", "sph", "wave"}
AUDIO_SUFFIXES = frozenset(
    f".{name.lower()}" for name in {*soundfile.available_formats(), *_ALIASES} - {"RAW"}
)


@dataclass(frozen=True)
class Layout:
    """How the file names of a corpus encode its utterances.

    Attributes
    ----------
    corpus : str
        Name of the corpus.
    language : str
        ISO 639-1 code.
    example : str
        A file of the official release, for messages.
    stem : str
        Regular expression of a stem, with the groups `speaker`, `emotion`, `sentence` and
        optionally `intensity`.
    emotions : mapping
        Emotion code to emotion.
    genders : mapping
        Speaker code to "female" or "male".
    intensities : mapping, optional
        Intensity code to "normal" or "strong".
    left_out : str, optional
        Regular expression of stems that belong to the release but not to the table.
    """

    corpus: str
    language: str
    example: str
    stem: str
    emotions: Mapping[str, str]
    genders: Mapping[str, str]
    intensities: Mapping[str, str] = field(default_factory=dict)
    left_out: str | None = None


def published_corpus(layout: Layout, title: str, how_to_get: str) -> Corpus:
    """Describe a corpus that readers put into their data folder."""
    return Corpus(
        name=layout.corpus,
        title=title,
        language=layout.language,
        how_to_get=how_to_get,
        parse=partial(read, layout=layout),
        locate=lambda: data_folder() / layout.corpus,
    )


def find_audio(folder: Path) -> Iterator[Path]:
    """Yield the audio files in `folder` and below, but no hidden files (such as `._name.wav`).

    Raises
    ------
    CorpusError
        If a folder cannot be listed.
    """
    entered = set()
    for root, folders, files in os.walk(folder, onerror=_cannot_list, followlinks=True):
        real = os.path.realpath(root)
        if real in entered:  # a link to a folder above would be followed for ever
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if name[0] != ".")
        for file in (Path(root, name) for name in sorted(files) if name[0] != "."):
            if file.suffix.lower() in AUDIO_SUFFIXES:
                yield file


def read(folder: Path, layout: Layout) -> pd.DataFrame:
    """Tabulate the utterances in `folder`, sorted by stem.

    An emotion code that the layout does not know is kept as it is, for `check` to find. Stray
    audio and second copies of an utterance (files with the same stem) are left out with a warning.

    Returns
    -------
    DataFrame
        One row an utterance, with the columns `COLUMNS`.

    Raises
    ------
    CorpusError
        If `folder` holds no audio, or none of this layout, or cannot be listed.

    Warns
    -----
    SerWarning
        If audio is left out, of which the message names some.
    """
    files = sorted(find_audio(folder.absolute()), key=lambda file: (file.stem, file))
    if not files:
        raise CorpusError(
            f"{layout.corpus}: no audio file in {folder}. Expected files such as {layout.example}, "
            "in any folder below; is the archive unpacked?"
        )
    rows, copies, strays = _sort_out(files, layout)
    if not rows:
        raise CorpusError(
            f"{layout.corpus}: no audio file in {folder} is named as in the official release, "
            f"such as {layout.example}; found {_listed(files)}"
        )
    if strays:
        warnings.warn(
            f"{layout.corpus}: left out audio that is not named as in the official release, "
            f"such as {layout.example}: {_listed(strays)}",
            SerWarning,
            stacklevel=3,
        )
    if copies:
        warnings.warn(
            f"{layout.corpus}: dropped duplicates, since {len(rows) + len(copies)} files hold "
            f"{len(rows)} utterances: {_listed(copies)}",
            SerWarning,
            stacklevel=3,
        )
    return pd.DataFrame(rows.values(), columns=list(COLUMNS))


def check(table: pd.DataFrame, corpus: str, on_error: str) -> pd.DataFrame:
    """Return the rows of `table` whose emotion is known.

    Parameters
    ----------
    table : DataFrame
        Table of a corpus.
    corpus : str
        Its name, for messages.
    on_error : {"raise", "skip"}
        Whether a row of an unknown emotion is an error, or left out with a warning.

    Raises
    ------
    CorpusError
        If a column of `COLUMNS` is missing.
    UnknownEmotionError
        If the emotion of a row is unknown, and `on_error` is "raise" or no other row is left.

    Warns
    -----
    SerWarning
        If rows are left out, of which the message names some.
    """
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise CorpusError(f"{corpus}: its table has no column {', '.join(missing)}")
    known = table["emotion"].isin(EMOTIONS)
    if known.all():
        return table
    unknown = table[~known]
    described = (
        f"unknown emotion {', '.join(unknown['emotion'].map(repr).unique())} "
        f"in {_listed(unknown['path'].tolist())}"
    )
    if on_error == "raise" or not known.any():
        raise UnknownEmotionError(
            f'{corpus}: {described}. Correct their names, or leave them out by on_error="skip".'
        )
    warnings.warn(f"{corpus}: left out {described}", SerWarning, stacklevel=3)
    return table[known].reset_index(drop=True)


def _sort_out(
    files: list[Path], layout: Layout
) -> tuple[dict[str, tuple[str, ...]], list[Path], list[Path]]:
    """Split files into one row a stem, second copies, and audio of other names."""
    rows, copies, strays = {}, [], []
    for file in files:
        if file.stem in rows:
            copies.append(file)
        elif match := re.fullmatch(layout.stem, file.stem):
            rows[file.stem] = _row(file, match.groupdict(), layout)
        elif not (layout.left_out and re.fullmatch(layout.left_out, file.stem)):
            strays.append(file)
    return rows, copies, strays


def _row(file: Path, code: dict[str, str], layout: Layout) -> tuple[str, ...]:
    """Decode one utterance, in the order of `COLUMNS`."""
    return (
        str(file),
        layout.corpus,
        layout.language,
        f"{layout.corpus}-{code['speaker']}",
        layout.genders[code["speaker"]],
        layout.emotions.get(code["emotion"], code["emotion"]),
        code["sentence"],
        layout.intensities.get(code.get("intensity"), ""),
    )


def _listed(files: Sequence[Path | str], most: int = 3) -> str:
    """Write "1 file: a", or "5 files: a, b, c and 2 more"."""
    rest = f" and {len(files) - most} more" if len(files) > most else ""
    names = ", ".join(map(str, files[:most])) + rest
    return f"{len(files)} file{'s' if len(files) > 1 else ''}: {names}"


def _cannot_list(error: OSError) -> None:
    raise CorpusError(
        f"cannot list {error.filename}: {error.strerror}. Files in it would be missed."
    ) from error
