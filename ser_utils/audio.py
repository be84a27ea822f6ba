"""One audio file in, mono samples at one sampling rate out, or an error that names the file."""

import functools
import mmap
import os
import re
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import soundfile
import soxr

from ser_utils.errors import AudioError, SettingError, require_number

SAMPLING_RATE = 16_000
#: Shorter than this there is no pitch period to speak of, let alone a syllable.
SHORTEST = 0.1
#: Longer than this (in seconds) it is a conversation, or a damaged header, and no utterance. The
#: environment variable SER_MAX_SECONDS sets another limit.
LONGEST = 60.0
#: -80 dB below full scale: quieter than the noise floor of any recording of speech.
SILENCE = 1e-4
#: 40 dB above full scale, where no converter gets: integers stored as floats, or damage.
LOUDEST = 100.0
#: In Hz. No recorder is faster; a damaged header that says so would make an hour seem a moment.
HIGHEST_RATE = 384_000
#: Formats of libsndfile that hold features or matrices, or nothing that says how fast to play it.
NO_RECORDINGS = frozenset({"HTK", "MAT4", "MAT5", "RAW"})
# What phones, browsers and dictating machines write and libsndfile does not read, by how it begins.
_SIGNATURES = {
    "MPEG-4 (m4a, mp4, mov, 3gp)": rb".{4}(ftyp|moov|mdat|wide)",
    "Matroska (webm, mkv)": rb"\x1aE\xdf\xa3",
    "AMR": rb"#!AMR",
    "Windows Media (wma, asf)": rb"0&\xb2u\x8ef\xcf\x11",
    "AAC": rb"\xff[\xf0\xf1\xf8\xf9]|ADIF",
    "AC-3": rb"\x0bw",
    "AVI": rb"RIFF.{4}AVI ",
    "Flash video": rb"FLV\x01",
    "Monkey's Audio (ape)": rb"MAC ",
    "RealAudio": rb"\.RMF|\.ra\xfd",
    "SILK": rb"\x02?#!SILK",
    "Speex": rb"OggS.{24}Speex",
    "TTA": rb"TTA[12]",
    "WavPack": rb"wvPK",
    "a dictation (dss)": rb"[\x02\x03]ds[s2]",
}
_SIZE_UNKNOWN = 0x7F00_0000
_MOST_CHUNKS = 1000
_DAY = 24 * 3600.0


def read(
    path: str | Path, sampling_rate: int = SAMPLING_RATE, longest: float | None = None
) -> np.ndarray:
    """Read an audio file, mix it down to mono and resample it.

    Parameters
    ----------
    path : str or Path
        Any format that libsndfile reads (wav, flac, ogg, aiff, mp3, ...).
    sampling_rate : int
        Sampling rate of the result, in Hz.
    longest : float, optional
        Longest duration to accept, in seconds; by default SER_MAX_SECONDS, else `LONGEST`.

    Returns
    -------
    np.ndarray, shape (n_samples,), float32
        Samples in [-1, 1]; a little beyond where the recording clips.

    Raises
    ------
    AudioError
        If the file is absent, unreadable, in a format to convert, cut off, empty, shorter than
        0.1 s, longer than `longest`, silent (but for a constant offset), or holds samples that are
        NaN, infinite or far beyond full scale.
    SettingError
        If the longest duration is not a number of seconds, or the sampling rate none of Hz.
    """
    require_number("the sampling rate", sampling_rate, above=0, most=HIGHEST_RATE)
    with opened(path, longest) as file, np.errstate(over="ignore", invalid="ignore"):
        original_rate = file.samplerate
        mono = np.concatenate([block.mean(axis=1) for block in blocks(file)])
    check(path, mono, original_rate)
    if original_rate != sampling_rate:
        mono = soxr.resample(mono, original_rate, sampling_rate)
    return mono


