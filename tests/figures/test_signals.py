import numpy as np
import pytest

from ser_utils import figures


def test_utterances_mark_the_pitch_of_a_tone():
    """A harmonic tone of 200 Hz: the contour lies at 200 Hz, and nothing is drawn in silence."""
    time = np.arange(16_000) / 16_000
    tone = sum(np.sin(2 * np.pi * 200 * k * time) / k for k in range(1, 6)).astype(np.float32) / 5
    figure = figures.utterances({"one": tone, "two": tone[:8000]})
    assert [ax.get_title() for ax in figure.axes[:2]] == ["one", "two"]
    drawn = figure.axes[4].lines[0]
    assert figure.axes[4].get_ylabel() == "pitch F0 (Hz)"
    assert np.nanmedian(drawn.get_ydata()) == pytest.approx(200, rel=0.02)
    assert drawn.get_xdata()[-1] == pytest.approx(1.0, abs=0.02)
