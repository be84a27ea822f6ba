"""From a folder of audio files to a table of utterances: what all corpora share.

A corpus that encodes its labels in the names of files and folders, as the acted ones do, is a
`Layout`: a regular expression and what its codes mean. It is matched against the end of a path, so
that a tree may be nested in the folders that archives unpack to.
"""

import difflib
import os
import re
import sys
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd
import soundfile

from ser_utils import labels
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.download.hosts import Download
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError
from ser_utils.files import data_folder

# soundfile names formats, not suffixes: these are other suffixes of the same formats. Headerless
# audio is left out, because its sampling rate is unknown.
_ALIASES = {"aif", "aifc", "oga", "opus", "snd", "sph", "wave"}
AUDIO_SUFFIXES = frozenset(
    f".{name.lower()}" for name in {*soundfile.available_formats(), *_ALIASES} - {"RAW"}
)


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
        tell them, `sentence`, `intensity`, `gender`, and `take`, which may be whatever else tells
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


def published_corpus(
    layout: Layout,
    title: str,
    how_to_get: str,
    download: Download | None = None,
    parse: Callable[..., pd.DataFrame] | None = None,
) -> Corpus:
    """Describe a corpus that readers put into their data folder.

    `parse` takes that folder and `layout`; by default it is `read`. A layout of another kind has to
    have a `corpus` and a `language`, too.
    """
    return Corpus(
        name=layout.corpus,
        title=title,
        language=layout.language,
        how_to_get=how_to_get,
        parse=partial(parse or read, layout=layout),
        locate=lambda: data_folder() / layout.corpus,
        download=download,
    )


def find_audio(folder: Path) -> Iterator[Path]:
    """Yield the audio files in `folder` and below, but no hidden files (such as `._name.wav`).

    Raises
    ------
    CorpusError
        If a folder cannot be listed, or a name is not text, which no table could hold.
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
                _require_text(file)
                yield file


def no_audio(corpus: str, folder: Path, example: str) -> CorpusError:
    """Build the error for a corpus whose folder holds no audio of it."""
    return CorpusError(
        f"{corpus}: no audio file in {folder}. Expected files such as {example}, in any folder "
        "below; is the archive unpacked?"
    )


def composed(name: str) -> str:
    """Write accents as part of their letters, which some systems separate in names of files."""
    return unicodedata.normalize("NFC", name)


def some(cases: Iterable[object], most: int = 3) -> str:
    """Write "a, b, c and 2 more"."""
    cases = list(map(str, cases))
    rest = f" and {len(cases) - most} more" if len(cases) > most else ""
    return ", ".join(cases[:most]) + rest


def read(folder: Path, layout: Layout) -> pd.DataFrame:
    """Tabulate the utterances in `folder`, sorted by the codes in their names.

    An emotion code that the layout does not know is kept as it is, for `check` to find. A gender,
    sentence or intensity that no name tells is empty. Stray audio and second copies of an utterance
    are left out with a warning.

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
    folder = folder.absolute()
    files = list(find_audio(folder))
    if not files:
        raise no_audio(layout.corpus, folder, layout.example)
    rows, copies, strays = _sort_out(files, folder, layout)
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
    return pd.DataFrame([rows[codes] for codes in sorted(rows)], columns=list(COLUMNS))


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
    known = labels.known(table)
    if known.all():
        return table
    unknown = table[~known]
    described = (
        f"unknown emotion {', '.join(map(_with_nearest, unknown['emotion'].unique()))} "
        f"in {_listed(unknown['path'].tolist())}"
    )
    if on_error == "raise" or not known.any():
        raise UnknownEmotionError(
            f'{corpus}: {described}. Correct them, or leave them out by on_error="skip".'
        )
    warnings.warn(f"{corpus}: left out {described}", SerWarning, stacklevel=3)
    return table[known].reset_index(drop=True)


def _with_nearest(word: str) -> str:
    # Near enough that "happy" finds "happiness" (0.57), but "Trauer" does not find "anger" (0.5).
    near = difflib.get_close_matches(word, labels.EMOTIONS, n=1, cutoff=0.55)
    return f"{word!r} (did you mean {near[0]!r}?)" if near else repr(word)


def _sort_out(
    files: list[Path], folder: Path, layout: Layout
) -> tuple[dict[tuple[str, ...], tuple[str, ...]], list[Path], list[Path]]:
    """Split files into one row an utterance, by its codes, second copies, and other audio."""
    rows, copies, strays = {}, [], []
    for file in files:
        name = composed(file.relative_to(folder).with_suffix("").as_posix())
        if layout.left_out and _match(layout.left_out, name):
            continue
        match = _match(layout.pattern, name)
        if not match:
            strays.append(file)
        elif (codes := tuple(match.groupdict("").values())) in rows:
            copies.append(file)
        else:
            rows[codes] = _row(file, match.groupdict(""), layout)
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


def _listed(files: Sequence[Path | str]) -> str:
    """Write "1 file: a", or "5 files: a, b, c and 2 more"."""
    return f"{len(files)} file{'s' if len(files) > 1 else ''}: {some(files)}"


def _require_text(file: Path) -> None:
    try:
        str(file).encode()
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"{os.fsencode(file)!r}: the name of this file, or of a folder above, is not valid "
            f"{sys.getfilesystemencoding()}. Rename it, or unpack the archive by another program."
        ) from error


def _cannot_list(error: OSError) -> None:
    raise CorpusError(
        f"cannot list {error.filename}: {error.strerror}. Files in it would be missed."
    ) from error
