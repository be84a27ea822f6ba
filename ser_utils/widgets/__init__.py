"""What a notebook offers to listen to and to move."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ser_utils import audio, figures


def players(signals: Mapping[str, np.ndarray]):
    """Audio players side by side, one a signal.

    The recordings are part of the output, so that they can be heard without a server. The stored
    notebooks leave them out: run the cell to listen.

    Parameters
    ----------
    signals : mapping of str to np.ndarray, shape (n_samples,)
        Samples at 16 kHz by title.

    Returns
    -------
    IPython.display.HTML
    """
    from IPython.display import HTML, Audio

    cells = "".join(
        f"<div><div>{title}</div>{Audio(samples, rate=audio.SAMPLING_RATE)._repr_html_()}</div>"
        for title, samples in signals.items()
    )
    return HTML(f"<div style='display:flex;flex-wrap:wrap;gap:1.5em'>{cells}</div>")


def schedule_slider():
    """Sliders for the steepness and the height of lambda's schedule, redrawing the figure.

    Returns
    -------
    ipywidgets.VBox
    """
    import ipywidgets

    gamma = ipywidgets.FloatSlider(
        10.0, min=1.0, max=30.0, step=1.0, description="γ", continuous_update=False
    )
    height = ipywidgets.FloatSlider(
        1.0, min=0.0, max=1.0, step=0.1, description="largest λ", continuous_update=False
    )

    return _redrawn(figures.schedule, {"gamma": gamma, "max_lambda": height})


def lambda_slider(sweep: pd.DataFrame):
    """Slide over trainings that are there already; their scores are written out.

    Parameters
    ----------
    sweep : pd.DataFrame
        What `figures.sweep` draws: a row a training, by its largest lambda.

    Returns
    -------
    ipywidgets.VBox
    """
    import ipywidgets

    values = [(f"{value:g}", number) for number, value in enumerate(sweep.index)]
    row = ipywidgets.SelectionSlider(options=values, description=sweep.index.name)

    return _redrawn(lambda at: figures.sweep(sweep, at), {"at": row})


def composition_stepper(panels: Mapping[tuple[str, str], Mapping[str, tuple]], names: tuple):
    """Step through the compositions of batch norm on trainings that are there already.

    Parameters
    ----------
    panels : mapping of (str, str) to mapping
        Composition and system to what `figures.activations` draws.
    names : (str, str)
        What source and target are called.

    Returns
    -------
    ipywidgets.VBox
    """
    import ipywidgets

    compositions, systems = (list(dict.fromkeys(key)) for key in zip(*panels, strict=True))
    composition = ipywidgets.ToggleButtons(options=compositions, description="batch norm")
    composition.style.button_width = "6em"
    system = ipywidgets.ToggleButtons(options=systems, description="system")
    system.style.button_width = "6em"

    def draw(composition: str, system: str) -> Figure:
        return figures.activations(panels[composition, system], names)

    return _redrawn(draw, {"composition": composition, "system": system})


def _redrawn(draw: Callable[..., Figure], controls: Mapping):
    """Put controls, by argument of `draw`, above its figure, which follows them."""
    import ipywidgets
    import matplotlib.pyplot as plt
    from IPython.display import display

    def redraw(**values) -> None:
        figure = draw(**values)
        display(figure)
        plt.close(figure)

    return ipywidgets.VBox([*controls.values(), ipywidgets.interactive_output(redraw, controls)])
