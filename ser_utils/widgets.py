"""What a notebook offers to listen to and to move."""

from collections.abc import Mapping

import numpy as np

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
    import matplotlib.pyplot as plt
    from IPython.display import display

    gamma = ipywidgets.FloatSlider(
        10.0, min=1.0, max=30.0, step=1.0, description="γ", continuous_update=False
    )
    height = ipywidgets.FloatSlider(
        1.0, min=0.0, max=1.0, step=0.1, description="largest λ", continuous_update=False
    )

    def redraw(gamma: float, max_lambda: float) -> None:
        figure = figures.schedule(gamma, max_lambda)
        display(figure)
        plt.close(figure)

    drawing = ipywidgets.interactive_output(redraw, {"gamma": gamma, "max_lambda": height})
    return ipywidgets.VBox([gamma, height, drawing])


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
    import matplotlib.pyplot as plt
    from IPython.display import display

    compositions, systems = (list(dict.fromkeys(key)) for key in zip(*panels, strict=True))
    composition = ipywidgets.ToggleButtons(options=compositions, description="batch norm")
    composition.style.button_width = "6em"
    system = ipywidgets.ToggleButtons(options=systems, description="system")
    system.style.button_width = "6em"

    def redraw(composition: str, system: str) -> None:
        figure = figures.activations(panels[composition, system], names)
        display(figure)
        plt.close(figure)

    controls = {"composition": composition, "system": system}
    return ipywidgets.VBox([*controls.values(), ipywidgets.interactive_output(redraw, controls)])
