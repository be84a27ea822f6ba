"""Figures of embeddings: maps, single units, and what is measured of language and emotion."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from ser_utils.domains import Pair
from ser_utils.embeddings.invariance import CHANCE, MEASURES
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import unknown_name
from ser_utils.experiments import systems
from ser_utils.figures import style
from ser_utils.figures.style import DOMAIN_COLOURS, EMOTION_COLOURS, emotion_names, grid_of_axes

#: What the rows of `Maps` can be coloured by.
COLOURINGS = ("language", "emotion", "speaker", "correctness")


def groups(maps: Maps, by: str, title: str | None = None) -> tuple[pd.Series, dict[str, str]]:
    """Sort utterances by one of `COLOURINGS`: the group of each, shape (n,), and their colours.

    "correctness" is that of the system called `title`. UnknownNameError: by something else.
    """
    if by == "language":
        names = style.domain_names(maps.pair)
        group = pd.Series(np.where(maps.is_target, names[1], names[0]))
        return group, dict(zip(names, DOMAIN_COLOURS, strict=True))
    if by == "emotion":
        group = emotion_names(maps.table)
        return group, {name: EMOTION_COLOURS[name] for name in sorted(group.unique())}
    if by == "speaker":
        names = maps.table["speaker"].unique()
        # There are more than a reader could tell apart by colour alone.
        colours = sns.color_palette("husl", len(names)).as_hex()
        return maps.table["speaker"], dict(zip(names, colours, strict=True))
    if by == "correctness":
        right = maps.predicted(title) == maps.table["true"]
        return right.map({True: "right", False: "wrong"}), {"right": style.LINE, "wrong": "black"}
    raise unknown_name("colouring", by, COLOURINGS)


def embedding(points: Mapping[str, np.ndarray], pair: Pair, one_map: bool = False) -> Figure:
    """Scatter plots of embeddings in two dimensions: a column each, by language and by emotion.

    `points` have the shape (n_source + n_target, 2), by title. With `one_map` they are from one
    fit, and drawn on common axes, so that their positions compare.
    """
    figure, axes = grid_of_axes(2, len(points), 3.0, 2.7, sharex=one_map, sharey=one_map)
    parts = (pair.source, pair.evaluation)
    emotions = [emotion_names(part.table) for part in parts]
    looks = list(zip(parts, emotions, DOMAIN_COLOURS, style.DOMAIN_MARKERS, strict=True))
    for column, (title, xy) in zip(axes.T, points.items(), strict=True):
        column[0].set_title(title)
        of_parts = np.split(xy, [len(pair.source)])
        for rows, (part, emotion, colour, marker) in zip(of_parts, looks, strict=True):
            dots = {"marker": marker, "s": 7, "alpha": 0.8, "linewidths": 0}
            name = style.language_name(part.language)
            column[0].scatter(*rows.T, color=colour, label=name, **dots)
            column[1].scatter(*rows.T, c=emotion.map(EMOTION_COLOURS), **dots)
        for ax in column:
            ax.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel("coloured by language")
    axes[1, 0].set_ylabel("coloured by emotion")
    beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5), "frameon": False}
    axes[0, -1].legend(markerscale=2, **beside)
    present = sorted(set().union(*emotions))
    handles = [plt.Line2D([], [], marker="s", ls="", color=EMOTION_COLOURS[e]) for e in present]
    axes[1, -1].legend(handles, present, **beside)
    return figure


def activations(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray]],
    names: tuple[str, str] = ("source", "target"),
    columns: int = 4,
) -> Figure:
    """Histograms of one unit's activations on two domains called `names`, on common axes.

    One panel per title, `columns` of them side by side, holds activations of shapes (n,) and (m,).
    """
    columns = min(columns, len(panels))
    width = 2.6 if columns > 1 else 5.0
    figure, axes = grid_of_axes(-(-len(panels) // columns), columns, width, 1.9, sharex=True)
    both = np.concatenate([np.concatenate(pair) for pair in panels.values()])
    low, high = np.percentile(both, [0.5, 99.5])
    if low == high:  # a unit that never fires
        low, high = low - 0.5, high + 0.5
    bins = np.linspace(low, high, 40)
    for ax, (title, pair) in zip(axes.flat, panels.items(), strict=False):
        for values, name, colour in zip(pair, names, DOMAIN_COLOURS, strict=True):
            inside = values.clip(low, high)  # a tail is counted in the outermost bin
            ax.hist(inside, bins, density=True, color=colour, alpha=0.55, label=name)
            ax.axvline(np.mean(values), color=colour, linewidth=1.5)
        ax.set_title(title, fontsize="medium")
        ax.set(yticks=[])
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    figure.supxlabel("activation (lines: means; tails: in the outermost bins)", fontsize="medium")
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=2, frameon=False)
    return figure


def invariance(table: pd.DataFrame) -> Figure:
    """Bars of what embeddings know of language, emotion and speaker: one panel per measure.

    `table` is from `invariance.table`; its row of chance is drawn as a line.
    """
    rows, chance = table.drop(index=CHANCE), table.loc[CHANCE]
    known = {"raw features": style.RAW_COLOUR}
    colours = [known.get(name, systems.colour_of(name)) for name in rows.index]
    lines: dict[str, list[str]] = {}
    for name, measure in MEASURES.items():
        lines.setdefault(measure.subject, []).append(name)
    figure, axes = grid_of_axes(len(lines), max(map(len, lines.values())), 1.9, 2.0)
    for line, (subject, names) in zip(axes, lines.items(), strict=True):
        line[0].set_ylabel(subject, fontsize="large")
        for ax in line[len(names) :]:
            ax.set_axis_off()
        for ax, name in zip(line, names, strict=False):
            measure, values = MEASURES[name], rows[name]
            low, high = measure.limits or (0.0, 0.0)
            bars = ax.bar(values.index, values - low, bottom=low, color=colours)
            ax.bar_label(bars, values.map("{:.2f}".format), fontsize="x-small", padding=1)
            ax.axhline(chance[name], color="black", linestyle="--", linewidth=1)
            ax.set(xticks=[])
            ax.set_title(measure.title + " *" * name.startswith("descriptive"), fontsize="medium")
            ax.margins(y=0.15)
            if measure.limits:
                ax.set_ylim(low, high + 0.15 * (high - low))  # room for the numbers
    figure.legend(bars, rows.index, loc="outside upper center", ncols=len(rows), frameon=False)
    note = "dashed: chance, where nothing is known;  * takes labels of the target"
    figure.supxlabel(note, fontsize="small", color=style.NOTE)
    return figure
