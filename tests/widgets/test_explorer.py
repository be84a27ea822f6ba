import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from matplotlib.backend_bases import KeyEvent, MouseButton, MouseEvent
from matplotlib.colors import to_hex
from PIL import Image

from ser_utils import figures
from ser_utils.embeddings.maps import Maps
from ser_utils.widgets import words
from ser_utils.widgets.explorer import Explorer, UtterancePanel


@pytest.fixture
def explorer(maps):
    explorer = Explorer(maps)
    yield explorer
    explorer.close()


def shown_colours(explorer, panel: int) -> list[str]:
    """Colours of the rows, in their order, in a map."""
    parts = explorer.canvas.widget.figure.axes[panel].collections
    return [to_hex(colour) for part in parts for colour in part.get_facecolor()]


def test_a_selected_row_is_described_marked_and_heard(explorer, maps):
    explorer.select(15)
    assert explorer.panel.facts.value == words.described(maps, 15)
    for ax, system in zip(explorer.canvas.widget.figure.axes, maps.systems.values(), strict=True):
        assert np.array_equal(ax.lines[0].get_xydata()[0], system.projection.points[15])
    sound, rate = soundfile.read(io.BytesIO(explorer.panel.player.value))
    assert rate == 16_000
    assert np.abs(sound - maps.samples(15)).max() < 1 / 2**15
    assert Image.open(io.BytesIO(explorer.panel.spectrogram.value)).format == "PNG"


def test_a_click_selects(explorer, maps):
    explorer.select(2)
    pixels = explorer.canvas.pixels("DANN")
    event = MouseEvent("button_press_event", explorer.canvas.widget, *pixels[7], MouseButton.LEFT)
    explorer.canvas.widget.callbacks.process(event.name, event)
    assert np.allclose(pixels[explorer.row.value], pixels[7], atol=1)


def test_the_menu_recolours_every_map(explorer, maps):
    for by in figures.COLOURINGS:
        explorer.colouring.value = by
        for panel, system in enumerate(maps.systems):
            group, colours = figures.groups(maps, by, system)
            expected = [to_hex(colours[name]) for name in group]
            assert shown_colours(explorer, panel) == expected


def test_the_arrow_keys_walk_and_stop_at_the_ends(explorer):
    def press(key):
        event = KeyEvent("key_press_event", explorer.canvas.widget, key)
        explorer.canvas.widget.callbacks.process(event.name, event)
        return explorer.row.value

    assert [press(key) for key in ("left", "right", "right", "a", "left")] == [0, 1, 2, 2, 1]
    explorer.select(explorer.row.max)
    assert press("right") == explorer.row.max


def test_a_vanished_recording_is_told_and_the_rest_still_works(explorer, maps, tmp_path):
    maps.table.loc[5, "path"] = str(tmp_path / "gone<b>.wav")
    explorer.select(5)
    assert "gone&lt;b&gt;.wav: cannot be read" in explorer.panel.facts.value
    assert maps.table["speaker"].iloc[5] in explorer.panel.facts.value
    assert explorer.panel.player.value == b""
    assert explorer.panel.player.layout.display == "none"
    explorer.select(6)
    assert explorer.panel.facts.value == words.described(maps, 6)
    assert explorer.panel.player.layout.display == ""
    assert explorer.panel.player.value != b""


def test_ten_thousand_points_are_drawn(maps):
    pair = maps.pair
    source = pair.source.take(np.resize(np.arange(len(pair.source)), 6_000))
    target = pair.evaluation.take(np.resize(np.arange(len(pair.evaluation)), 4_000))
    trained = {name: system.trained for name, system in maps.systems.items()}
    many = Maps.of(replace(pair, source=source, evaluation=target), trained)
    for system in many.systems.values():
        points = np.random.default_rng(0).normal(size=(10_000, 2))
        vars(system.projection)["points"] = points  # instead of a fit, which takes long
    explorer = Explorer(many)
    explorer.select(9_999)
    assert explorer.panel.facts.value == words.described(many, 9_999)
    assert len(shown_colours(explorer, 0)) == 10_000


def test_spectrograms_from_one_figure_do_not_depend_on_what_was_drawn_before(maps):
    picture = UtterancePanel(maps).picture
    low, high = (np.sin(np.arange(8000 * k) * k / 9).astype(np.float32) for k in (1, 2))
    first = picture(low)
    assert picture(high) != first
    assert picture(low) == first


def test_the_figure_is_closed_with_the_explorer(maps):
    explorer = Explorer(maps)
    explorer.close()
    assert explorer.canvas.widget.comm is None
