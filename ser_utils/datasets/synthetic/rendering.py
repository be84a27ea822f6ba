"""From a planned utterance to its recording: spoken by eSpeak NG in a room, by a recorder."""

import hashlib
from typing import Any

import numpy as np

from ser_utils.datasets.synthetic import espeak
from ser_utils.datasets.synthetic.languages import SEED, Channel, Language

SAMPLING_RATE = 16_000
#: Silence before and after the speech, in seconds.
SILENCE = (0.10, 0.15)
#: Part of the name of a rendered folder: raise it when what `render` computes changes.
REVISION = 1


def render(row: dict[str, Any], setting: Language) -> np.ndarray:
    """Speak and record one row of the plan: int16 samples at `SAMPLING_RATE`."""
    from scipy.signal import resample_poly

    speech, sampling_rate = espeak.speak(
        row["text"], row["voice"], row["rate"], row["pitch"], row["pitch_range"]
    )
    speech = resample_poly(speech.astype(np.float64), SAMPLING_RATE, sampling_rate)
    before, after = (round(seconds * SAMPLING_RATE) for seconds in SILENCE)
    speech = np.pad(speech * _amplitude(row["loudness"]), (before, after))
    # Seeded by its name, so that an utterance is the same in whatever order they are rendered.
    digest = hashlib.sha256(f"{row['dataset']}/{row['file']}".encode()).digest()
    noise = np.random.default_rng([SEED, *digest]).normal(size=len(speech))
    recording = record(speech, noise, setting)
    return np.clip(np.rint(recording * 32768), -32768, 32767).astype(np.int16)


def record(speech: np.ndarray, noise: np.ndarray, setting: Language) -> np.ndarray:
    """Let speech sound in the room of a language, and record it with noise; shape (n_samples,)."""
    from scipy.signal import butter, fftconvolve, sosfilt

    channel = setting.channel
    room = impulse_response(channel, np.random.default_rng([SEED, setting.seed]))
    speech = fftconvolve(speech, room)[: len(speech)] * _amplitude(channel.gain)
    pass_band = (channel.high_pass, channel.low_pass)
    microphone = butter(2, pass_band, "bandpass", fs=SAMPLING_RATE, output="sos")
    return sosfilt(microphone, speech + noise * _amplitude(channel.noise))


def impulse_response(channel: Channel, rng: np.random.Generator) -> np.ndarray:
    """What a room makes of a click: itself, then noise that decays by 60 dB in `reverberation`."""
    time = np.arange(1, round(channel.reverberation * SAMPLING_RATE)) / SAMPLING_RATE
    tail = rng.normal(size=len(time)) * 10 ** (-3 * time / channel.reverberation)
    tail *= _amplitude(channel.reverberance) / np.linalg.norm(tail)
    return np.concatenate([[1.0], tail])


def _amplitude(decibels: float) -> float:
    return 10 ** (decibels / 20)
