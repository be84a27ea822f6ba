"""One audio file, described: what its header says, and what its samples are like."""

import hashlib

import numpy as np

from ser_utils import audio
from ser_utils.errors import AudioError

#: A recording clips if so many samples in a row are this close to full scale, or beyond.
CLIPPED_RUN, FULL_SCALE = 3, 0.999
#: Types of the columns of a table of descriptions, some of which are missing.
TYPES = {"seconds": float, "sampling_rate": "Int64", "channels": "Int64", "clipped": "boolean"}
_KEYS = (
    *("path", "error", "seconds", "sampling_rate", "channels", "format"),
    *("sha256", "clipped", "silent"),
)


def inspect(path: str) -> dict[str, object]:
    """Read a file and describe it.

    Returns
    -------
    dict
        - `path`;
        - `error`: what `audio.read` says against it, or None;
        - `seconds`, `sampling_rate` (Hz), `channels`, `format`: of its header, or None;
        - `sha256`: digest of its decoded samples, so that copies in another lossless format, or
          with other tags, are copies; None if it has an error, as are the next two;
        - `clipped`: whether `CLIPPED_RUN` samples in a row of a channel are at full scale;
        - `silent`: share of its frames of 10 ms that are quieter than `audio.SILENCE`.
    """
    row = dict.fromkeys(_KEYS) | {"path": path}
    try:
        with audio.opened(path) as file, np.errstate(over="ignore", invalid="ignore"):
            row |= {
                "seconds": file.frames / file.samplerate,
                "sampling_rate": file.samplerate,
                "channels": file.channels,
                "format": f"{file.format} {file.subtype}",
            }
            digest = hashlib.sha256(f"{file.samplerate} {file.channels} ".encode())
            clipped, mono = False, []
            for block in audio.blocks(file):
                digest.update(np.ascontiguousarray(block))
                clipped = clipped or clips(block)
                mono.append(block.mean(axis=1))
            samples = np.concatenate(mono)
            audio.check(path, samples, file.samplerate)
    except AudioError as error:
        return row | {"error": str(error)}
    silent = _silent_share(samples, row["sampling_rate"])
    return row | {"sha256": digest.hexdigest(), "clipped": clipped, "silent": silent}


def clips(block: np.ndarray) -> bool:
    """Tell whether a run of samples of a channel is at full scale; shape (samples, channels)."""
    full = np.abs(block) >= FULL_SCALE
    if len(full) < CLIPPED_RUN or not full.any():
        return False
    runs = np.lib.stride_tricks.sliding_window_view(full, CLIPPED_RUN, axis=0)
    return bool(runs.all(axis=-1).any())


def _silent_share(samples: np.ndarray, sampling_rate: int) -> float:
    width = max(1, sampling_rate // 100)
    whole = len(samples) // width * width
    loudest = np.abs(samples[:whole]).reshape(-1, width).max(axis=1)
    return float((loudest < audio.SILENCE).mean())
