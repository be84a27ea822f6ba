"""Figures of embeddings: maps, single units, and what is measured of language and emotion."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from sklearn.neighbors import NearestNeighbors

from ser_utils import labels
from ser_utils.domains import Pair
from ser_utils.embeddings.invariance import CHANCE, MEASURES
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import unknown_name
from ser_utils.experiments import systems
from ser_utils.figures import style
from ser_utils.figures.style import (
    DOMAIN_COLOURS,
    EMOTION_COLOURS,
    emotion_names,
    grid_of_axes,
    tell,
)

#: What utterances can be coloured by: by what a system predicts, or by what the corpora say.
OF_SYSTEMS = ("correctness", "confidence")
COLOURINGS = ("language", "emotion", "class", "speaker", *OF_SYSTEMS)
#: Of what a system does not predict.
NOT_PREDICTED = "not predicted"
#: How many of the nearest points the alternative text of a map speaks of.
NEAREST = 5
#: Percent of the points on each side of a common map that do not stretch its axes.
TAIL = 0.5


def groups(maps: Maps, by: str, title: str | None = None) -> tuple[pd.Series, dict[str, str]]:
    """Sort utterances by one of `COLOURINGS`: the group of each, shape (n,), and their colours.

    Those `OF_SYSTEMS` are of the system called `title`. UnknownNameError: by something else.
    """
    if by not in OF_SYSTEMS:
        return groups_of(maps.pair, by)
    probabilities = maps.systems[title].probabilities
    if probabilities is None:
        return pd.Series([NOT_PREDICTED] * len(maps.table)), {NOT_PREDICTED: style.LINE}
    if by == "correctness":
        right = maps.predicted(title) == maps.table["true"]
        return right.map({True: "right", False: "wrong"}), {"right": style.LINE, "wrong": "black"}
    ends = (50, 60, 70, 80, 90, 100)
    names = [f"{low} to {high} %" for low, high in pairwise(ends)]
    confidence = (100 * probabilities.max(axis=1)).clip(50, 100)
    group = pd.cut(confidence, ends, labels=names, include_lowest=True).astype(str)
    colours = sns.color_palette("viridis_r", len(names)).as_hex()
    return pd.Series(group), dict(zip(names, colours, strict=True))


def groups_of(pair: Pair, by: str) -> tuple[pd.Series, dict[str, str]]:
    """Sort the utterances of a pair, those of the source first, by what the corpora say."""
    parts = pair.source, pair.evaluation
    table = pd.concat([part.table for part in parts], ignore_index=True)
    if by == "language":
        names = style.domain_names(pair)
        group = pd.Series(np.repeat(names, [len(part) for part in parts]))
        return group, dict(zip(names, DOMAIN_COLOURS, strict=True))
    if by == "emotion":
        group = emotion_names(table)
        return group, {name: EMOTION_COLOURS[name] for name in sorted(group.unique())}
    if by == "class":
        names = labels.CLASS_NAMES[pair.task]
        group = pd.Series(np.array(names)[np.concatenate([part.labels for part in parts])])
        return group, dict(zip(names, style.CLASS_COLOURS, strict=True))
    if by == "speaker":
        names = table["speaker"].unique()
        # There are more than a reader could tell apart by colour alone.
        colours = sns.color_palette("husl", len(names)).as_hex()
        return table["speaker"], dict(zip(names, colours, strict=True))
    raise unknown_name("colouring", by, COLOURINGS)


def embedding(
    points: Mapping[str, np.ndarray],
    pair: Pair,
    by: Sequence[str] = ("language", "emotion"),
    one_map: bool = False,
) -> Figure:
    """Scatter plots of embeddings in two dimensions: a column each, a row for each colouring.

    Parameters
    ----------
    points : mapping of str to np.ndarray, shape (n_source + n_target, 2)
        By title.
    pair : Pair
    by : sequence of str
        Of `COLOURINGS`, but for those `OF_SYSTEMS`.
    one_map : bool
        They are from one fit, and drawn `cropped` on common axes, so that their positions compare.

    Raises
    ------
    UnknownNameError
        If there is no such colouring.
    """
    figure, axes = grid_of_axes(len(by), len(points), 3.0, 2.7, sharex=one_map, sharey=one_map)
    is_target = np.repeat([0, 1], [len(pair.source), len(pair.evaluation)])
    order = style.order(len(is_target))
    markers = np.array([_path(marker) for marker in style.DOMAIN_MARKERS])[is_target[order]]
    if one_map:
        points = cropped(points)
    beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5), "frameon": False}
    nearest = {title: _nearest(xy) for title, xy in points.items()}
    seen = []
    for row, colouring in zip(axes, by, strict=True):
        group, colours = groups_of(pair, colouring)
        codes, chance = group.factorize()[0], 100 * (group.value_counts(normalize=True) ** 2).sum()
        alike = {t: 100 * (codes[n] == codes[:, None]).mean() for t, n in nearest.items()}
        seen.append(
            f"Of the {NEAREST} nearest points, of the same {colouring}: {style.listed(alike)};"
        )
        seen.append(f"by chance {chance:.1f} %.")
        of_rows = group.map(colours).to_numpy()[order]
        for ax, xy in zip(row, points.values(), strict=True):
            dots = ax.scatter(*xy[order].T, c=of_rows, s=7, alpha=0.8, linewidths=0)
            dots.set_paths(markers)
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(f"coloured by {colouring}")
        looks = style.DOMAIN_MARKERS if colouring == "language" else "s" * len(colours)
        handles = [
            plt.Line2D([], [], marker=marker, ls="", color=colour)
            for marker, colour in zip(looks, colours.values(), strict=True)
        ]
        row[-1].legend(handles, colours, **beside)
    for ax, title in zip(axes[0], points, strict=True):
        ax.set_title(title, fontsize="medium")
    return tell(figure, *seen)


def _nearest(xy: np.ndarray) -> np.ndarray:
    """Return the rows of the nearest points of each, shape (n, `NEAREST`), or all others."""
    neighbours = NearestNeighbors(n_neighbors=min(NEAREST, len(xy) - 1)).fit(xy)
    return neighbours.kneighbors(return_distance=False)


def cropped(points: Mapping[Hashable, np.ndarray]) -> dict[Hashable, np.ndarray]:
    """Put the outermost points of a common map, see `TAIL`, on the edge of what the others span.

    `points`, shape (n, 2), are by title or epoch. A few far away would leave no room for the rest.
    """
    every = np.concatenate(list(points.values()))
    ends = np.percentile(every, [TAIL, 100 - TAIL], axis=0)
    return {title: xy.clip(*ends) for title, xy in points.items()}


def _path(marker: str) -> Path:
    """Return the outline of a marker: one collection of points can have several."""
    shape = MarkerStyle(marker)
    return shape.get_path().transformed(shape.get_transform())


def histogram_bins(panels: Mapping[Hashable, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the edges of bins for activations of all panels, without the tails of 0.5 percent."""
    both = np.concatenate([np.concatenate(pair) for pair in panels.values()])
    low, high = np.percentile(both, [0.5, 99.5])
    if low == high:  # a unit that never fires
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, 40)


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
    bins = histogram_bins(panels)
    for ax, (title, pair) in zip(axes.flat, panels.items(), strict=False):
        for values, name, colour in zip(pair, names, DOMAIN_COLOURS, strict=True):
            inside = values.clip(bins[0], bins[-1])  # a tail is counted in the outermost bin
            ax.hist(inside, bins, density=True, color=colour, alpha=0.55, label=name)
            ax.axvline(np.mean(values), color=colour, linewidth=1.5)
        ax.set_title(title, fontsize="medium")
        ax.set(yticks=[])
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    figure.supxlabel("activation (lines: means; tails: in the outermost bins)", fontsize="medium")
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=2, frameon=False)
    means = {title: [values.mean() for values in pair] for title, pair in panels.items()}
    written = {title: "{:.1f} and {:.1f}".format(*both) for title, both in means.items()}
    return tell(figure, f"Means of {names[0]} and {names[1]}: {style.listed(written, '{}')}.")


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
                room = 0.15 * (high - low)  # for the numbers
                below = values.min() < low  # as a probe on new speakers may be
                ax.set_ylim(values.min() - room if below else low, high + room)
    figure.legend(bars, rows.index, loc="outside upper center", ncols=len(rows), frameon=False)
    note = "dashed: chance, where nothing is known;  * takes labels of the target"
    figure.supxlabel(note, fontsize="small", color=style.NOTE)
    seen = (
        f"{of.subject}, {of.title}: {style.span(rows[name], '{:.2f}')}, chance {chance[name]:.2f}."
        for name, of in MEASURES.items()
    )
    return tell(figure, *seen)


