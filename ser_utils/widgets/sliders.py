"""Controls above a figure that follows them: each is an `ipywidgets.VBox`, and trains nothing.

The figure is an `ipywidgets.Image`. An `ipywidgets.Output` would do with less code, but can hang a
notebook that is executed without a browser for ever.
"""

import html
from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.figure import Figure

from ser_utils import figures


def schedule_slider():
    """Sliders for the steepness and the height of lambda's schedule."""
    import ipywidgets

    gamma, height = (
        ipywidgets.FloatSlider(value, description=name, continuous_update=False, **range_)
        for value, name, range_ in (
            (10.0, "γ", {"min": 1.0, "max": 30.0, "step": 1.0}),
            (1.0, "largest λ", {"min": 0.0, "max": 1.0, "step": 0.1}),
        )
    )
    return _redrawn(
        {"gamma": gamma, "largest": height},
        lambda gamma, largest: figures.schedule(gamma, largest),
        lambda gamma, largest: f"The schedule of lambda for γ = {gamma:g}, rising to {largest:g}.",
    )


def lambda_slider(sweep: pd.DataFrame):
    """Slide over trainings that are there already; their scores are written out.

    Parameters
    ----------
    sweep : pd.DataFrame
        The table that `figures.sweep` draws: one row per training, by its largest lambda.
    """
    import ipywidgets

    values = [(f"{value:g}", number) for number, value in enumerate(sweep.index)]
    row = ipywidgets.SelectionSlider(options=values, description=sweep.index.name)

    def scores(at: int) -> str:
        return ", ".join(f"{name} {100 * score:.1f} %" for name, score in sweep.iloc[at].items())

    return _redrawn({"at": row}, lambda at: figures.sweep(sweep, at), scores)


def composition_stepper(panels: Mapping[tuple[str, str], Mapping[str, tuple]], names: tuple):
    """Step through the compositions of batch norm on trainings that are there already.

    Parameters
    ----------
    panels : mapping of (str, str) to mapping
        By composition and system, the panels that `figures.activations` draws.
    names : (str, str)
        Names for source and target.
    """
    import ipywidgets

    options = [list(dict.fromkeys(key)) for key in zip(*panels, strict=True)]
    controls = {
        key: ipywidgets.ToggleButtons(options=of, description=name, style={"button_width": "6em"})
        for key, name, of in zip(
            ("composition", "system"), ("batch norm", "system"), options, strict=True
        )
    }
    return _redrawn(
        controls,
        lambda composition, system: figures.activations(panels[composition, system], names),
        lambda composition, system: f"Activations of a unit of the {system}, {composition}.",
    )


def _redrawn(controls: Mapping, draw: Callable[..., Figure], say: Callable[..., str]):
    """Put controls, by argument, above a figure and a caption that follow their values."""
    import ipywidgets
    import matplotlib.pyplot as plt

    picture, caption = ipywidgets.Image(format="png"), ipywidgets.HTML()

    def redraw(_=None) -> None:
        values = {name: control.value for name, control in controls.items()}
        figure = draw(**values)
        picture.value = figures.as_png(figure)
        plt.close(figure)
        caption.value = f"<em>{html.escape(say(**values))}</em>"

    for control in controls.values():
        control.observe(redraw, "value")
    redraw()
    return ipywidgets.VBox([*controls.values(), picture, caption])
