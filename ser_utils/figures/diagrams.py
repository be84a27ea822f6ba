"""Diagrams of networks: what flows forward, and what comes back."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_utils.experiments.systems import find
from ser_utils.figures.style import CLASS_COLOURS, INK, NOTE, grid_of_axes

#: Where each part of a DANN stands, and what it is called.
_PARTS = {
    "input": (0, 1, "features\n$x$"),
    "encoder": (2.5, 1, "encoder\n$z = f(x)$"),
    "head": (7.5, 2, "label head\n$h(z)$"),
    "label loss": (10, 2, "label loss\n$L_y$"),
    "reversal": (5, 0, "reversal\n$R_\\lambda(z)$"),
    "classifier": (7.5, 0, "classifier $D$\n$D(R_\\lambda(z))$"),
    "domain loss": (10, 0, "domain loss\n$L_d$"),
}
_HALF_A_PART = 0.8


def reversal(strength: float) -> Figure:
    """Draw a network with a gradient reversal layer of this strength.

    Thin arrows are values on their way forward. Thick ones are gradients on their way back, with
    the factor by which each has been multiplied: its size is their width, its sign their colour.
    """
    figure, ((ax,),) = grid_of_axes(1, 1, 10, 3.2)
    for name, (x, y, text) in _PARTS.items():
        colour, width = (find("dann").colour, 2.5) if name == "reversal" else (NOTE, 1)
        frame = {"boxstyle": "round,pad=0.4", "fc": "white", "ec": colour, "lw": width}
        ax.text(x, y, text, ha="center", va="center", bbox=frame, zorder=3)
    _values(ax, "input", "encoder")
    for left, right, factor in (
        ("encoder", "head", 1.0),
        ("head", "label loss", 1.0),
        ("encoder", "reversal", -strength),
        ("reversal", "classifier", 1.0),
        ("classifier", "domain loss", 1.0),
    ):
        _values(ax, left, right)
        _gradient(ax, right, left, factor)
    ax.text(-0.7, -0.2, "thin: values, forward\nthick: gradients, back", color=NOTE)
    ax.set(xlim=(-1, 11), ylim=(-0.6, 2.6))
    ax.set_axis_off()
    return figure


def _values(ax: Axes, start: str, end: str) -> None:
    _arrow(ax, start, end, 0.12, color=INK, lw=1)


def _gradient(ax: Axes, start: str, end: str, factor: float) -> None:
    colour = CLASS_COLOURS[factor < 0]
    x, y = _arrow(ax, start, end, -0.12, color=colour, lw=1 + 4 * abs(factor), alpha=0.6)
    ax.text(x, y - 0.15, f"× {factor:+g}".replace("-", "−"), color=colour, ha="center", va="top")


def _arrow(ax: Axes, start: str, end: str, above: float, **line) -> tuple[float, float]:
    """Draw an arrow between two parts, a little above their middle; return its middle."""
    (x0, y0, _), (x1, y1, _) = _PARTS[start], _PARTS[end]
    margin = _HALF_A_PART / abs(x1 - x0)
    shares = margin, 1 - margin
    ends = [(x0 + share * (x1 - x0), y0 + share * (y1 - y0) + above) for share in shares]
    ax.annotate("", ends[1], ends[0], arrowprops={"arrowstyle": "-|>", **line})
    return (x0 + x1) / 2, (y0 + y1) / 2 + above
