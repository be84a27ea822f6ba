"""Figures of the recordings themselves: waveform, spectrogram, pitch and energy."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_utils import audio, features
from ser_utils.figures.style import DOMAIN_COLOURS, INK, grid_of_axes

#: Samples between two values of a contour.
HOP = 256


def utterances(signals: Mapping[str, np.ndarray]) -> Figure:
    """Waveform, log-mel spectrogram, pitch and energy: one column per utterance.

    Parameters
    ----------
    signals : mapping of str to np.ndarray, shape (n_samples,)
        Samples at 16 kHz by title.
    """
    rows = {"amplitude": _waveform, "frequency (Hz)": log_mel}
    rows |= {"pitch F0 (Hz)": _pitch, "energy (dB)": _energy}
    figure, axes = grid_of_axes(len(rows), len(signals), 4.0, 1.5, sharex=True, sharey="row")
    for column, (title, samples) in zip(axes.T, signals.items(), strict=True):
        for ax, draw in zip(column, rows.values(), strict=True):
            draw(ax, samples)
        column[0].set_title(title)
        column[-1].set_xlabel("time (s)")
    for ax, label in zip(axes[:, 0], rows, strict=True):
        ax.set_ylabel(label)
    return figure


def _waveform(ax: Axes, samples: np.ndarray) -> None:
    ax.plot(np.arange(len(samples)) / audio.SAMPLING_RATE, samples, linewidth=0.4, color=INK)


def log_mel(ax: Axes, samples: np.ndarray) -> None:
    """Draw the log-mel energies of samples, what the CNN reads, on one scale of colours."""
    logmel = features.FEATURE_SETS["logmel"]
    energy, bands = logmel.compute(samples), logmel.names()
    seconds = energy.shape[1] * features.FRAME_SECONDS
    extent = (0, seconds, -0.5, len(bands) - 0.5)
    ax.imshow(energy, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-12, vmax=6)
    ticks = range(4, len(bands), 18)
    ax.set(yticks=ticks, yticklabels=[bands[tick].removesuffix(" Hz") for tick in ticks])
    ax.grid(False)


def _pitch(ax: Axes, samples: np.ndarray) -> None:
    _over_time(ax, pitch_contour(samples), color=DOMAIN_COLOURS[0], linewidth=2)
    ax.set(ylim=(50, 500))


def _energy(ax: Axes, samples: np.ndarray) -> None:
    import librosa

    energy = librosa.feature.rms(y=samples, hop_length=HOP)[0]
    _over_time(ax, librosa.amplitude_to_db(energy, ref=1.0), color=INK)
    ax.set(ylim=(-80, 0))


def _over_time(ax: Axes, contour: np.ndarray, **style) -> None:
    ax.plot(np.arange(len(contour)) * HOP / audio.SAMPLING_RATE, contour, **style)


def pitch_contour(samples: np.ndarray) -> np.ndarray:
    """Fundamental frequency in Hz every `HOP` samples at 16 kHz, NaN where unvoiced.

    By pYIN (Mauch & Dixon 2014, ICASSP), as in librosa.
    """
    import librosa

    pitch, _, _ = librosa.pyin(samples, fmin=65, fmax=600, sr=audio.SAMPLING_RATE, hop_length=HOP)
    return pitch
