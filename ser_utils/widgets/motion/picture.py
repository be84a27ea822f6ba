"""What all moving pictures are: frames that sliders choose among, on a page or in a notebook."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from bokeh.document import Document
from bokeh.model import Model
from bokeh.models import ColumnDataSource, CustomJS, Plot
from bokeh.plotting import figure

from ser_utils.lessons.headline import MOTION
from ser_utils.widgets import standalone

#: What a source shows in a frame: columns by name.
Columns = Mapping[str, Sequence]
OF_AXES = ("axis_line_color", "axis_label_text_color", "major_label_text_color")


def panel(
    low: Sequence, high: Sequence, across: str = "", up: str = "", aspect_ratio=1.6
) -> figure:
    """Return an empty plot between two corners; its axes show if they have names."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    margin = 0.03 * np.maximum(high - low, 1e-9)
    (x0, y0), (x1, y1) = low - margin, high + margin
    plot = figure(
        x_range=(x0, x1),
        y_range=(y0, y1),
        x_axis_label=across,
        y_axis_label=up,
        tools="",
        toolbar_location=None,
        sizing_mode="stretch_width",
        aspect_ratio=aspect_ratio,
        outline_line_color=None,
        background_fill_color=None,
        border_fill_color=None,
    )
    plot.grid.visible = False
    plot.xaxis.visible, plot.yaxis.visible = bool(across), bool(up)
    return plot


@dataclass(frozen=True)
class Picture:
    """Frames that Python computed beforehand, on a page that needs neither a kernel nor a network.

    In a notebook it displays that page in a frame, whole, so that no server is asked for it.
    """

    name: str  #: of its file, without suffix
    title: str
    text: str  #: what there is to see and to try
    #: Labels of the positions, by name of the slider. The first slider can be played.
    sliders: Mapping[str, Sequence[str]]
    plots: Sequence[Plot]
    sources: Sequence[ColumnDataSource]  #: those that move
    #: By position of the sliders, of which the last changes fastest: the columns of each source.
    frames: Sequence[Sequence[Columns]]
    says: Sequence[str]  #: by frame, in words and numbers
    #: Names and colours of groups, and the number of the group of each row of `coloured`.
    colourings: Mapping[str, Mapping[str, list]]
    coloured: ColumnDataSource | None = None  #: whose column `colour` follows the colouring
    #: What is drawn in the colour of text: models, each with the names of its properties.
    inked: Sequence[Sequence[Model | str]] = ()
    legend: str = ""  #: what marks mean that the colours do not tell
    start: Mapping[str, int] = field(default_factory=dict)  #: positions of sliders, if not 0

    def page(self) -> str:
        """Write the page, HTML."""
        document = Document()
        for plot in self.plots:
            document.add_root(plot)
        models = {
            "sources": list(self.sources),
            "frames": [[dict(columns) for columns in frame] for frame in self.frames],
            "coloured": self.coloured,
            "inked": [
                *self.inked,
                *([axis, *OF_AXES] for plot in self.plots for axis in plot.axis),
            ],
        }
        start = f"motion({{{', '.join(models)}}})"
        document.js_on_event("document_ready", CustomJS(args=models, code=start))
        data = {"says": list(self.says), "colourings": dict(self.colourings)}
        page = standalone.page(document, "motion", self.title, data, picture=self)
        document.clear()  # what is drawn can be on a page again
        return page

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        """Display the page in a frame."""
        frame = (
            f'<iframe srcdoc="{html.escape(self.page())}" title="{html.escape(self.title)}" '
            'width="100%" height="640" style="border:0"></iframe>'
        )
        return {MOTION: self.name, "text/html": frame, "text/plain": f"Moving: {self.title}"}
