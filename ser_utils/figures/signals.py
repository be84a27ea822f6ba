"""Figures of the recordings themselves: waveform, spectrogram, pitch and energy."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_utils import audio, features
from ser_utils.figures.style import DOMAIN_COLOURS, INK, grid_of_axes, listed, tell


def utterances(signals: Mapping[str, np.ndarray]) -> Figure:
    """Waveform, log-mel spectrogram, pitch and energy: one column per title in `signals`.

    Those are samples at 16 kHz, shape (n_samples,). The pitch is by pYIN (Mauch & Dixon 2014,
    ICASSP), as in librosa. It is not drawn where speech is unvoiced, nor in frames that are too
    weak for speech, where pYIN follows the noise.
    """
    import librosa

    hop = 256  # samples between two values of pitch and energy
    weakest = 25  # dB below the strongest frame
    pitches, levels = {}, {}
    figure, axes = grid_of_axes(4, len(signals), 4.0, 1.5, sharex=True, sharey="row")
    for (waveform, spectrogram, pitch, energy), title in zip(axes.T, signals, strict=True):
        samples = signals[title]
        _over_time(waveform, samples, 1, color=INK, linewidth=0.4)
        waveform.set_title(title)
        log_mel(spectrogram, samples)
        settings = {"sr": audio.SAMPLING_RATE, "hop_length": hop}
        f0, _, _ = librosa.pyin(samples, fmin=65, fmax=600, **settings)
        level = librosa.feature.rms(y=samples, hop_length=hop)[0]
        level = librosa.amplitude_to_db(level, ref=1.0)
        f0[level < level.max() - weakest] = np.nan
        pitches[title], levels[title] = pd.Series(f0).median(), level.max()
        _over_time(pitch, f0, hop, color=DOMAIN_COLOURS[0], linewidth=2)
        pitch.set(ylim=(50, 500))
        _over_time(energy, level, hop, color=INK)
        energy.set(ylim=(-80, 0), xlabel="time (s)")
    labels = ("amplitude", "frequency (Hz)", "pitch F0 (Hz)", "energy (dB)")
    for ax, label in zip(axes[:, 0], labels, strict=True):
        ax.set_ylabel(label)
    return tell(
        figure,
        f"Median pitch: {listed(pitches, '{:.0f} Hz')}.",
        f"Strongest frame: {listed(levels, '{:.0f} dB')}.",
    )


def _over_time(ax: Axes, values: np.ndarray, hop: int, **style) -> None:
    """Draw values that are `hop` samples apart."""
    ax.plot(np.arange(len(values)) * hop / audio.SAMPLING_RATE, values, **style)


def log_mel(ax: Axes, samples: np.ndarray) -> None:
    """Draw the log-mel energies of samples, what the CNN reads, on one scale of colours."""
    logmel = features.FEATURE_SETS["logmel"]
    energy, bands = logmel.compute(samples), logmel.names()
    seconds = energy.shape[1] * features.FRAME_SECONDS
    extent = (0, seconds, -0.5, len(bands) - 0.5)
    ax.imshow(energy, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-12, vmax=6)
    centres = [float(band.removesuffix(" Hz")) for band in bands]
    frequencies = [250, 500, 1000, 2000, 4000]
    ax.set_yticks(np.interp(frequencies, centres, range(len(bands))), frequencies)
    ax.grid(False)
