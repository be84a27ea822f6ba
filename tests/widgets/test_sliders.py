import io
import itertools

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from ser_utils import figures, widgets
from ser_utils.widgets.epoch_scrubber import EpochScrubber
from ser_utils.widgets.explorer import Explorer
from ser_utils.widgets.your_voice import YourVoice

SWEEP = pd.DataFrame(
    {"source UAR": [0.8, 0.76, 0.8], "probe": [1, 0.9, 0.9], "target UAR": [0.6, 0.655, 0.655]},
    index=pd.Index([0.0, 0.3, 0.3], name="largest λ"),  # two seeds of the second
)
PANELS = {
    (composition, when): {f"{composition} {when}": (np.arange(5.0), np.arange(6.0) + i)}
    for composition in ("layer", "joint")
    for i, when in enumerate(("in training", "at evaluation"))
}


def lambda_slider():
    return widgets.lambda_slider(SWEEP)


def stepper():
    return widgets.composition_stepper(PANELS, ("English", "German"))


@pytest.fixture
def drawn(monkeypatch):
    """Figures, and what they were drawn from, by name."""
    calls = []

    def watched(name, original):
        def draw(*arguments):
            calls.append((arguments, original(*arguments)))
            return calls[-1][1]

        monkeypatch.setattr(figures, name, draw)

    for name in ("schedule", "activations", "sweep"):
        watched(name, getattr(figures, name))
    return calls


def test_sliders_redraw_the_schedule(drawn):
    gamma, height, *_ = widgets.schedule_slider().children
    gamma.value = 3.0
    height.value = 0.5
    assert [arguments for arguments, _ in drawn] == [(10.0, 1.0), (3.0, 1.0), (3.0, 0.5)]


def test_the_stepper_draws_what_is_chosen(drawn):
    composition, when, *_ = stepper().children
    composition.value = "joint"
    when.value = "at evaluation"
    assert [list(panels) for (panels, _), _ in drawn] == [
        ["layer in training"],
        ["joint in training"],
        ["joint at evaluation"],
    ]


def test_the_slider_of_lambda_writes_out_the_scores_of_its_training(drawn):
    slider, _, caption = lambda_slider().children
    assert [label for label, _ in slider.options] == ["0", "0.3"]
    slider.value = 1
    assert [[ax.get_title() for ax in figure.axes] for _, figure in drawn] == [
        ["source UAR\n80.0 %", "probe\n100.0 %", "target UAR\n60.0 %"],
        ["source UAR\n78.0 %", "probe\n90.0 %", "target UAR\n65.5 %"],
    ]
    assert "source UAR 78.0 %, probe 90.0 %, target UAR 65.5 %" in caption.value


@pytest.mark.parametrize("make", [widgets.schedule_slider, lambda_slider, stepper])
def test_each_control_changes_the_picture_and_its_text_and_leaves_no_figure_open(make):
    *controls, picture, caption = make().children
    seen = [(picture.value, caption.value)]
    for control in controls:
        choices = getattr(control, "_options_values", (None, 0.5))
        control.value = choices[1]
        seen.append((picture.value, caption.value))
    assert len({picture for picture, _ in seen}) == len({text for _, text in seen}) == len(seen)
    assert {Image.open(io.BytesIO(picture)).format for picture, _ in seen} == {"PNG"}
    assert not plt.get_fignums()


def within(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """Return a widget and all widgets in it."""
    children = getattr(widget, "children", ())
    return [widget, *itertools.chain.from_iterable(map(within, children))]


def test_no_widget_is_an_output_which_can_hang_an_executed_notebook(maps):
    by_epoch = {epoch: np.zeros((len(maps.table), 2)) for epoch in (1, 2)}
    made = [widgets.schedule_slider(), lambda_slider(), stepper()]
    made += [Explorer(maps), EpochScrubber(by_epoch, maps), YourVoice(maps)]
    found = [widget for box in made for widget in within(box)]
    assert len(found) > 20
    assert not [widget for widget in found if isinstance(widget, ipywidgets.Output)]
