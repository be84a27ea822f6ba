"""How an embedding changes over the epochs of a training: play, or move the slider."""

from collections.abc import Mapping

import ipywidgets
import numpy as np

from ser_utils import figures
from ser_utils.embeddings.maps import Maps
from ser_utils.widgets.scatter_canvas import CanvasBox, ScatterCanvas

#: Milliseconds that each epoch is shown for.
INTERVAL = 900


class EpochScrubber(CanvasBox):
    """One map of all epochs, by language and by emotion, which shows one epoch at a time.

    Parameters
    ----------
    points : mapping of int to np.ndarray, shape (n, 2)
        By epoch, all from one fit (`projection.together`).
    maps : Maps
        What the rows are.
    """

    def __init__(self, points: Mapping[int, np.ndarray], maps: Maps) -> None:
        self.points, self.epochs = points, list(points)
        panels = dict.fromkeys(("language", "emotion"), points[self.epochs[0]])
        canvas = ScatterCanvas(panels, maps.is_target, figures.domain_names(maps.pair))
        meaning = {}
        for by in panels:
            canvas.make_room(by, np.concatenate(list(points.values())))
            group, colours = figures.groups(maps, by)
            canvas.recolour(by, group, colours)
            meaning |= colours
        canvas.legend(meaning)
        last = len(points) - 1
        self.play = ipywidgets.Play(max=last, interval=INTERVAL)
        self.slider = ipywidgets.IntSlider(max=last, description="step", readout=False)
        ipywidgets.jslink((self.play, "value"), (self.slider, "value"))
        self.slider.observe(lambda change: self.show(change["new"]), "value")
        super().__init__(canvas, above=[ipywidgets.HBox([self.play, self.slider])])
        self.show(0)

    def show(self, step: int) -> None:
        """Move the points to where they are after an epoch, by its number among those given."""
        epoch = self.epochs[step]
        for by in self.canvas.points:
            self.canvas.move(by, self.points[epoch], f"epoch {epoch}, by {by}")
