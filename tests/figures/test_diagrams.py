import matplotlib.pyplot as plt
import pytest

from ser_utils import figures
from ser_utils.figures.style import CLASS_COLOURS


def drawn(strength):
    """Return the factors that are written out, and the widths of the arrows by colour."""
    figure = figures.diagrams.reversal(strength)
    texts = [text.get_text() for text in figure.findobj(plt.Text)]
    arrows = [note.arrow_patch for note in figure.axes[0].texts if hasattr(note, "arrow_patch")]
    widths = {colour: [] for colour in CLASS_COLOURS}
    for arrow in filter(None, arrows):
        colour = plt.matplotlib.colors.to_hex(arrow.get_edgecolor()).upper()
        widths.setdefault(colour, []).append(arrow.get_linewidth())
    return [text for text in texts if text.startswith("×")], widths


@pytest.mark.parametrize(("strength", "factor"), [(0.5, "× −0.5"), (2.0, "× −2")])
def test_one_gradient_is_reversed_and_its_factor_is_written_out(strength, factor):
    factors, widths = drawn(strength)
    assert sorted(factors) == sorted(["× +1"] * 4 + [factor])
    forward, (reversed_width,) = (widths[colour] for colour in CLASS_COLOURS)
    assert len(forward) == 4
    assert (reversed_width > forward[0]) == (strength > 1)
