"""One audio file in, mono samples at one sampling rate out, or an error that names the file."""

from pathlib import Path

import numpy as np
import soundfile
import soxr

from ser_utils.errors import AudioError

SAMPLING_RATE = 16_000
#: Shorter than this there is no pitch period to speak of, let alone a syllable.
SHORTEST = 0.1
#: -80 dB below full scale: quieter than the noise floor of any recording of speech.
SILENCE = 1e-4
_SIZE_UNKNOWN = 0x7F00_0000


def read(path: str | Path, sampling_rate: int = SAMPLING_RATE) -> np.ndarray:
    """Read an audio file, mix it down to mono and resample it.

    Parameters
    ----------
    path : str or Path
        Any format that libsndfile reads (wav, flac, ogg, aiff, mp3, ...).
    sampling_rate : int
        Sampling rate of the result, in Hz.

    Returns
    -------
    np.ndarray, shape (n_samples,), float32
        Samples in [-1, 1]; a little beyond where the recording clips.

    Raises
    ------
    AudioError
        If the file is absent, unreadable, cut off, empty, shorter than 0.1 s, silent, or holds NaN
        or infinite samples.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioError(f"{path}: no such file. Was the corpus moved since its table was made?")
    try:
        samples, original_rate = soundfile.read(path, dtype="float32", always_2d=True)
        cut_off = _is_cut_off(path)
    # MemoryError: a corrupt header announced terabytes; TypeError: raw samples, without a header.
    except (soundfile.SoundFileError, OSError, MemoryError, TypeError) as error:
        raise AudioError(f"{path}: not a readable audio file ({error}). Get a new copy.") from error
    if cut_off:
        raise AudioError(f"{path}: is cut off, shorter than its header says. Get a new copy.")
    with np.errstate(invalid="ignore"):  # infinite in one channel, minus infinite in the other
        mono = samples.mean(axis=1)
    _check(path, mono, original_rate)
    if original_rate != sampling_rate:
        mono = soxr.resample(mono, original_rate, sampling_rate)
    return mono


def _is_cut_off(path: Path) -> bool:
    """Tell whether a wav or aiff file ends before its header says; libsndfile would not mind."""
    with open(path, "rb") as file:
        container, size = file.read(4), file.read(4)
    byte_order = {b"RIFF": "little", b"FORM": "big"}.get(container)
    if byte_order is None:
        return False
    # Programs that write into a pipe cannot know the size: they announce 2 GB or more.
    return path.stat().st_size < int.from_bytes(size, byte_order) < _SIZE_UNKNOWN


def _check(path: Path, mono: np.ndarray, sampling_rate: int) -> None:
    if len(mono) == 0:
        raise AudioError(f"{path}: holds no samples. Get a new copy or leave it out.")
    if not np.isfinite(mono).all():
        raise AudioError(f"{path}: holds samples that are NaN or infinite. Export it again.")
    seconds = len(mono) / sampling_rate
    if seconds < SHORTEST:
        raise AudioError(
            f"{path}: lasts {1000 * seconds:.0f} ms, too short for an utterance "
            f"(at least {1000 * SHORTEST:.0f} ms). Leave it out."
        )
    if np.abs(mono).max() < SILENCE:
        raise AudioError(f"{path}: is silent. Record it again or leave it out.")
