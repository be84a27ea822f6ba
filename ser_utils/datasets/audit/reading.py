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
    "path",
    "error",  # what `audio.read` says against it
    *("seconds", "sampling_rate", "channels", "format"),  # of its header; the rate in Hz
    "sha256",  # of its decoded samples: copies with other tags, or lossless formats, are copies
    "clipped",  # whether `CLIPPED_RUN` samples in a row of a channel are at full scale
    "silent",  # share of its frames of 10 ms that are quieter than `audio.SILENCE`
)


def inspect(path: str) -> dict[str, object]:
    """Read a file and describe it by `_KEYS`; what an error keeps from being known is None."""
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
    width = max(1, row["sampling_rate"] // 100)
    frames = samples[: len(samples) // width * width].reshape(-1, width)
    silent = float((np.abs(frames).max(axis=1) < audio.SILENCE).mean())
    return row | {"sha256": digest.hexdigest(), "clipped": clipped, "silent": silent}


def clips(block: np.ndarray) -> bool:
    """Tell whether a run of samples of a channel is at full scale; shape (samples, channels)."""
    full = np.abs(block) >= FULL_SCALE
    if len(full) < CLIPPED_RUN or not full.any():
        return False
    runs = np.lib.stride_tricks.sliding_window_view(full, CLIPPED_RUN, axis=0)
    return bool(runs.all(axis=-1).any())
