"""The audio files in the folder of a corpus, however deep an archive has put them."""

import os
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import soundfile

from ser_utils.audio import NO_RECORDINGS, pointer, require_file
from ser_utils.errors import AudioError, CorpusError

# soundfile names formats, not suffixes: these are other suffixes of the same formats.
_ALIASES = {"aif", "aifc", "oga", "opus", "snd", "sph", "wave"}
AUDIO_SUFFIXES = frozenset(
    f".{name.lower()}" for name in {*soundfile.available_formats(), *_ALIASES} - NO_RECORDINGS
)
#: Of recordings by phones, browsers and dictating machines, which have to be converted.
CONVERTIBLE = {
    *(".3g2", ".3gp", ".3gpp", ".aac", ".ac3", ".adts", ".amr", ".ape", ".asf", ".awb", ".dss"),
    *(".flv", ".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mov", ".mp4", ".qta", ".ra", ".rm"),
    *(".silk", ".spx", ".tta", ".weba", ".webm", ".wma", ".wmv", ".wv"),
}
# Folders of signals that are recorded beside speech.
_NO_SPEECH = re.compile(r"(?i)(?:.*/)?(?:laryngo\w*|egg|elg|electroglotto\w*)/[^/]*", re.DOTALL)


def find_audio(folder: Path, suffixes: Collection[str] = AUDIO_SUFFIXES) -> Iterator[Path]:
    """Yield the files of these suffixes in `folder` and below, but none that a system has added.

    Those are hidden (as `._name.wav`), or in the folder `__MACOSX` of an archive.

    A `CorpusError` says that a folder cannot be listed, or a name is no text for a table to hold.
    """
    entered = set()
    for root, folders, files in os.walk(folder, onerror=_cannot_list, followlinks=True):
        real = os.path.realpath(root)
        if real in entered:  # a link to a folder above would be followed for ever
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if name[0] != "." and name != "__MACOSX")
        for file in (Path(root, name) for name in sorted(files) if name[0] != "."):
            if file.suffix.lower() in suffixes:
                require_text(file)
                yield file


def is_no_speech(name: str) -> bool:
    """Whether a path below the folder of a corpus is that of a signal at the throat, no sound."""
    return bool(_NO_SPEECH.fullmatch(name.replace("\\", "/")))


def no_audio(corpus: str, folder: Path, example: str) -> CorpusError:
    """Build the error for a corpus whose folder holds no audio of it."""
    advice = convertible(list(find_audio(folder, CONVERTIBLE)))
    return CorpusError(
        f"{corpus}: no audio file in {folder}. Expected files such as {example}, in any folder "
        f"below; is the archive unpacked? {advice}".strip()
    )


def require_content(corpus: str, files: Iterable[str]) -> None:
    """Raise `CorpusError` if every one of these files is a pointer to audio left at its host."""
    mend = None
    for file in files:
        mend = _pointer(file)
        if not mend:
            return
    if mend:
        raise CorpusError(f"{corpus}: holds no audio: every file, such as {file}, {mend}")


def _pointer(file: str) -> str | None:
    try:
        require_file(file)
        with open(file, "rb") as content:
            return pointer(content.read(200))
    except (AudioError, OSError):  # what reads it will tell
        return None


def convertible(files: list[Path]) -> str:
    """Say how many files of which formats have to be converted, and how; of none, nothing."""
    if not files:
        return ""
    counts = Counter(file.suffix.lower()[1:] for file in files)
    listed = ", ".join(f"{count} {suffix}" for suffix, count in counts.most_common())
    return (
        f"There are files in formats that cannot be read ({listed}). Convert them to wav, each by "
        f"ffmpeg -i NAME.{counts.most_common(1)[0][0]} NAME.wav"
    )


def require_text(file: Path) -> None:
    """Raise `CorpusError` if the path of a file is no text, which a table could not hold."""
    try:
        str(file).encode()
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"{os.fsencode(file)!r}: this name, or that of a folder above, is not valid "
            f"{sys.getfilesystemencoding()}. Rename it, or unpack the archive by another program; "
            "if it is UTF-8, set PYTHONUTF8=1."
        ) from error


def _cannot_list(error: OSError) -> None:
    raise CorpusError(
        f"cannot list {error.filename}: {error.strerror}. Files in it would be missed."
    ) from error
