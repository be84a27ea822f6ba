"""Points of utterances as Bokeh draws them, alike in the explorer and on maps that move."""

import numpy as np
from bokeh.models import ColumnDataSource, GlyphRenderer
from bokeh.plotting import figure

#: By domain: in Bokeh, those of `figures.style.DOMAIN_MARKERS`.
MARKERS = np.array(["circle", "triangle"])


def scatter(
    plot: figure, source: ColumnDataSource, of: int | str = "", **options: object
) -> GlyphRenderer:
    """Scatter the columns `x` and `y` in `colour`, each followed by `of`; many points are small."""
    return plot.scatter(
        f"x{of}",
        f"y{of}",
        source=source,
        marker="marker",
        size=float(np.clip(240 / len(source.data["marker"]) ** 0.5, 4, 9)),
        fill_color=f"colour{of}",
        line_color=None,
        fill_alpha=0.85,
        **options,
    )
