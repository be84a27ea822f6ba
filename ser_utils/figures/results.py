"""Figures of a table of results: gains with intervals, by pair, and by composition of batch norm.

Most functions take `summary.table`, or some of its cells. What a figure has no panel for
(`protocol`, for one) has to be the same in all cells; they raise a ResultsError otherwise.
"""

from itertools import product

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_utils.errors import ResultsError
from ser_utils.experiments import summary
from ser_utils.experiments.summary import MEAN, PAPER_GAIN, compared_in
from ser_utils.experiments.systems import find
from ser_utils.experiments.validators import NOBODY, VALIDATORS
from ser_utils.figures.style import INK, LINE, NOTE, grid_of_axes, listed, span, tell
from ser_utils.metrics import points

DANN = find("dann")
#: Brown for a loss, white for none, teal (the colour of DANN) for a gain.
GAIN_COLOURS = "BrBG"
MARKS = "* 95 % interval over speakers and seeds excludes 0,  ** also with pairs drawn"


def overview(table: pd.DataFrame) -> Figure:
    """Draw what a table is about: compositions by statistics if it has both, else the gains.

    In a table of several conditions, under the first of each.
    """
    if table["statistics"].nunique() > 1:
        first = table[table["protocol"] == table["protocol"].iloc[0]]
        return composition_heat_maps(first[first["task"] != MEAN])
    return forest(summary.first_conditions(table))


def forest(table: pd.DataFrame) -> Figure:
    """Gain of a system on each pair and on average, with 95 % intervals, by task and batch norm."""
    conditions = _conditions(table, "normalise", "statistics", "features", "protocol")
    tasks, compositions = table["task"].unique(), table["batch_norm"].unique()
    names = sorted(set(_pair_names(table)), key=lambda name: (name == MEAN, name))
    figure, axes = _panels(len(tasks), len(compositions), 2.8, 0.5 + 0.27 * len(names))
    for ax, (task, composition) in zip(axes.flat, product(tasks, compositions), strict=True):
        _gains(ax, _of_panel(ax, table, task, composition), names)
    for ax in axes[-1]:
        ax.set_xlabel("gain in UAR (points)")
    figure.suptitle(f"Gain of {summary.gain_of(table)}\n{conditions}")
    handles = axes[0, 0].get_legend_handles_labels()
    note = summary.without_interval(table)
    figure.legend(*handles, title=note, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _panels(
    rows: int, columns: int, width: float, height: float, sharex: bool | str = True, **options
) -> tuple[Figure, np.ndarray]:
    """Panels on common axes, sizes in inches per panel, with room for what all of them share."""
    options |= {"sharex": sharex, "sharey": True}
    figure, axes = grid_of_axes(rows, columns, max(width, 8 / columns), height, **options)
    figure.set_figheight(figure.get_figheight() + 1.2)
    return figure, axes


def _of_panel(ax: Axes, table: pd.DataFrame, task: str, composition: str) -> pd.DataFrame:
    """Return the rows that a panel shows, and put above it what they are."""
    ax.set_title(f"{_task_name(task)}\nbatch norm {composition}", fontsize="medium")
    return table[(table["task"] == task) & (table["batch_norm"] == composition)]


def _gains(ax: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """Draw the interval of each pair with a dot, and the two of their mean with a bar."""
    ax.axvline(0, color=INK, linewidth=1)
    paper = f"the paper's average: +{PAPER_GAIN}"
    ax.axvline(PAPER_GAIN, color="#CC3311", linestyle=":", label=paper)
    rows = rows.assign(y=[names.index(name) for name in _pair_names(rows)])
    pairs, mean = rows[rows["source"] != MEAN], rows[rows["source"] == MEAN]
    colour = compared_in(rows)[1].colour

    def bars(rows: pd.DataFrame, suffix: str = "", **style) -> None:
        # Around their middle: an interval of a bootstrap need not hold the value itself.
        low, high = (100 * rows[f"gain_{end}{suffix}"] for end in ("low", "high"))
        style |= {"xerr": (high - low) / 2, "color": colour, "fmt": "none"}
        ax.errorbar((low + high) / 2, rows["y"], **style)

    bars(pairs, linewidth=1.2, label="one pair: 95 % over speakers and seeds")
    bars(mean, linewidth=4, label="mean over pairs: the same")
    wide = {"linewidth": 1, "capsize": 4, "alpha": 0.7}
    bars(mean, "_pairs", label="mean over pairs: with pairs drawn as well", **wide)
    ax.plot(100 * pairs["gain"], pairs["y"], "o", color=colour, ms=5)
    ax.plot(100 * mean["gain"], mean["y"], "|", color=colour, ms=11, mew=2)
    ax.axhline(len(names) - 1.5, color=LINE, linewidth=0.8)
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.4, -0.6))
    ax.grid(False, axis="y")


