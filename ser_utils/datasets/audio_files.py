"""The audio files in the folder of a corpus, however deep an archive has put them."""

import os
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import soundfile

from ser_utils.errors import CorpusError

# soundfile names formats, not suffixes: these are other suffixes of the same formats. Headerless
# audio is left out, because its sampling rate is unknown.
_ALIASES = {"aif", "aifc", "oga", "opus", "snd", "sph", "wave"}
AUDIO_SUFFIXES = frozenset(
    f".{name.lower()}" for name in {*soundfile.available_formats(), *_ALIASES} - {"RAW"}
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
    """Write accents as part of their letters; some systems separate them in names of files."""
    return unicodedata.normalize("NFC", name)


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
