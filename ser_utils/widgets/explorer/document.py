"""The page of the explorer: what Python knows of each utterance, and the maps for Bokeh to draw."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from bokeh.document import Document
from bokeh.models import (
    BooleanFilter,
    CDSView,
    ColumnDataSource,
    CustomJS,
    HoverTool,
    LassoSelectTool,
    PanTool,
    Range1d,
    WheelZoomTool,
)
from bokeh.plotting import figure

from ser_utils import figures, metrics
from ser_utils.embeddings import invariance
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import SerWarning
from ser_utils.experiments.systems import colour_of
from ser_utils.widgets import points, standalone
from ser_utils.widgets.explorer.media import Media

NEIGHBOURS = 5
#: What stands over each map: a title and what it means, of UAR and of measures of `invariance`.
NUMBERS = {
    "uar": ("UAR, target", "Unweighted average recall on the target; chance is 50 %."),
    "language_accuracy": ("probe", "How often a fresh probe names the language; chance is 50 %."),
    "scaled_lisi": ("LISI", "How the languages mix among neighbours: 0 not at all, 1 perfectly."),
}
#: Columns of the corpora that the panel shows as they are.
FACTS = ("dataset", "speaker", "gender", "intensity", "sentence")


def page(maps: Maps, media: Media) -> str:
    """Write the page of `maps`, HTML, as one file that loads nothing but `media`."""
    known, names = _data(maps, media), figures.domain_names(maps.pair)
    return standalone.page(
        _document(maps, known),
        "explorer",
        f"Explorer: {' → '.join(names)}, {maps.pair.task}",
        known,
        names=names,
        pair=maps.pair,
        known=known,
        numbers=NUMBERS,
    )


def _data(maps: Maps, media: Media) -> dict:
    """Everything that the scripts tell of the utterances and the systems, by row."""
    table, notes = maps.table, []
    if len(set(table["language"])) == 1:
        notes.append("Source and target are of one language: they differ by corpus alone.")
    text = table.reindex(columns=list(FACTS)).fillna("").astype(str)
    rows = {name: column.tolist() for name, column in text.items()}
    rows |= {
        "language": [figures.language_name(code) for code in table["language"]],
        "emotion": figures.style.emotion_names(table).tolist(),
        "target": maps.is_target.astype(int).tolist(),
        "true": (table["true"] == maps.class_names[1]).astype(int).tolist(),
        "key": media.keys,
        "problem": media.problems,
    }
    systems = [_system(maps, title, notes.append) for title in maps.systems]
    return {
        "task": maps.pair.task,
        "classes": maps.class_names,
        "domains": figures.domain_names(maps.pair),
        "rows": rows,
        "systems": systems,
        "colourings": {by: _colouring(maps, by) for by in figures.COLOURINGS},
        "order": figures.style.order(len(table)).tolist(),
        "notes": list(dict.fromkeys(notes)),
    }


def _system(maps: Maps, title: str, note: Callable[[str], None]) -> dict:
    """What is known of a system: its numbers, what it predicts, and neighbours."""
    system, p, predicted = maps.systems[title], None, None
    numbers = {"uar": np.nan}
    if system.probabilities is None:
        note(f"{title} predicts nothing: its map is there, its predictions and its UAR are not.")
    else:
        p = [round(float(value), 4) for value in system.probabilities[:, 1]]
        predicted = system.probabilities.argmax(axis=1).tolist()  # which no rounding changes
        of_target = np.array(predicted)[maps.is_target]
        numbers["uar"] = metrics.uar(maps.pair.evaluation.labels, of_target)
    with warnings.catch_warnings(record=True, action="always", category=SerWarning) as caught:
        names = list(NUMBERS)[1:]
        numbers |= invariance.measure(system.embedding, maps.pair, names)
    for warning in caught:
        note(f"{title}: {warning.message}")
    shown = {
        name: metrics.percent(value, 1) if name != "scaled_lisi" else f"{value:.2f}"
        for name, value in numbers.items()
    }
    return {
        "title": title,
        "colour": colour_of(title),
        "numbers": {name: text.replace("nan", "–") for name, text in shown.items()},
        "p": p,
        "predicted": predicted,
        "nearest": system.neighbours(NEIGHBOURS).tolist(),
    }


def _colouring(maps: Maps, by: str) -> dict:
    """Names and colours of groups, and the number of each row's group: once, or per system."""
    titles = list(maps.systems) if by in figures.OF_SYSTEMS else [None]
    grouped = [figures.groups(maps, by, title) for title in titles]
    colours = {name: colour for _, of in grouped for name, colour in of.items()}
    codes = [pd.Categorical(group, list(colours)).codes.tolist() for group, _ in grouped]
    return {"names": list(colours), "colours": list(colours.values()), "codes": codes}


def _document(maps: Maps, known: dict) -> Document:
    """Draw the maps: of one source of points, on one range of axes, so that they move together."""
    order = np.array(known["order"])
    rows, speakers = known["rows"], known["rows"]["speaker"]
    columns = {
        "row": order + 1,
        "what": [f"{rows['language'][r]}, {rows['emotion'][r]}, {speakers[r]}" for r in order],
        "marker": points.MARKERS[maps.is_target.astype(int)[order]].tolist(),
    }
    for i, xy in enumerate(maps.points.values()):
        columns[f"x{i}"], columns[f"y{i}"] = _framed(xy)[order].astype(np.float32).T
        columns[f"colour{i}"] = ["gray"] * len(order)
    source, document = ColumnDataSource(columns), Document()
    across, up = Range1d(-1.05, 1.05), Range1d(-1.05, 1.05)
    maps_drawn = [_map(i, source, across, up) for i in range(len(maps.systems))]
    for drawn, *_ in maps_drawn:
        document.add_root(drawn)
    figures_, views, marks = map(list, zip(*maps_drawn, strict=True))
    models = {"points": source, "figures": figures_, "views": views, "marks": marks}
    start = "explorer({points, figures, views, marks})"
    document.js_on_event("document_ready", CustomJS(args=models, code=start))
    return document


def _map(i: int, source: ColumnDataSource, across: Range1d, up: Range1d) -> tuple:
    """Draw the map of system number `i`; return it, which of its points show, and its marks."""
    hover = HoverTool(tooltips=[("utterance", "@row"), ("", "@what")])
    drag, wheel = PanTool(), WheelZoomTool()
    drawn = figure(
        x_range=across,
        y_range=up,
        tools=[drag, wheel, LassoSelectTool(continuous=False), hover],
        active_drag=drag,
        active_scroll=wheel,
        toolbar_location=None,
        sizing_mode="stretch_width",
        aspect_ratio=1,
        min_border=0,
        outline_line_color=None,
        background_fill_color=None,
        border_fill_color=None,
    )
    drawn.axis.visible = drawn.grid.visible = False
    shown = BooleanFilter()
    points.scatter(drawn, source, i, view=CDSView(filter=shown), nonselection_fill_alpha=0.12)
    marks = ColumnDataSource({"x": [], "y": [], "size": []})
    ring = {"fill_color": None, "line_width": 2, "line_color": "black", "level": "overlay"}
    rings = drawn.scatter("x", "y", size="size", source=marks, name="rings", **ring)
    hover.renderers = [drawn.renderers[0]]
    return drawn, shown, rings


def _framed(points: np.ndarray) -> np.ndarray:
    """Fit a map into [-1, 1] across and up: its units mean nothing, and space is dear."""
    low, high = points.min(axis=0), points.max(axis=0)
    return (2 * points - low - high) / np.maximum(high - low, 1e-9)