def composition_heat_maps(table: pd.DataFrame) -> Figure:
    """UAR on the target by composition of batch norm, and the gain: means over pairs.

    One row of panels per task and normalisation. On the left each composition for both systems, by
    running and by target statistics; on the right the second system minus the first.
    """
    means = table[table["source"] == MEAN]
    conditions = _conditions(means, "features", "protocol")
    panels = means.groupby(["task", "normalise"], sort=False)
    grid = {key: list(means[key].unique()) for key in ("batch_norm", "statistics")}
    size = 4.6, 0.8 + 0.32 * len(grid["batch_norm"])
    figure, axes = _panels(len(panels), 2, *size, sharex=False, width_ratios=[2, 1])
    scores = 100 * means[[system.name for system in compared_in(table)]]
    limits = {"vmin": scores.min(axis=None), "vmax": scores.max(axis=None)}
    seen = []
    for (left, right), ((task, normalise), rows) in zip(axes, panels, strict=True):
        columns = {
            (name, of.title): rows[rows["statistics"] == name].set_index("batch_norm")[of.name]
            for name in grid["statistics"]
            for of in compared_in(rows)
        }
        uar = pd.DataFrame(columns).reindex(grid["batch_norm"])
        gains = rows.set_index(["batch_norm", "statistics"])["gain"]
        seen.append(
            f"{_task_name(task)}, {normalise} normalisation: UAR {span(100 * uar.unstack())},"
        )
        seen.append(f"gains {span(100 * gains, '{:+.1f} points')}.")
        _score_map(left, uar, **limits)
        _gain_map(right, rows, grid, means["gain"].abs().max())
        left.set_title(f"{_task_name(task)}, {normalise} normalisation", fontsize="medium")
        right.set_title(f"gain of {compared_in(table)[1].title} (points)", fontsize="medium")
        left.set(xlabel=None, ylabel="batch norm")
        right.set(xlabel=None, ylabel=None)
    for ax in axes[-1]:
        ax.set_xlabel("statistics at evaluation")
    figure.suptitle(f"UAR on the target (%), means over pairs\n{conditions}")
    note = f"{MARKS}\n{summary.without_interval(table)}".rstrip()
    figure.supxlabel(note, fontsize="small", color=NOTE)
    return tell(figure, *seen)


def _score_map(ax: Axes, uar: pd.DataFrame, **limits: float) -> None:
    """Draw UAR: one row per composition, one column per kind of statistics and system."""
    percent = (100 * uar).set_axis(map("\n".join, uar.columns), axis=1)
    _heat_map(ax, percent, percent.map("{:.1f}".format), cmap="Blues", **limits)


def _gain_map(ax: Axes, rows: pd.DataFrame, grid: dict[str, list[str]], largest: float) -> None:
    """Draw the gain by two columns of `rows`, marked where its interval excludes 0.

    `grid` holds the names along the vertical axis and along the horizontal one, by column.
    """
    certain = (rows["gain_low"] > 0) | (rows["gain_high"] < 0)
    with_pairs = (rows["gain_low_pairs"] > 0) | (rows["gain_high_pairs"] < 0)
    marks = np.where(certain, np.where(with_pairs, "**", "*"), "")
    texts = [points(gain) + mark for gain, mark in zip(rows["gain"], marks, strict=True)]
    (index, names), (columns, column_names) = grid.items()
    cells = rows.assign(text=texts)
    values, texts = (
        cells.pivot(index=index, columns=columns, values=of).reindex(names, columns=column_names)
        for of in ("gain", "text")
    )
    _heat_map(ax, values, texts, cmap=GAIN_COLOURS, vmin=-largest, vmax=largest)


def _heat_map(ax: Axes, values: pd.DataFrame, texts: pd.DataFrame, **options) -> None:
    """Draw `values` as colours with `texts` upon them; what is missing stays grey."""
    ax.grid(False)
    ax.set_facecolor("#EEEEEE")
    options |= {"xticklabels": True, "yticklabels": True, "linewidths": 1, "cbar": False}
    options |= {"annot": texts.where(values.notna(), ""), "fmt": "", "annot_kws": {"fontsize": 9}}
    sns.heatmap(values, ax=ax, **options)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_rotation(0)


def _conditions(table: pd.DataFrame, *columns: str) -> str:
    """Say under which conditions the whole table was made."""
    words = []
    for column in columns:
        names = list(table[column].unique())
        if len(names) != 1:
            raise ResultsError(
                f"a figure shows one {column}, but the table has {', '.join(names) or 'no rows'}: "
                f"choose one, as in table[table['{column}'] == {names[0] if names else '...'!r}]."
            )
        suffix = {"normalise": " normalisation", "statistics": " statistics"}.get(column, "")
        words.append(f"{names[0]}{suffix}")
    return ", ".join(words)


def _pair_names(rows: pd.DataFrame) -> np.ndarray:
    return np.where(rows["source"] == MEAN, MEAN, rows["source"] + " → " + rows["target"])


def _task_name(task: str) -> str:
    return "mean over tasks" if task == MEAN else task


