import numpy as np
import pytest

from ser_utils import figures


def harmonic(seconds, pitch=200):
    time = np.arange(int(16_000 * seconds)) / 16_000
    waves = [np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 6)]
    return np.sum(waves, axis=0).astype(np.float32) / 5


def test_utterances_mark_the_pitch_of_a_tone():
    """A harmonic tone of 200 Hz: the contour lies at 200 Hz, and nothing is drawn in silence."""
    tone = harmonic(seconds=1.0)
    figure = figures.utterances({"one": tone, "two": tone[:8000]})
    assert [ax.get_title() for ax in figure.axes[:2]] == ["one", "two"]
    drawn = figure.axes[4].lines[0]
    assert figure.axes[4].get_ylabel() == "pitch F0 (Hz)"
    assert np.nanmedian(drawn.get_ydata()) == pytest.approx(200, rel=0.02)
    assert drawn.get_xdata()[-1] == pytest.approx(1.0, abs=0.02)


def test_the_pitch_of_what_is_too_weak_for_speech_is_not_drawn():
    """A hum 40 dB below the voice: pYIN finds its pitch, which is not that of the voice."""
    hum, voice = harmonic(0.5, pitch=100) / 100, harmonic(0.5)
    figure = figures.utterances({"hum, then voice": np.concatenate([hum, voice])})
    drawn = figure.axes[2].lines[0]
    marked = drawn.get_xdata()[~np.isnan(drawn.get_ydata())]
    assert marked.min() == pytest.approx(0.5, abs=0.05)
    assert marked.max() == pytest.approx(1.0, abs=0.05)


def test_the_spectrogram_names_round_frequencies_where_a_tone_shows_them():
    time = np.arange(16_000) / 16_000
    ax = figures.utterances({"one": np.sin(2 * np.pi * 1000 * time).astype(np.float32)}).axes[1]
    named = dict(zip([t.get_text() for t in ax.get_yticklabels()], ax.get_yticks(), strict=True))
    assert list(named) == ["250", "500", "1000", "2000", "4000"]
    strongest = ax.images[0].get_array().mean(axis=1).argmax()
    assert named["1000"] == pytest.approx(strongest, abs=0.6)
