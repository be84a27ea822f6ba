"""Scatter plots that live in a notebook: points are moved and recoloured in place."""

from collections.abc import Mapping, Sequence

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure

from ser_utils import figures
from ser_utils.embeddings.maps import Maps

# ipympl makes itself the backend of pyplot when it is imported. Static figures keep theirs, loaded
# first: that of a notebook arranges how figures are displayed only while it is the current one.
_backend = mpl.get_backend()
plt.switch_backend(_backend)
from ipympl.backend_nbagg import Canvas, FigureManager  # noqa: E402

mpl.use(_backend)


class ScatterCanvas:
    """Panels of the same utterances side by side, the marker by domain.

    The figure has an ipympl canvas of its own: pyplot, which would keep it open, knows nothing of
    it, and the notebook needs no `%matplotlib widget`. `widget` is to be shown; `points`, shape
    (n, 2) by title, is where the rows are now. `names` are those of source and target.
    """

    def __init__(
        self, panels: Mapping[str, np.ndarray], is_target: np.ndarray, names: tuple[str, str]
    ) -> None:
        self.points, self._names = dict(panels), names
        self._rows = [np.flatnonzero(~is_target), np.flatnonzero(is_target)]
        figure = Figure(figsize=(4.6 * len(panels), 4.4))
        figure.subplots_adjust(left=0.01, right=0.99, top=0.93, bottom=0.14, wspace=0.03)
        self.widget = Canvas(figure)
        FigureManager(self.widget, 0)
        self.widget.header_visible = self.widget.footer_visible = False
        axes = figure.subplots(1, len(panels), squeeze=False)
        self._axes, self._dots = dict(zip(panels, axes[0], strict=True)), {}
        star = {"marker": "*", "markersize": 22, "mfc": "black", "mec": "white"}
        self._stars = {name: ax.plot([], [], **star)[0] for name, ax in self._axes.items()}
        dots = {"s": np.clip(40_000 / len(is_target), 5, 22), "linewidths": 0, "alpha": 0.8}
        for name, ax in self._axes.items():
            ax.set(title=name, xticks=[], yticks=[])
            self._dots[name] = [
                ax.scatter(*panels[name][rows].T, marker=marker, **dots)
                for rows, marker in zip(self._rows, figures.style.DOMAIN_MARKERS, strict=True)
            ]
            self.make_room(name, panels[name])

    def make_room(self, panel: str, points: np.ndarray) -> None:
        """Set the limits of a panel's axes so that all points are inside."""
        low, high = points.min(axis=0), points.max(axis=0)
        margin = 0.04 * np.maximum(high - low, 1e-9)
        low, high = low - margin, high + margin
        self._axes[panel].set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))

    def recolour(self, panel: str, group: Sequence[str], colours: Mapping[str, str]) -> None:
        """Colour the rows of a panel by group; call `legend` for what the colours mean."""
        rgba = to_rgba_array([colours[name] for name in group])
        for dots, rows in zip(self._dots[panel], self._rows, strict=True):
            dots.set_facecolor(rgba[rows])
        self.widget.draw_idle()

    def legend(self, colours: Mapping[str, str]) -> None:
        """Say below the panels what markers and colours mean."""
        for old in list(self.widget.figure.legends):
            old.remove()
        markers = dict(zip(self._names, figures.style.DOMAIN_MARKERS, strict=True))
        edges = (dict.fromkeys(markers, "black") | colours).values()
        faces = dict.fromkeys(markers, "white") | colours
        handles = [
            plt.Line2D([], [], ls="", label=name, marker=markers.get(name, "s"), mfc=face, mec=edge)
            for (name, face), edge in zip(faces.items(), edges, strict=True)
        ]
        columns = len(handles) if len(handles) <= 8 else -(-len(handles) // 2)
        style = {"frameon": False, "handletextpad": 0.1, "columnspacing": 1.0}
        self.widget.figure.legend(handles=handles, loc="lower center", ncols=columns, **style)
        self.widget.draw_idle()

    def move(self, panel: str, points: np.ndarray, title: str | None = None) -> None:
        """Put the rows of a panel elsewhere, within the axes as they are."""
        self.points[panel] = points
        for dots, rows in zip(self._dots[panel], self._rows, strict=True):
            dots.set_offsets(points[rows])
        if title is not None:
            self._axes[panel].set_title(title)
        self.widget.draw_idle()

    def star(self, panel: str, point: np.ndarray) -> None:
        """Put the star of a panel, which is no row, at a point, and make room for it."""
        self._stars[panel].set_data(*point[:, None])
        self.make_room(panel, np.vstack([self.points[panel], point]))
        self.widget.draw_idle()


class CanvasBox(ipywidgets.VBox):
    """The utterances of `maps` on a canvas, with widgets above and below."""

    def __init__(
        self, maps: Maps, panels: Mapping[str, np.ndarray], above: Sequence, below: Sequence = ()
    ) -> None:
        self.maps = maps
        self.canvas = ScatterCanvas(panels, maps.is_target, figures.domain_names(maps.pair))
        super().__init__([*above, self.canvas.widget, *below])

    def colour(self, colourings: Mapping[str, str]) -> None:
        """Colour each panel by one of `figures.COLOURINGS`, and say what the colours mean."""
        meaning = {}
        for panel, by in colourings.items():
            group, colours = figures.groups(self.maps, by, panel)
            self.canvas.recolour(panel, group, colours)
            meaning |= colours
        self.canvas.legend(meaning)

    def close(self) -> None:
        """Free the figure in the browser and here."""
        self.canvas.widget.close()
        super().close()