def sensitivity(table: pd.DataFrame) -> Figure:
    """Draw the gain of DANN, with its interval, as one setting varies.

    `table` is from `sensitivity.means`: one row of panels per task and batch norm, one column per
    setting, whose values are evenly spaced.
    """
    settings = list(table["setting"].unique())
    groups = table.groupby(["task", "batch_norm"], sort=False)
    figure, axes = _panels(len(groups), len(settings), 2.0, 1.9, sharex="col")
    seen = []
    for line, ((task, composition), of_line) in zip(axes, groups, strict=True):
        for ax, setting in zip(line, settings, strict=True):
            rows = of_line[of_line["setting"] == setting]
            places = range(len(rows))
            gain, low, high = (100 * rows[f"oracle_gain{end}"] for end in ("", "_low", "_high"))
            ends = gain - low, high - gain
            ax.errorbar(places, gain, ends, fmt="o-", color=find("dann_5_1").colour)
            ax.axvline(list(rows["usual"]).index(True), color=INK, linestyle=":", linewidth=1)
            ax.axhline(0, color=LINE, linewidth=1)
            ax.grid(False, axis="x")
            ax.set_xticks(places, [f"{value:g}" for value in rows["value"]])
            ax.set_xlabel(setting.replace("adversary_", "adversary's ").replace("_", " "))
            ax.label_outer()
        gains = 100 * of_line.set_index(["setting", "value"])["oracle_gain"]
        seen.append(f"{_task_name(task)}, {composition}: gain {span(gains, '{:+.1f} points')}.")
        line[0].set_ylabel(f"{_task_name(task)},\nbatch norm {composition}\ngain (points)")
    figure.suptitle(
        "Gain in UAR on the target, one setting varied; bars: 95 % over pairs and seeds; "
        "dotted: the value in use",
        fontsize="medium",
    )
    return tell(figure, *seen)


def speaker_utterances(table: pd.DataFrame) -> Figure:
    """Draw what normalisation by speaker gains over that by dataset, with its interval, by k.

    `table` is from `speaker_utterances.means`; a panel for each task. One line is of k utterances
    as they come, one of k of a single class; dotted is normalisation by the source.
    """
    tasks = list(table["task"].unique())
    figure, axes = _panels(1, len(tasks), 3.2, 3.0)
    seen = []
    for ax, task in zip(axes.flat, tasks, strict=True):
        rows = table[table["task"] == task].set_index("normalise")
        source = 100 * rows.loc["source", "over_dataset"]
        ax.axhline(0, color=INK, linewidth=1, label="by dataset")
        ax.axhline(source, color=NOTE, linestyle=":", label="by source")
        for (drawn, of), style in zip(
            rows.loc["speaker"].groupby("drawn", sort=False), ("o-", "s--"), strict=True
        ):
            gain, low, high = (100 * of[f"over_dataset{end}"] for end in ("", "_low", "_high"))
            label = f"by speaker, {'k of one class' if 'class' in drawn else 'any k'}"
            ends, places = (gain - low, high - gain), range(len(of))
            ax.errorbar(places, gain, ends, fmt=style, capsize=3, label=label)
            by_k = listed(gain.set_axis(of["utterances"]), "{:+.1f} points")
            seen.append(f"{_task_name(task)}, {label}: {by_k}.")
        ax.set_xticks(places, of["utterances"])
        ax.set_xlabel("k utterances known of a speaker")
        ax.set_title(_task_name(task), fontsize="medium")
        ax.grid(False, axis="x")
    axes[0, 0].set_ylabel("gain in UAR (points)")
    figure.suptitle(
        "Normalisation by speaker against that by dataset\nbars: 95 % over pairs and seeds"
    )
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return tell(figure, *seen)


def validators(table: pd.DataFrame) -> Figure:
    """Draw how well each validator ranks candidates, and what its choice loses.

    `table` is from `validators.means`: a large dot is the mean over all pairs, a small one the mean
    without those of one target language.
    """
    titles = {name: of.title for name, of in VALIDATORS.items()}
    names = list(table["validator"].unique())
    shown, seen = [titles.get(name, name) for name in names], []
    panels = {
        "oracle_rank_correlation": (1, "rank correlation with UAR on the target"),
        "oracle_loss": (100, "UAR lost against the best candidate (points)"),
    }
    figure, (axes,) = grid_of_axes(1, 2, 4.4, 0.9 + 0.4 * len(names), sharey=True)
    is_whole, places = table["left_out"] == NOBODY, table["validator"].map(names.index)
    for ax, (column, (factor, label)) in zip(axes, panels.items(), strict=True):
        values = factor * table[column]
        seen.append(f"{label}: {listed(values[is_whole].set_axis(shown), '{:.2f}')}.")
        ax.plot(values[~is_whole], places[~is_whole], ".", color=INK, alpha=0.5)
        ax.plot(values[is_whole], places[is_whole], "o", color=DANN.colour, markersize=10)
        ax.axvline(0, color=LINE)
        ax.set_xlabel(label)
        ax.grid(False, axis="y")
    axes[0].set_yticks(range(len(names)), shown)
    axes[0].invert_yaxis()
    note = "large: all pairs; small: without those of one target language"
    figure.supxlabel(note, fontsize="small", color=NOTE)
    return tell(figure, *seen)
