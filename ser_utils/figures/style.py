"""How all figures look: in all, a colour stands for one thing and a marker for one domain."""

import html
import io
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from ser_utils import labels
from ser_utils.domains import Pair

#: Of what belongs to no system, domain or class; of notes; of lines to compare with.
INK, NOTE, LINE = "#555555", "#777777", "#BBBBBB"
#: Stands for the emotion of an utterance that has none, but ratings.
UNKNOWN = "unknown"
# Paul Tol's "muted" scheme: nine colours that remain apart for colour-blind readers.
EMOTION_COLOURS = {
    "anger": "#882255", "boredom": "#999933", "calm": "#44AA99", "disgust": "#117733",
    "fear": "#332288", "happiness": "#DDCC77", "neutral": "#88CCEE", "sadness": "#AA4499",
    "surprise": "#CC6677", UNKNOWN: LINE,
}  # fmt: skip
LANGUAGE_NAMES = {
    "am": "Amharic", "ar": "Arabic", "bn": "Bengali", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French",
    "it": "Italian", "ko": "Korean", "pl": "Polish", "pt": "Portuguese", "tr": "Turkish",
    "ur": "Urdu", "zh": "Chinese",
}  # fmt: skip
#: The source is always the first of these, the target the second.
DOMAIN_COLOURS = ("#0077BB", "#EE7733")
DOMAIN_MARKERS = ("o", "^")
CLASS_COLOURS = ("#33BBEE", "#CC3311")
RAW_COLOUR = "#DDAA33"


def language_name(code: str) -> str:
    """Return the English names of a language, or of several joined by "+"; codes if unknown."""
    return " + ".join(LANGUAGE_NAMES.get(part, part) for part in code.split("+"))


def domain_names(pair: Pair) -> tuple[str, str]:
    """Return names for source and target: their languages, or their roles if both have one."""
    source, target = (language_name(part.language) for part in (pair.source, pair.evaluation))
    return (source, target) if source != target else ("source", "target")


def emotion_names(table: pd.DataFrame) -> pd.Series:
    """Return the emotion of each utterance as a key of `EMOTION_COLOURS`, shape (n,), str."""
    return table["emotion"].replace(labels.NO_EMOTION, UNKNOWN)


def order(n: int) -> np.ndarray:
    """Return a random order to draw `n` points in, so that no language covers the other."""
    return np.random.default_rng(0).permutation(n)


def show(figure: Figure, caption: str) -> None:
    """Display a figure in a notebook, with a caption of what it shows, and close it.

    Its alternative text is what its function has put down with `tell`.
    """
    from IPython.display import HTML, display

    display(figure, metadata={"image/png": {"alt": figure.get_label()}})
    style = "opacity:.8;max-width:50em"
    display(HTML(f"<p style='{style}'><em>{html.escape(caption)}</em></p>"))
    plt.close(figure)


def tell(figure: Figure, *sentences: str) -> Figure:
    """Put down for those who cannot see a figure what is to be seen in it, in numbers."""
    figure.set_label(" ".join(" ".join(sentences).split()))
    return figure


def listed(values: Mapping, form: str = "{:.1f} %") -> str:
    """Write values by name, as in "baseline 62.0 %, DANN 65.1 %"."""
    return ", ".join(f"{_name(key)} {form.format(value)}" for key, value in values.items())


def span(values: pd.Series, form: str = "{:.1f} %") -> str:
    """Write the least and the largest of many values, as in "from 50.0 % (a) to 65.1 % (b)"."""
    if (values := values.dropna()).empty:
        return "not measured"
    ends = values.idxmin(), values.idxmax()
    return "from {} to {}".format(*(f"{form.format(values[end])} ({_name(end)})" for end in ends))


def _name(key: object) -> str:
    return ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)


def as_png(figure: Figure, **options) -> bytes:
    """Return a figure as the content of a PNG file; options are those of `savefig`."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", **options)
    return buffer.getvalue()


def grid_of_axes(
    rows: int, columns: int, width: float, height: float, **options
) -> tuple[Figure, np.ndarray]:
    """Return a figure and its axes, shape (rows, columns), of this size in inches per panel."""
    options |= {"figsize": (width * columns, height * rows), "layout": "constrained"}
    with sns.axes_style("whitegrid"):
        return plt.subplots(rows, columns, squeeze=False, **options)