def language_and_emotion(table: pd.DataFrame) -> Figure:
    """Probe for the language against recall on the target: up and left is what a DANN is for.

    `table` has the columns `normalise`, one panel each, `representation`, `language_accuracy` and
    `uar_target`, and a row per dot. Large dots are means.
    """
    panels = dict(list(table.groupby("normalise", sort=False)))
    width = 4.2 if len(panels) > 1 else 6.4
    figure, axes = grid_of_axes(1, len(panels), width, 3.6, sharex=True, sharey=True)
    seen = []
    for ax, (normalise, rows) in zip(axes[0], panels.items(), strict=True):
        means = {}
        for title, of in rows.groupby("representation", sort=False):
            xy = 100 * of[["language_accuracy", "uar_target"]].dropna()
            told = "{:.1f} and {:.1f} %".format(*xy.mean())
            means[title] = "not measured" if xy.empty else told
            colour = systems.colour_of(title)
            ax.plot(*xy.to_numpy().T, ".", color=colour, alpha=0.6)
            ax.plot(*xy.mean(), "o", color=colour, markersize=11, mec="black", label=title)
        seen.append(f"{normalise} normalisation, probe and UAR: {style.listed(means, '{}')}.")
        ax.axvline(50, color=style.LINE, linestyle="--")
        ax.axhline(50, color=style.LINE, linestyle="--")
        ax.set(title=f"{normalise} normalisation", xlabel="fresh linear probe, language (%)")
    axes[0, 0].set_ylabel("UAR, target (%)")
    handles = axes[0, 0].get_legend_handles_labels()
    if len(panels) > 1:
        figure.legend(*handles, loc="outside upper center", ncols=len(handles[0]), frameon=False)
    else:  # there is room beside it
        figure.legend(*handles, loc="outside right upper", frameon=False)
    return tell(figure, *seen)
