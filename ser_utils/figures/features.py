"""Figures of tables of utterances and of their features."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_utils.figures import style
from ser_utils.figures.style import grid_of_axes, listed, tell


def class_balance(table: pd.DataFrame) -> Figure:
    """Share of each class: one bar per row of `table` (`labels.balance` of one or more corpora)."""
    shares = table[[column for column in table if column.endswith(" share")]]
    figure, ((ax,),) = grid_of_axes(1, 1, 7.5, 0.5 + 0.42 * len(table))
    left = np.zeros(len(shares))
    names = [" ".join(map(str, row)) if isinstance(row, tuple) else row for row in shares.index]
    for column, colour in zip(shares, style.CLASS_COLOURS, strict=True):
        name = column.removesuffix(" share")
        bars = ax.barh(names, shares[column], left=left, color=colour, label=name)
        ax.bar_label(bars, fmt=lambda share: f"{100 * share:.0f} %", label_type="center")
        left += shares[column].to_numpy()
    ax.invert_yaxis()
    ax.set(xlabel="share of utterances", xlim=(0, 1))
    ax.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
    named = dict(zip(names, 100 * shares[column], strict=True))
    return tell(figure, f"Share of '{name}': {listed(named, '{:.0f} %')}.")


def distributions(data: pd.DataFrame, columns: Mapping[str, str], by: str = "emotion") -> Figure:
    """Box plots of features by emotion, or another column `by`, the languages side by side.

    `data` has one row per utterance, with the features, `language` and `by`; `columns` are the
    features to draw, with the labels of their axes.
    """
    figure, axes = grid_of_axes(1, len(columns), 4.2, 0.6 * data[by].nunique() + 0.8, sharey=True)
    languages = list(dict.fromkeys(data["language"]))
    palette = dict(zip(languages, style.DOMAIN_COLOURS, strict=True))
    boxes = {"y": by, "order": sorted(data[by].unique()), "fliersize": 1.5, "linewidth": 0.8}
    boxes |= {"hue": "language", "hue_order": languages, "palette": palette}
    for ax, (column, label) in zip(axes[0], columns.items(), strict=True):
        sns.boxplot(data, x=column, ax=ax, **boxes)
        ax.set(xlabel=label, ylabel=None)
        ax.get_legend().remove()
    handles, _ = ax.get_legend_handles_labels()
    names = [style.language_name(code) for code in languages]
    figure.legend(handles, names, loc="outside upper center", ncols=2)
    medians = data.groupby("language", sort=False)[list(columns)].median().set_axis(names)
    highest = data.groupby(by)[list(columns)].median().idxmax()
    seen = (
        f"{label}: median {listed(medians[column], '{:.2f}')}, highest in '{highest[column]}'."
        for column, label in columns.items()
    )
    return tell(figure, *seen)


def variance_explained(table: pd.DataFrame, annotate: Sequence[str]) -> Figure:
    """Scatter of the features: variance explained by emotion against by language.

    `table` has one row per feature, and columns `emotion` and `language` with eta squared in
    [0, 1], of each within the other; the rows `annotate` are named in the figure.
    """
    figure, ((ax,),) = grid_of_axes(1, 1, 6.5, 5)
    ax.scatter(table["language"], table["emotion"], color=style.INK, s=22, alpha=0.7)
    highest = 1.08 * table[["emotion", "language"]].to_numpy().max()
    ax.plot([0, highest], [0, highest], color=style.LINE, linestyle="--", zorder=0)
    ax.set(xlabel="by language, within an emotion (η²)")
    ax.set(ylabel="by emotion, within a language (η²)")
    ax.set(xlim=(-0.01, highest), ylim=(-0.01, highest))
    ax.set_title("What makes each eGeMAPS feature vary?")
    _name_rows(ax, table[["language", "emotion"]].loc[list(annotate)], highest / 2)
    of_language, of_emotion = table["language"], table["emotion"]
    return tell(
        figure,
        f"Language explains more than emotion in {(of_language > of_emotion).sum()} of "
        f"{len(table)} features, most in {of_language.idxmax()} ({of_language.max():.2f}); "
        f"emotion explains most in {of_emotion.idxmax()} ({of_emotion.max():.2f}).",
    )


def outliers(table: pd.DataFrame, clip: float, annotate: Sequence[str]) -> Figure:
    """Scatter of the features: how many utterances lie beyond `clip`, and how far out one lies.

    `table` has one row per feature, and columns `share` and `farthest`, in standard deviations;
    the rows `annotate` are named in the figure. Features that divide by a mean have a colour.
    """
    figure, ((ax,),) = grid_of_axes(1, 1, 7.5, 4)
    is_ratio = table.index.str.endswith("stddevNorm")
    for rows, colour, name in (
        (table[~is_ratio], style.INK, "other features"),
        (table[is_ratio], style.RAW_COLOUR, "deviation / mean (*_stddevNorm)"),
    ):
        ax.scatter(rows["share"], rows["farthest"], color=colour, s=22, alpha=0.8, label=name)
    ax.axhline(clip, color=style.LINE, linestyle="--", label=f"clip: {clip:g}")
    ax.set(yscale="log", ylabel="the farthest (standard deviations)")
    ax.set(xlim=(-0.03, 1.03), xlabel=f"share of utterances beyond {clip:g} standard deviations")
    _name_rows(ax, table[["share", "farthest"]].loc[list(annotate)], 0.5)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    share, farthest = table["share"], table["farthest"]
    return tell(
        figure,
        f"{(farthest > clip).sum()} of {len(table)} features have utterances beyond {clip:g}: "
        f"{share.idxmax()} the most, {100 * share.max():.0f} %, and {farthest.idxmax()} the "
        f"farthest, at {farthest.max():,.0f} standard deviations.",
    )


def _name_rows(ax: Axes, places: pd.DataFrame, middle: float) -> None:
    """Write the name of each row beside its dot, on the side where there is room."""
    for name, (x, y) in zip(places.index, places.to_numpy(float), strict=True):
        left, side = (-6, "right") if x > middle else (6, "left")
        place = {"xytext": (left, 4), "ha": side, "textcoords": "offset points"}
        ax.annotate(name, (x, y), fontsize="x-small", **place)
