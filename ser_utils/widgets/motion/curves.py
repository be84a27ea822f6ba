"""Curves that move: lambda's schedule, and a unit's histograms under compositions."""

from collections.abc import Mapping
from itertools import product

import numpy as np
from bokeh.models import ColumnDataSource

from ser_utils import figures, gradient_reversal
from ser_utils.figures.style import DOMAIN_COLOURS, LINE
from ser_utils.widgets.motion.picture import Picture, panel

GAMMAS, HEIGHTS = (1, 2, 3, 5, 7, 10, 15, 20, 30), (0.1, 0.3, 0.5, 0.7, 1.0)


def schedule() -> Picture:
    """Move lambda's schedule over its steepness and its height, beside that of the package."""
    p = np.linspace(0, 1, 101)
    curves = {gamma: np.array([gradient_reversal.ganin(x, gamma) for x in p]) for gamma in GAMMAS}
    moving = ColumnDataSource({"p": p, "strength": p})
    plot = panel((0, 0), (1, 1), "progress of the training", "lambda")
    plot.line(p, curves[10], line_color=LINE, line_width=2)
    line = plot.line("p", "strength", source=moving, line_width=3)
    settings = [*product(GAMMAS, HEIGHTS)]
    return Picture(
        "schedule",
        "The schedule of lambda",
        "How steeply lambda rises, and how high. Grey is the schedule that the training takes.",
        {"γ": [f"{gamma}" for gamma in GAMMAS], "largest λ": [f"{height:g}" for height in HEIGHTS]},
        [plot],
        [moving],
        [[{"strength": height * curves[gamma]}] for gamma, height in settings],
        [
            f"Lambda reaches half of {height:g} at {p[(curves[gamma] >= 0.5).argmax()]:.0%} of the "
            "training."
            if curves[gamma][-1] >= 0.5
            else f"Lambda never reaches half of {height:g}."
            for gamma, height in settings
        ],
        {"curve": {"names": ["γ = 10, λ to 1"], "colours": [LINE]}},
        inked=[(line.glyph, "line_color")],
        start={"γ": GAMMAS.index(10), "largest λ": len(HEIGHTS) - 1},
    )


def compositions(
    panels: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]], names: tuple[str, str]
) -> Picture:
    """Move the histograms of a unit over compositions of batch norm, in training and after.

    `panels` has the activations of source and target, shapes (n,) and (m,), by composition and
    when; `names` are those of source and target.
    """
    bins = figures.histogram_bins(panels)
    layers, moments = (list(dict.fromkeys(part)) for part in zip(*panels, strict=True))
    settings = [*product(layers, moments)]
    heights = [[_heights(values, bins) for values in panels[of]] for of in settings]
    plot = panel((bins[0], 0), (bins[-1], np.max(heights)), "activation (tails: outermost bins)")
    plot.yaxis.visible = False
    sources = []
    for colour in DOMAIN_COLOURS:
        bars = ColumnDataSource(
            {"left": bins[:-1], "right": bins[1:], "top": np.zeros(len(bins) - 1)}
        )
        plot.quad("left", "right", "top", 0, source=bars, color=colour, alpha=0.55)
        mean = ColumnDataSource({"x": [0.0]})
        plot.vspan("x", source=mean, line_color=colour, line_width=2)
        sources += [bars, mean]
    return Picture(
        "compositions",
        "A unit under each composition of batch norm",
        "The same activations of one unit, normalised by different rows. Lines mark means. Step "
        "through the compositions in training, then look what is left of each at evaluation.",
        {"composition": layers, "when": moments},
        [plot],
        sources,
        [
            [
                columns
                for values, top in zip(panels[of], tops, strict=True)
                for columns in ({"top": top}, {"x": [float(np.mean(values))]})
            ]
            for of, tops in zip(settings, heights, strict=True)
        ],
        [
            ", ".join(
                f"{name} {values.mean():z.1f} ± {values.std():.1f}"
                for name, values in zip(names, panels[of], strict=True)
            )
            for of in settings
        ],
        {"language": {"names": list(names), "colours": list(DOMAIN_COLOURS)}},
    )


def _heights(values: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """Return the density in each bin; a tail is counted in the outermost one."""
    return np.histogram(values.clip(bins[0], bins[-1]), bins, density=True)[0]
