"""Scatter plots that live in a notebook: points are clicked, moved and recoloured in place."""

from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backend_bases import MouseEvent
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ser_utils import figures

# ipympl makes itself the backend of pyplot when it is imported. Static figures keep theirs, loaded
# first: that of a notebook arranges how figures are displayed only while it is the current one.
_backend = mpl.get_backend()
plt.switch_backend(_backend)
from ipympl.backend_nbagg import Canvas, FigureManager  # noqa: E402

mpl.use(_backend)

#: Of more groups than this, the panel beside the points tells which one it is, and no legend.
LONGEST_LEGEND = 12


class ScatterCanvas:
    """Panels of the same utterances side by side, the marker by domain.

    The figure has an ipympl canvas of its own: pyplot, which would keep it open, knows nothing of
    it, and the notebook needs no `%matplotlib widget`.

    Parameters
    ----------
    panels : mapping of str to np.ndarray, shape (n, 2)
        Points by title.
    is_target : np.ndarray, shape (n,), bool
        Which rows are of the target.
    names : (str, str)
        Names for source and target.

    Attributes
    ----------
    widget : ipympl Canvas
        To be shown.
    points : dict of str to np.ndarray, shape (n, 2)
        Where the rows are now.
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
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        self._axes = dict(zip(panels, axes, strict=True))
        self._dots = {name: self._scattered(name) for name in panels}
        ring = {"marker": "o", "markersize": 14, "mfc": "none", "mec": "black", "mew": 2}
        star = {"marker": "*", "markersize": 22, "mfc": "black", "mec": "white"}
        self._rings = {name: ax.plot([], [], **ring)[0] for name, ax in self._axes.items()}
        self._stars = {name: ax.plot([], [], **star)[0] for name, ax in self._axes.items()}
        self._marked = None
        for name, points in panels.items():
            self.make_room(name, points)

    def _scattered(self, name: str) -> list:
        ax = self._axes[name]
        ax.set(title=name, xticks=[], yticks=[])
        size = float(np.clip(40_000 / len(self.points[name]), 5, 22))
        return [
            ax.scatter(*self.points[name][rows].T, s=size, marker=marker, linewidths=0, alpha=0.8)
            for rows, marker in zip(self._rows, figures.style.DOMAIN_MARKERS, strict=True)
        ]

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
        """Say below the panels what markers mean, and colours unless there are too many."""
        for old in list(self.widget.figure.legends):
            old.remove()
        if len(colours) > LONGEST_LEGEND:
            colours = {}
        markers = dict(zip(self._names, figures.style.DOMAIN_MARKERS, strict=True))
        edges = dict.fromkeys(markers, "black") | colours
        handles = [
            Line2D(
                [],
                [],
                ls="",
                label=name,
                marker=markers.get(name, "s"),
                mec=edge,
                mfc=colours.get(name, "white"),
            )
            for name, edge in edges.items()
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
        self._draw_rings()

    def mark(self, row: int) -> None:
        """Draw a ring around a row in every panel."""
        self._marked = row
        self._draw_rings()

    def _draw_rings(self) -> None:
        if self._marked is not None:
            for name, ring in self._rings.items():
                ring.set_data(*self.points[name][[self._marked]].T)
        self.widget.draw_idle()

    def star(self, panel: str, point: np.ndarray) -> None:
        """Put the star of a panel, which is no row, at a point, and make room for it."""
        self._stars[panel].set_data(*point[:, None])
        self.make_room(panel, np.vstack([self.points[panel], point]))
        self.widget.draw_idle()

    def pixels(self, panel: str) -> np.ndarray:
        """Return where the rows of a panel are drawn, shape (n, 2), from the lower left corner."""
        return self._axes[panel].transData.transform(self.points[panel])

    def on_click(self, chosen: Callable[[int], None]) -> None:
        """Call `chosen` with the row that is nearest to a click, if one is near."""

        def clicked(event: MouseEvent) -> None:
            panels = [name for name, ax in self._axes.items() if ax is event.inaxes]
            if panels and not self.widget.toolbar.mode:  # not while a click zooms or pans
                row = nearest_point(self.pixels(panels[0]), event.x, event.y)
                if row is not None:
                    chosen(row)

        self.widget.mpl_connect("button_press_event", clicked)


def nearest_point(pixels: np.ndarray, x: float, y: float, reach: float = 20.0) -> int | None:
    """Return the point nearest to (x, y), or None if none is within `reach`, all in pixels."""
    distance = np.hypot(*(pixels - (x, y)).T)
    row = int(distance.argmin())
    return row if distance[row] <= reach else None


class CanvasBox(ipywidgets.VBox):
    """A canvas with widgets above and below."""

    def __init__(self, canvas: ScatterCanvas, above: Sequence = (), below: Sequence = ()) -> None:
        self.canvas = canvas
        super().__init__([*above, canvas.widget, *below])

    def close(self) -> None:
        """Free the figure in the browser and here."""
        self.canvas.widget.close()
        super().close()
