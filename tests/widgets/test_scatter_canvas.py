import inspect
import subprocess
import sys

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_hex
from nbclient import NotebookClient

from ser_utils import figures
from ser_utils.widgets.scatter_canvas import ScatterCanvas

POINTS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, 0.2]])
IS_TARGET = np.array([False, True, False, True, True])


@pytest.fixture
def canvas():
    panels = {"baseline": POINTS, "DANN": POINTS[::-1]}
    return ScatterCanvas(panels, IS_TARGET, ("English", "German"))


def dots(canvas, panel: int) -> list:
    return canvas.widget.figure.axes[panel].collections


def test_every_row_is_drawn_with_the_marker_of_its_domain(canvas):
    source, target = dots(canvas, 1)
    assert np.array_equal(source.get_offsets(), POINTS[::-1][~IS_TARGET])
    assert np.array_equal(target.get_offsets(), POINTS[::-1][IS_TARGET])
    assert len(source.get_paths()[0].vertices) > len(target.get_paths()[0].vertices)  # o, ^


def test_rows_have_the_colours_of_their_groups(canvas):
    group, colours = list("aabbc"), {"a": "#ff0000", "b": "#00ff00", "c": "#0000ff"}
    canvas.recolour("DANN", group, colours)
    for part, rows in zip(dots(canvas, 1), (~IS_TARGET, IS_TARGET), strict=True):
        expected = [colours[name] for name in np.array(group)[rows]]
        assert [to_hex(colour) for colour in part.get_facecolor()] == expected


def legend(canvas) -> list[str]:
    (shown,) = canvas.widget.figure.legends
    return [text.get_text() for text in shown.get_texts()]


def test_the_legend_names_markers_and_colours_once(canvas):
    canvas.legend({"anger": "red"})
    assert legend(canvas) == ["English", "German", "anger"]
    canvas.legend(dict(zip(("English", "German"), figures.style.DOMAIN_COLOURS, strict=True)))
    assert legend(canvas) == ["English", "German"]


def test_points_move_within_the_axes(canvas):
    ax = canvas.widget.figure.axes[0]
    limits = ax.get_xlim(), ax.get_ylim()
    canvas.move("baseline", POINTS / 2, "epoch 2")
    assert np.array_equal(dots(canvas, 0)[0].get_offsets(), POINTS[~IS_TARGET] / 2)
    assert (ax.get_xlim(), ax.get_ylim()) == limits
    assert ax.get_title() == "epoch 2"


def test_there_is_room_for_a_star(canvas):
    canvas.star("DANN", np.array([5.0, -3.0]))
    ax = canvas.widget.figure.axes[1]
    assert ax.lines[0].get_xydata().tolist() == [[5.0, -3.0]]
    assert ax.get_xlim()[1] > 5
    assert ax.get_ylim()[0] < -3


def test_static_figures_stay_pictures_in_a_notebook():
    code = """
        from ser_utils.widgets import scatter_canvas
        from ser_utils import figures
        figures.show(figures.schedule(), "a schedule")
    """
    cell = nbformat.v4.new_code_cell(inspect.cleandoc(code))
    executed = NotebookClient(nbformat.v4.new_notebook(cells=[cell])).execute()
    shown = [output.data for output in executed.cells[0].outputs if "data" in output]
    assert "image/png" in shown[0]
    assert not [data for data in shown if "application/vnd.jupyter.widget-view+json" in data]


def test_pyplot_neither_keeps_the_figure_nor_changes_its_backend(canvas):
    assert not plt.get_fignums()
    code = (
        "import matplotlib as mpl; mpl.use('Agg'); import matplotlib.pyplot as plt;"
        "from ser_utils.widgets import scatter_canvas;"
        "assert mpl.get_backend().lower() == 'agg', mpl.get_backend()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
