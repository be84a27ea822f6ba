"""The explorer: two maps side by side; click a point to see and hear its utterance."""

import html

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from ser_utils import figures
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import AudioError
from ser_utils.widgets import words
from ser_utils.widgets.scatter_canvas import CanvasBox


class Explorer(CanvasBox):
    """Linked maps of all systems, a menu of colours, and a panel for one utterance.

    Click a point, walk with the slider, or with the arrow keys while the slider has the focus or
    the mouse is over a map. It needs no network. Maps that are not in the cache are computed first.
    """

    def __init__(self, maps: Maps) -> None:
        self.colouring = ipywidgets.Dropdown(options=figures.COLOURINGS, description="colour by")
        last, layout = len(maps.table) - 1, {"width": "30em"}
        self.row = ipywidgets.IntSlider(max=last, description="utterance", layout=layout)
        self.panel = UtterancePanel(maps)
        menu = ipywidgets.HBox([self.colouring, self.row])
        super().__init__(maps, maps.points, above=[menu], below=[self.panel])
        self.canvas.on_click(self.select)
        self.canvas.widget.mpl_connect("key_press_event", self._walk)
        for control, follow in ((self.colouring, self._recolour), (self.row, self._show)):
            control.observe(follow, "value")
            follow()

    def select(self, row: int) -> None:
        """Show the utterance of a row."""
        self.row.value = int(row)

    def _recolour(self, _=None) -> None:
        self.colour(dict.fromkeys(self.maps.systems, self.colouring.value))

    def _show(self, _=None) -> None:
        self.canvas.mark(self.row.value)
        self.panel.show(self.row.value)

    def _walk(self, event) -> None:
        step = {"right": 1, "left": -1}.get(event.key, 0)
        self.row.value = np.clip(self.row.value + step, 0, self.row.max)


class UtterancePanel(ipywidgets.HBox):
    """Facts, spectrogram and sound of one utterance of `maps`."""

    def __init__(self, maps: Maps) -> None:
        self.maps = maps
        self.facts = ipywidgets.HTML(layout={"width": "22em"})
        self.spectrogram = ipywidgets.Image(format="png")
        self.player = ipywidgets.Audio(format="wav", autoplay=False, loop=False)
        self._figure = Figure(figsize=(5, 2.2))
        self._figure.subplots_adjust(left=0.15, right=0.98, top=0.97, bottom=0.22)
        self._ax = self._figure.subplots()
        super().__init__([self.facts, ipywidgets.VBox([self.spectrogram, self.player])])

    def show(self, row: int) -> None:
        """Show the utterance of a row, or why it cannot be heard."""
        facts, picture, sound = words.described(self.maps, row), b"", b""
        try:
            samples = self.maps.samples(row)
            picture, sound = self.picture(samples), words.as_wav(samples)
        except AudioError as error:
            facts += f"<p><b>Cannot be heard.</b> {html.escape(str(error))}</p>"
        self.facts.value = facts
        self.spectrogram.value, self.player.value = picture, sound
        display = "" if sound else "none"
        self.spectrogram.layout.display = self.player.layout.display = display

    def picture(self, samples: np.ndarray) -> bytes:
        """Draw the log-mel spectrogram of samples at 16 kHz as a PNG, always on the same figure."""
        self._ax.clear()
        figures.log_mel(self._ax, samples)
        self._ax.set(xlabel="time (s)", ylabel="frequency (Hz)")
        # Not worth compressing: it goes to a browser on this machine.
        return figures.style.as_png(self._figure, dpi=90, pil_kwargs={"compress_level": 1})
