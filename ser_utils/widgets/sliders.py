"""Controls above a figure that follows them: each is an `ipywidgets.VBox`, and trains nothing.

The figure is an `ipywidgets.Image`. An `ipywidgets.Output` would do with less code, but can hang a
notebook that is executed without a browser for ever.
"""

import html
from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from ser_utils import figures
from ser_utils.metrics import percent


def schedule_slider():
    """Sliders for the steepness and the height of lambda's schedule."""
    lazy = {"continuous_update": False}
    gamma = ipywidgets.FloatSlider(10.0, min=1.0, max=30.0, step=1.0, description="γ", **lazy)
    height = ipywidgets.FloatSlider(1.0, max=1.0, step=0.1, description="largest λ", **lazy)
    return _redrawn(
        [gamma, height],
        figures.schedule,
        lambda gamma, largest: f"The schedule of lambda for γ = {gamma:g}, rising to {largest:g}.",
    )


def lambda_slider(trainings: pd.DataFrame):
    """Slide over the values of a setting for `figures.sweep`; their mean scores are written out."""
    means = trainings.groupby(level=0).mean()
    values = [(f"{value:g}", number) for number, value in enumerate(means.index)]
    row = ipywidgets.SelectionSlider(options=values, description=means.index.name)

    def scores(at: int) -> str:
        return ", ".join(f"{name} {percent(score, 1)}" for name, score in means.iloc[at].items())

    return _redrawn([row], lambda at: figures.sweep(trainings, at), scores)


def composition_stepper(panels: Mapping[tuple[str, str], Mapping[str, tuple]], names: tuple):
    """Step through compositions of batch norm, in training and at evaluation.

    `panels` and `names` are what `figures.activations` takes; the panels by composition and when.
    """
    style = {"button_width": "6em"}
    compositions, moments = (list(dict.fromkeys(key)) for key in zip(*panels, strict=True))
    return _redrawn(
        [
            ipywidgets.ToggleButtons(options=compositions, description="batch norm", style=style),
            ipywidgets.ToggleButtons(options=moments, description="when", style=style),
        ],
        lambda *chosen: figures.activations(panels[chosen], names),
        lambda composition, when: f"Activations of a unit under {composition}, {when}.",
    )


def _redrawn(controls: Sequence, draw: Callable[..., Figure], say: Callable[..., str]):
    """Put controls above a figure and a caption, both functions of their values."""
    picture, caption = ipywidgets.Image(format="png"), ipywidgets.HTML()

    def redraw(_=None) -> None:
        values = [control.value for control in controls]
        figure = draw(*values)
        picture.value = figures.style.as_png(figure)
        plt.close(figure)
        caption.value = f"<em>{html.escape(say(*values))}</em>"

    for control in controls:
        control.observe(redraw, "value")
    redraw()
    return ipywidgets.VBox([*controls, picture, caption])