@contextmanager
def opened(path: str | Path, longest: float | None = None) -> Iterator[soundfile.SoundFile]:
    """Open a file as `read`, and look at its header only, so that reading takes bounded memory."""
    longest = _longest(longest)
    require_file(path)
    try:
        _refuse_other_contents(path)
        with _container(path) as source, soundfile.SoundFile(source) as file:
            _check_header(path, file, longest)
            yield file
    # MemoryError: more than this machine holds; TypeError: raw samples, without a header.
    except (soundfile.SoundFileError, OSError, MemoryError, TypeError) as error:
        reason = getattr(error, "error_string", None) or getattr(error, "strerror", None) or error
        what = f"not a readable audio file ({printable(reason).rstrip('.')}). Get a new copy."
        if re.search("unimplemented|unsupported|not supported|'fmt '", str(reason), re.IGNORECASE):
            what += f" If other programs play it: {_how_to_convert(path)}"
        raise _bad(path, what) from error


def blocks(file: soundfile.SoundFile) -> Iterator[np.ndarray]:
    """Read an opened file to its end, as float32 of shape (n_samples, n_channels).

    Mono and stereo come in one block, because soundfile seeks after each, which is inexact in mp3;
    recordings of more channels in blocks of as many samples as stereo would have.
    """
    size = max(1, 2 * file.frames // file.channels)
    while True:
        block = file.read(size, dtype="float32", always_2d=True)
        yield block
        if len(block) < size:
            return


def check(path: str | Path, mono: np.ndarray, sampling_rate: int) -> None:
    """Raise `AudioError` if the samples of a file, shape (n,), cannot be a recording of speech."""
    if len(mono) == 0:
        raise _bad(path, "holds no samples. Get a new copy or leave it out.")
    if not np.isfinite(mono).all():
        raise _bad(path, "holds samples that are NaN or infinite. Export it again.")
    if (peak := np.abs(mono).max()) > LOUDEST:
        what = f"holds samples of up to {peak:.3g}, where full scale is 1. Export it again."
        raise _bad(path, what)
    milliseconds, shortest = 1000 * len(mono) / sampling_rate, 1000 * SHORTEST
    if milliseconds < shortest:
        lasts = f"lasts {_apart(milliseconds, shortest, 0)} ms, too short for an utterance"
        raise _bad(path, f"{lasts} (at least {shortest:.0f} ms). Leave it out.")
    if np.abs(mono - mono.mean()).max() < SILENCE:
        raise _bad(path, "is silent. Record it again or leave it out.")


def require_file(path: str | Path) -> None:
    """Raise `AudioError` if `path` is no file: to open a pipe or a device can take for ever."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", None) or error
        what = f"cannot be read ({reason}). Was the corpus moved since its table was made?"
        raise _bad(path, what) from error
    if not stat.S_ISREG(mode):
        raise _bad(path, "is no file, but a folder, pipe or device. Leave it out.")


def _bad(path: str | Path, what: str) -> AudioError:
    return AudioError(f"{printable(path)}: {what}")


def pointer(content: bytes) -> str | None:
    """Say what to do about a file that begins with `content`, if its rest was left at its host.

    Git LFS and git-annex put a small text in the place of a large file.
    """
    if re.match(rb"version https://(git-lfs|hawser)\.github\.com", content):
        return (
            "is a pointer of Git LFS, in place of the file. Install git-lfs and run `git lfs pull` "
            "in the clone; an archive of the repository holds pointers only."
        )
    if re.match(rb"([./]*\.git)?/annex/objects/", content):
        return "is a pointer of git-annex, in place of the file. Run `git annex get` in the clone."
    return None


def printable(text: object) -> str:
    r"""Escape what would break a line, a terminal or an encoding, as names of files may.

    Examples
    --------
    >>> print(printable("Ärger\n01.wav"))
    Ärger\n01.wav
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in str(text)
    )


def _longest(seconds: float | None) -> float:
    given = os.environ.get("SER_MAX_SECONDS") or LONGEST if seconds is None else seconds
    try:
        if SHORTEST <= float(given) <= _DAY:
            return float(given)
    except ValueError:
        pass
    raise SettingError(
        f"the longest duration (SER_MAX_SECONDS) is {given!r}; "
        f"give it in seconds, from {SHORTEST:g} to {_DAY:.0f}."
    )


