"""How an embedding changes over the epochs of a training: play, or move the slider."""

from collections.abc import Mapping

import ipywidgets
import numpy as np

from ser_utils import figures
from ser_utils.embeddings.maps import Maps
from ser_utils.widgets.scatter_canvas import CanvasBox


class EpochScrubber(CanvasBox):
    """One map of all epochs, by language and by emotion, which shows one epoch at a time.

    `points`, shape (n, 2) by epoch, are of the rows of `maps`, and all from one fit
    (`projection.together`). They are drawn as `figures.cropped` has them.
    """

    def __init__(self, points: Mapping[int, np.ndarray], maps: Maps) -> None:
        self.points, self.epochs = figures.cropped(points), list(points)
        last = len(points) - 1
        self.play = ipywidgets.Play(max=last, interval=900)  # milliseconds per epoch
        self.slider = ipywidgets.IntSlider(max=last, description="step", readout=False)
        ipywidgets.jslink((self.play, "value"), (self.slider, "value"))
        self.slider.observe(lambda change: self.show(change["new"]), "value")
        panels = dict.fromkeys(("language", "emotion"), self.points[self.epochs[0]])
        super().__init__(maps, panels, above=[ipywidgets.HBox([self.play, self.slider])])
        for panel in panels:
            self.canvas.make_room(panel, np.concatenate(list(self.points.values())))
        self.colour({panel: panel for panel in panels})
        self.show(0)

    def show(self, step: int) -> None:
        """Move the points to where they are after an epoch, by its number among those given."""
        epoch = self.epochs[step]
        for by in self.canvas.points:
            self.canvas.move(by, self.points[epoch], f"epoch {epoch}, by {by}")
