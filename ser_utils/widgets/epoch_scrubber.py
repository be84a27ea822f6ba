"""How an embedding changes over the epochs of a training: play, or move the slider."""

from collections.abc import Mapping

import ipywidgets
import numpy as np

from ser_utils.embeddings import exploration
from ser_utils.embeddings.exploration import Exploration
from ser_utils.widgets.scatter_canvas import ScatterCanvas

#: Milliseconds that each epoch is shown for.
INTERVAL = 900


class EpochScrubber(ipywidgets.VBox):
    """One map of all epochs, by language and by emotion, of which one epoch is shown at a time.

    Parameters
    ----------
    points : mapping of int to np.ndarray, shape (n, 2)
        By epoch, all from one fit (`projection.together`).
    found : Exploration
        What the rows are.
    """

    def __init__(self, points: Mapping[int, np.ndarray], found: Exploration) -> None:
        self.points, self.epochs = points, list(points)
        first = points[self.epochs[0]]
        panels = dict.fromkeys(("language", "emotion"), first)
        self.canvas = ScatterCanvas(panels, found.is_target, found.domain_names)
        meaning = {}
        for by in panels:
            self.canvas.hold(by, np.concatenate(list(points.values())))
            group, colours = exploration.groups(found, by)
            self.canvas.recolour(by, group, colours)
            meaning |= colours
        self.canvas.legend(meaning)
        last = len(points) - 1
        self.play = ipywidgets.Play(max=last, interval=INTERVAL)
        self.slider = ipywidgets.IntSlider(max=last, description="step", readout=False)
        ipywidgets.jslink((self.play, "value"), (self.slider, "value"))
        self.slider.observe(lambda change: self.show(change["new"]), "value")
        super().__init__([ipywidgets.HBox([self.play, self.slider]), self.canvas.widget])
        self.show(0)

    def show(self, step: int) -> None:
        """Move the points to where they are after an epoch, by its number among those given."""
        epoch = self.epochs[step]
        for by in self.canvas.points:
            self.canvas.move(by, self.points[epoch], f"epoch {epoch}, by {by}")

    def close(self) -> None:
        """Free the figure in the browser and here."""
        self.canvas.widget.close()
        super().close()
