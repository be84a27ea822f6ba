"""One audio file, described: what its header says, and what its samples are like."""

import hashlib
from functools import cache

import numpy as np
import scipy.fft

from ser_utils import audio
from ser_utils.errors import AudioError

#: A recording clips if so many samples in a row are this close to full scale, or beyond.
CLIPPED_RUN, FULL_SCALE = 3, 0.999
#: Seconds of a frame, and from one to the next.
FRAME, HOP = 0.032, 0.016
#: Frames are speech if they are so many dB above the noise, or at most as many below loud ones; and
#: in any case no more than `BELOW_SPEECH` below these.
BELOW_SPEECH, ABOVE_NOISE = 30, 10
#: In dB. What is quieter than the rounding noise of 16 bits is as quiet as that, or as zeros.
LOWEST = -100.0
#: 10 dB above the rounding noise of 16 bits (a variance of 1/12), per bin of a spectrum.
EMPTY = 10 * np.log10(2.0**-30 / 12) + 10
#: A band is wide if it ends not far below half of the sampling rate, as a good resampler's does.
WIDE = 0.9
#: Bands of hearing that telephones have as well, and how many of them are one in an opening.
LOWEST_BAND, HIGHEST_BAND, BANDS, JOINED = 80, 3_800, 24, 4
#: Frames of an opening: about a second.
OPENING = 62
_KEYS = (
    "path",
    "error",  # what `audio.read` says against it
    *("seconds", "sampling_rate", "channels", "format"),  # of its header; the rate in Hz
    "sha256",  # of its decoded samples: copies with other tags, or lossless formats, are copies
    "clipped",  # whether `CLIPPED_RUN` samples in a row of a channel are at full scale
    "silent",  # share of its frames of 10 ms that are quieter than `audio.SILENCE`
    "bits",  # that its samples use, up to 24
    "offset",  # mean of its samples, where full scale is 1
    "level",  # of its speech, in dB
    "noise_floor",  # level of its quietest frames (the 5th percentile), in dB
    *("leading", "trailing"),  # seconds before and after its speech
    "bandwidth",  # above which there is only rounding noise, in Hz; half the rate if it is `WIDE`
    "voice",  # mean level of its speech by band, (BANDS,), whatever its level
    "opening",  # how its first second sounds, whatever its level: a vector of length 1
)
#: Those that are arrays.
VECTORS = ("voice", "opening")
#: Types of the others, where any may be missing.
TYPES = {key: float for key in _KEYS if key not in ("path", "error", "format", "sha256", *VECTORS)}
TYPES |= {"sampling_rate": "Int64", "channels": "Int64", "bits": "Int64", "clipped": "boolean"}


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
            clipped, used, mono = False, 0, []
            for block in audio.blocks(file):
                digest.update(np.ascontiguousarray(block))
                clipped = clipped or clips(block)
                used |= used_bits(block)
                mono.append(block.mean(axis=1))
            samples = np.concatenate(mono)
            audio.check(path, samples, file.samplerate)
    except AudioError as error:
        return row | {"error": str(error)}
    bits = 24 - (used & -used).bit_length() + 1
    row |= {"sha256": digest.hexdigest(), "clipped": clipped, "bits": bits}
    return row | measured(samples, row["sampling_rate"])


def clips(block: np.ndarray) -> bool:
    """Tell whether a run of samples of a channel is at full scale; shape (samples, channels)."""
    full = np.abs(block) >= FULL_SCALE
    if len(full) < CLIPPED_RUN or not full.any():
        return False
    runs = np.lib.stride_tricks.sliding_window_view(full, CLIPPED_RUN, axis=0)
    return bool(runs.all(axis=-1).any())


def used_bits(block: np.ndarray) -> int:
    """Which of 24 bits any sample uses; of an empty block, none."""
    whole = np.nan_to_num(block * 2.0**23).clip(-(2**23), 2**23).astype(np.int32)
    return int(np.bitwise_or.reduce(whole, axis=None))


def measured(samples: np.ndarray, rate: int) -> dict[str, object]:
    """Measure samples, shape (n,), of a recording that `audio.check` accepts."""
    width = max(1, rate // 100)
    frames = samples[: len(samples) // width * width].reshape(-1, width)
    silent = float((np.abs(frames).max(axis=1) < audio.SILENCE).mean())
    offset = float(samples.mean())
    power, hertz, hop = spectra(samples - samples.mean(), rate)
    level = decibels(power.mean(axis=1))
    floor, loud = np.percentile(level, [5, 95])
    least = np.clip(floor + ABOVE_NOISE, loud - BELOW_SPEECH, loud - ABOVE_NOISE)
    speech = np.flatnonzero(level >= least)
    filled = hertz[decibels(power.mean(axis=0)) > EMPTY].max(initial=0.0)
    bands = decibels(power @ in_bands(tuple(hertz)))
    voice = bands[speech].mean(axis=0)
    return {
        "silent": silent,
        "offset": offset,
        "level": float(decibels(power[speech].mean())),
        "noise_floor": float(floor),
        "leading": speech[0] * hop / rate,
        "trailing": (len(level) - 1 - speech[-1]) * hop / rate,
        "bandwidth": rate / 2 if filled >= WIDE * rate / 2 else float(filled),
        "voice": voice - voice.mean(),
        "opening": _opening(bands[speech[0] :][:OPENING]),
    }


def spectra(samples: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return power of frames, (frames, bins), the frequencies of the bins, and samples of a hop.

    White noise has its variance in each bin.
    """
    width = min(max(1, round(FRAME * rate)), len(samples))
    hop = max(1, round(HOP * rate))
    window = np.hanning(width + 2)[1:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, width)[::hop] * window
    n = scipy.fft.next_fast_len(width, real=True)
    power = np.abs(scipy.fft.rfft(frames, n, axis=1)) ** 2 / (window**2).sum()
    return power, scipy.fft.rfftfreq(n, 1 / rate), hop


def decibels(power: np.ndarray) -> np.ndarray:
    """Return powers in dB of full scale, of which nothing is below `LOWEST`."""
    return 10 * np.log10(np.maximum(power, 10 ** (LOWEST / 10)))


@cache
def in_bands(hertz: tuple[float, ...]) -> np.ndarray:
    """Tell which frequency is in which band, as wide as hearing has them: (bins, BANDS)."""
    from librosa import mel_frequencies

    edges = mel_frequencies(BANDS + 1, fmin=LOWEST_BAND, fmax=HIGHEST_BAND, htk=True)
    frequency = np.array(hertz)[:, None]
    return ((edges[:-1] <= frequency) & (frequency < edges[1:])).astype(np.float32)


def _opening(bands: np.ndarray) -> np.ndarray:
    """Return the course of some wide bands in the first second of speech, as a unit vector."""
    wide = bands.reshape(len(bands), -1, JOINED).mean(axis=2)
    range_ = np.clip(wide - wide.max(), -50, 0) + 50
    course = np.pad(range_, ((0, OPENING - len(range_)), (0, 0))).ravel()
    course -= course.mean()
    return course / max(np.linalg.norm(course), 1e-9)
