"""One audio file in, mono samples at one sampling rate out, or an error that names the file."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ser_utils.errors import AudioError, SettingError

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
_SIZE_UNKNOWN = 0x7F00_0000
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
        If the file is absent, unreadable, cut off, empty, shorter than 0.1 s, longer than
        `longest`, silent (but for a constant offset), or holds samples that are NaN, infinite or
        far beyond full scale.
    SettingError
        If the longest duration is not a number of seconds.
    """
    with opened(path, longest) as file, np.errstate(over="ignore", invalid="ignore"):
        original_rate = file.samplerate
        mono = np.concatenate([block.mean(axis=1) for block in blocks(file)])
    check(path, mono, original_rate)
    if original_rate != sampling_rate:
        mono = soxr.resample(mono, original_rate, sampling_rate)
    return mono


@contextmanager
def opened(path: str | Path, longest: float | None = None) -> Iterator[soundfile.SoundFile]:
    """Open an audio file after a look at its header, so that reading it takes bounded memory.

    Parameters and errors are those of `read`, but that no sample is looked at.
    """
    longest = _longest(longest)
    require_file(path)
    try:
        if _is_cut_off(path):
            raise AudioError(
                f"{printable(path)}: is cut off, shorter than its header says. Get a new copy."
            )
        # As bytes, since soundfile takes no text for a name that is not valid in the encoding of
        # the file system; but Windows has names of text only.
        with soundfile.SoundFile(path if os.name == "nt" else os.fsencode(path)) as file:
            _check_header(printable(path), file, longest)
            yield file
    # MemoryError: more than this machine holds; TypeError: raw samples, without a header.
    except (soundfile.SoundFileError, OSError, MemoryError, TypeError) as error:
        reason = getattr(error, "error_string", None) or getattr(error, "strerror", None) or error
        raise AudioError(
            f"{printable(path)}: not a readable audio file ({printable(reason).rstrip('.')}). "
            "Get a new copy."
        ) from error


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
    name = printable(path)
    if len(mono) == 0:
        raise AudioError(f"{name}: holds no samples. Get a new copy or leave it out.")
    if not np.isfinite(mono).all():
        raise AudioError(f"{name}: holds samples that are NaN or infinite. Export it again.")
    if (peak := np.abs(mono).max()) > LOUDEST:
        raise AudioError(
            f"{name}: holds samples of up to {peak:.3g}, where full scale is 1. Export it again."
        )
    seconds = len(mono) / sampling_rate
    if seconds < SHORTEST:
        raise AudioError(
            f"{name}: lasts {1000 * seconds:.0f} ms, too short for an utterance "
            f"(at least {1000 * SHORTEST:.0f} ms). Leave it out."
        )
    if np.abs(mono - mono.mean()).max() < SILENCE:
        raise AudioError(f"{name}: is silent. Record it again or leave it out.")


def require_file(path: str | Path) -> None:
    """Raise `AudioError` if `path` is no file: to open a pipe or a device can take for ever."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise AudioError(
            f"{printable(path)}: cannot be read ({getattr(error, 'strerror', None) or error}). "
            "Was the corpus moved since its table was made?"
        ) from error
    if not stat.S_ISREG(mode):
        raise AudioError(
            f"{printable(path)}: is no file, but a folder, pipe or device. Leave it out."
        )


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


def _is_cut_off(path: str | Path) -> bool:
    """Tell whether a wav or aiff file ends before its header says; libsndfile would not mind."""
    with open(path, "rb") as file:
        container, size = file.read(4), file.read(4)
    byte_order = {b"RIFF": "little", b"FORM": "big"}.get(container)
    if byte_order is None:
        return False
    # Programs that write into a pipe cannot know the size: they announce 2 GB or more.
    return os.stat(path).st_size < int.from_bytes(size, byte_order) < _SIZE_UNKNOWN


def _check_header(name: str, file: soundfile.SoundFile, longest: float) -> None:
    if file.samplerate > HIGHEST_RATE:
        raise AudioError(
            f"{name}: has a sampling rate of {file.samplerate} Hz, which no recorder has "
            f"(up to {HIGHEST_RATE} Hz). Get a new copy."
        )
    if (seconds := file.frames / file.samplerate) > longest:
        raise AudioError(
            f"{name}: lasts {seconds:.1f} s by its header, too long for an utterance (at most "
            f"{longest:g} s). Get a new copy if it does not; if it does, cut it into utterances, "
            "leave it out, or set SER_MAX_SECONDS to more."
        )