def _refuse_other_contents(path: str | Path) -> None:
    """Raise `AudioError` for what libsndfile would refuse without saying what it is, or misread."""
    with open(path, "rb") as file:
        head = file.read(64)
        if head[:3] == b"ID3" and len(head) >= 10:  # tags, which AAC may have before it
            size = functools.reduce(lambda size, byte: size << 7 | byte & 127, head[6:10], 0)
            file.seek(10 + size)
            head = file.read(64)
    if mend := pointer(head):
        raise _bad(path, mend)
    for what, beginning in _SIGNATURES.items():
        if re.match(beginning, head, re.DOTALL):
            mend = _how_to_convert(path)
            raise _bad(path, f"is {what}, which libsndfile does not read. {mend}")


def _how_to_convert(path: str | Path) -> str:
    path = Path(path)
    to = path.with_suffix(".wav")
    if to == path:
        to = path.with_stem(f"{path.stem}-converted")
    files = (shlex.quote(printable(file)) for file in (path, to))
    return "Convert it to wav: ffmpeg -i {} {}".format(*files)


@contextmanager
def _container(path: str | Path) -> Iterator[str | bytes | Path | mmap.mmap]:
    """Yield what libsndfile is to open, after a look at where the samples of a wav or aiff end.

    Programs that write into a pipe announce no samples, or 2 GB and more. libsndfile believes the
    former; so it gets a copy in memory that says how many there are, unless another chunk follows.
    """
    with open(path, "rb") as file:
        byte_order, start, size = _announced(file)
        rest = os.fstat(file.fileno()).st_size - start
        if rest < size < _SIZE_UNKNOWN:
            raise _bad(path, "is cut off, shorter than its header says. Get a new copy.")
        if start and size == 0 < rest and not re.match(rb"[\w ]{4}", file.read(4)):
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as copy:
                copy[start - 4 : start] = min(rest, _SIZE_UNKNOWN).to_bytes(4, byte_order)
                yield copy
                return
    # As bytes, since soundfile takes no text for a name that is not valid in the encoding of the
    # file system; but Windows has names of text only.
    yield path if os.name == "nt" else os.fsencode(path)


def _announced(file: BinaryIO) -> tuple[Literal["little", "big"], int, int]:
    """Return where the samples of a wav or aiff file start, and how many bytes they say to be."""
    container, size, _ = file.read(4), file.read(4), file.read(4)
    byte_order = "little" if container == b"RIFF" else "big"
    if container not in (b"RIFF", b"RIFX", b"FORM"):
        return byte_order, 0, 0
    for _ in range(_MOST_CHUNKS):
        if len(head := file.read(8)) < 8:
            break
        length = int.from_bytes(head[4:], byte_order)
        if head[:4] in (b"data", b"SSND"):
            return byte_order, file.tell(), length
        file.seek(length + length % 2, os.SEEK_CUR)
    return byte_order, 0, int.from_bytes(size, byte_order)


def _apart(value: float, limit: float, digits: int) -> str:
    """Write a value with as many digits as tell it from the limit that it misses."""
    while float(text := f"{value:.{digits}f}") == limit and digits < 9:
        digits += 1
    return text


def _check_header(path: str | Path, file: soundfile.SoundFile, longest: float) -> None:
    if file.format in NO_RECORDINGS:
        raise _bad(path, f"holds features or numbers ({file.format}), no recording.")
    if (rate := file.samplerate) > HIGHEST_RATE:
        what = f"has a sampling rate of {rate} Hz, which no recorder has (up to {HIGHEST_RATE} Hz)"
        raise _bad(path, f"{what}. Get a new copy.")
    if (seconds := file.frames / rate) > longest:
        raise _bad(
            path,
            f"lasts {_apart(seconds, longest, 1)} s by its header, too long for an utterance (at "
            f"most {longest:g} s). Get a new copy if it does not; if it does, cut it into "
            "utterances, leave it out, or set SER_MAX_SECONDS to more.",
        )
