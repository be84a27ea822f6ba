"""Figures of a table of results: gains with intervals, by pair, and by composition of batch norm.

Most functions take `summary.table`, or some of its cells. What a figure has no panel for
(`protocol`, for one) has to be the same in all cells; they raise a ResultsError otherwise.
"""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_utils.errors import ResultsError
from ser_utils.experiments import summary
from ser_utils.experiments.summary import MEAN, PAPER_GAIN, compared_in
from ser_utils.experiments.systems import System, find
from ser_utils.figures.style import INK, LINE, NOTE, grid_of_axes
from ser_utils.metrics import points

BASELINE, DANN = find("baseline"), find("dann")
#: Brown for a loss, white for none, teal (the colour of DANN) for a gain.
GAIN_COLOURS = "BrBG"
SCORE_COLOURS = "Blues"
PAPER_COLOUR = "#CC3311"
MISSING_COLOUR = "#EEEEEE"
MARK = "* 95 % interval over speakers and seeds excludes 0"
MARKS = f"{MARK},  ** also with pairs drawn"


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
    conditions = _conditions(table, ["normalise", "statistics", "features", "protocol"])
    tasks, compositions = table["task"].unique(), table["batch_norm"].unique()
    names = sorted(set(_pair_names(table)), key=lambda name: (name == MEAN, name))
    figure, axes = _panels(len(tasks), len(compositions), 2.8, 0.5 + 0.27 * len(names))
    for row, task in zip(axes, tasks, strict=True):
        for ax, composition in zip(row, compositions, strict=True):
            of_panel = (table["task"] == task) & (table["batch_norm"] == composition)
            _gains(ax, table[of_panel], names)
            ax.set_title(f"{_task_name(task)}\nbatch norm {composition}", fontsize="medium")
    for ax in axes[-1]:
        ax.set_xlabel("gain in UAR (points)")
    figure.suptitle(f"Gain of {summary.gain_of(table)}\n{conditions}")
    handles, texts = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _panels(
    rows: int, columns: int, width: float, height: float, **options
) -> tuple[Figure, np.ndarray]:
    """Panels on common axes, sizes in inches per panel, with room for what all of them share."""
    options = {"sharex": True, "sharey": True} | options
    figure, axes = grid_of_axes(rows, columns, max(width, 8 / columns), height, **options)
    figure.set_figheight(figure.get_figheight() + 1.2)
    return figure, axes


def _beside(panels: int, compositions: int) -> tuple[Figure, np.ndarray]:
    """Panels for scores by composition on the left, and for gains on the right."""
    height = 0.8 + 0.32 * compositions
    return _panels(panels, 2, 4.6, height, sharex=False, width_ratios=[2, 1])


def _label(left: Axes, right: Axes, title: str, system: System) -> None:
    left.set_title(title, fontsize="medium")
    right.set_title(f"gain of {system.title} (points)", fontsize="medium")
    left.set(xlabel=None, ylabel="batch norm")
    right.set(xlabel=None, ylabel=None)


def _gains(ax: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """Draw the interval of each pair with a dot, and the two of their mean with a bar."""
    ax.axvline(0, color=INK, linewidth=1)
    paper = f"the paper's average: +{PAPER_GAIN}"
    ax.axvline(PAPER_GAIN, color=PAPER_COLOUR, linestyle=":", label=paper)
    rows = rows.assign(y=[names.index(name) for name in _pair_names(rows)])
    pairs, mean = rows[rows["source"] != MEAN], rows[rows["source"] == MEAN]
    _bars(ax, pairs, linewidth=1.2, label="one pair: 95 % over speakers and seeds")
    _bars(ax, mean, linewidth=4, label="mean over pairs: the same")
    wide = {"linewidth": 1, "capsize": 4, "alpha": 0.7}
    _bars(ax, mean, "_pairs", label="mean over pairs: with pairs drawn as well", **wide)
    colour = compared_in(rows)[1].colour
    ax.plot(100 * pairs["gain"], pairs["y"], "o", color=colour, ms=5)
    ax.plot(100 * mean["gain"], mean["y"], "|", color=colour, ms=11, mew=2)
    ax.axhline(len(names) - 1.5, color=LINE, linewidth=0.8)
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.4, -0.6))
    ax.grid(False, axis="y")


def _bars(ax: Axes, rows: pd.DataFrame, suffix: str = "", **style) -> None:
    """Draw intervals around their middle: one of a bootstrap need not hold the value itself."""
    low, high = (100 * rows[f"gain_{end}{suffix}"] for end in ("low", "high"))
    middle, half = (low + high) / 2, (high - low) / 2
    colour = compared_in(rows)[1].colour
    ax.errorbar(middle, rows["y"], xerr=half, color=colour, fmt="none", **style)


def pair_matrix(table: pd.DataFrame) -> Figure:
    """Gain of a system from each source to each target, by task and batch norm."""
    pairs = table[table["source"] != MEAN]
    conditions = _conditions(pairs, ["normalise", "statistics", "features", "protocol"])
    corpora = sorted({*pairs["source"], *pairs["target"]})
    tasks, compositions = pairs["task"].unique(), pairs["batch_norm"].unique()
    width = 0.8 + max(0.6, 0.1 * max(map(len, corpora))) * len(corpora)
    figure, axes = _panels(len(compositions), len(tasks), width, 0.5 + 0.5 * len(corpora))
    for row, composition in zip(axes, compositions, strict=True):
        for ax, task in zip(row, tasks, strict=True):
            rows = pairs[(pairs["task"] == task) & (pairs["batch_norm"] == composition)]
            _gain_map(ax, rows, {"source": corpora, "target": corpora}, pairs["gain"].abs().max())
            ax.set_title(f"{_task_name(task)}\nbatch norm {composition}", fontsize="medium")
            ax.label_outer()
    figure.suptitle(f"Gain of {summary.gain_of(table)} in UAR (points)\n{conditions}")
    figure.supxlabel(MARK, fontsize="small", color=NOTE)
    return figure


def composition_heat_maps(table: pd.DataFrame) -> Figure:
    """UAR on the target by composition of batch norm, and the gain: means over pairs.

    One row of panels per task and normalisation. On the left each composition for both systems, by
    running and by target statistics; on the right the second system minus the first.
    """
    means = table[table["source"] == MEAN]
    conditions = _conditions(means, ["features", "protocol"])
    panels = means.groupby(["task", "normalise"], sort=False)
    grid = {key: list(means[key].unique()) for key in ("batch_norm", "statistics")}
    figure, axes = _beside(len(panels), len(grid["batch_norm"]))
    scores = 100 * means[[system.name for system in compared_in(table)]]
    limits = {"vmin": scores.min(axis=None), "vmax": scores.max(axis=None)}
    for (left, right), ((task, normalise), rows) in zip(axes, panels, strict=True):
        _score_map(left, rows, grid, limits)
        _gain_map(right, rows, grid, means["gain"].abs().max())
        title = f"{_task_name(task)}, {normalise} normalisation"
        _label(left, right, title, compared_in(table)[1])
    for ax in axes[-1]:
        ax.set_xlabel("statistics at evaluation")
    figure.suptitle(f"UAR on the target (%), means over pairs\n{conditions}")
    figure.supxlabel(MARKS, fontsize="small", color=NOTE)
    return figure


def _score_map(
    ax: Axes, rows: pd.DataFrame, grid: dict[str, list[str]], limits: dict[str, float]
) -> None:
    """Draw UAR: one row per composition, one column per kind of statistics and system."""
    columns = {
        f"{name}\n{of.title}": rows[rows["statistics"] == name].set_index("batch_norm")[of.name]
        for name in grid["statistics"]
        for of in compared_in(rows)
    }
    values = 100 * pd.DataFrame(columns).reindex(grid["batch_norm"])
    _heat_map(ax, values, values.map("{:.1f}".format), cmap=SCORE_COLOURS, **limits)


def _gain_map(ax: Axes, rows: pd.DataFrame, grid: dict[str, list[str]], largest: float) -> None:
    """Draw the gain by two columns of `rows`, marked where its interval excludes 0.

    `grid` holds the names along the vertical axis and along the horizontal one, by column.
    """
    certain = (rows["gain_low"] > 0) | (rows["gain_high"] < 0)
    with_pairs = (rows["gain_low_pairs"] > 0) | (rows["gain_high_pairs"] < 0)
    marks = np.where(certain, np.where(with_pairs, "**", "*"), "")
    texts = [points(gain) + mark for gain, mark in zip(rows["gain"], marks, strict=True)]
    (index, names), (columns, column_names) = grid.items()
    values, texts = (
        rows.assign(text=texts)
        .pivot(index=index, columns=columns, values=value)
        .reindex(names, columns=column_names)
        for value in ("gain", "text")
    )
    _heat_map(ax, values, texts, cmap=GAIN_COLOURS, vmin=-largest, vmax=largest)


def _heat_map(ax: Axes, values: pd.DataFrame, texts: pd.DataFrame, **options) -> None:
    """Draw `values` as colours with `texts` upon them; what is missing stays grey."""
    ax.grid(False)
    ax.set_facecolor(MISSING_COLOUR)
    options |= {"xticklabels": True, "yticklabels": True, "linewidths": 1, "cbar": False}
    options |= {"annot": texts.where(values.notna(), ""), "fmt": "", "annot_kws": {"fontsize": 9}}
    sns.heatmap(values, ax=ax, **options)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_rotation(0)


def _conditions(table: pd.DataFrame, columns: list[str]) -> str:
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


def ablation(uar: pd.DataFrame) -> Figure:
    """UAR on the target by composition of batch norm, and the gain of DANN, on one pair.

    Parameters
    ----------
    uar : pd.DataFrame
        In [0, 1]: one row per composition; columns (statistics, system), the systems "baseline"
        and "DANN".
    """
    kinds = list(dict.fromkeys(uar.columns.get_level_values(0)))
    names = BASELINE.title, DANN.title
    gain = pd.DataFrame({kind: uar[kind][names[1]] - uar[kind][names[0]] for kind in kinds})
    scores = 100 * uar[[(kind, name) for kind in kinds for name in names]]
    scores.columns = [f"{kind}\n{system}" for kind, system in scores.columns]
    figure, ((left, right),) = _beside(1, len(uar))
    _heat_map(left, scores, scores.map("{:.1f}".format), cmap=SCORE_COLOURS)
    largest = gain.abs().max(axis=None)
    _heat_map(right, gain, gain.map(points), cmap=GAIN_COLOURS, vmin=-largest, vmax=largest)
    _label(left, right, "UAR on the target (%)", DANN)
    figure.supxlabel("statistics at evaluation", fontsize="medium")
    return figure


def sensitivity(table: pd.DataFrame) -> Figure:
    """Draw UAR on the target of baseline and DANN as one setting varies.

    Parameters
    ----------
    table : pd.DataFrame
        From `sensitivity.means`; one row of panels per task and batch norm, one column per
        setting.
    """
    settings = list(table["setting"].unique())
    groups = table.groupby(["task", "batch_norm"], sort=False)
    figure, axes = _panels(len(groups), len(settings), 2.6, 1.9, sharex="col")
    for row, ((task, composition), rows) in zip(axes, groups, strict=True):
        for ax, setting in zip(row, settings, strict=True):
            _varied(ax, rows[rows["setting"] == setting])
            ax.set_xlabel(setting.replace("_", " "))
            ax.label_outer()
        row[0].set_ylabel(f"{_task_name(task)},\nbatch norm {composition}\nUAR (%)")
    figure.suptitle("UAR on the target (%), one setting varied; dotted: the value in use")
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _varied(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw both systems over the values of one setting, evenly spaced."""
    places = range(len(rows))
    for of in (BASELINE, DANN):
        ax.plot(places, 100 * rows[f"oracle_{of.name}"], "o-", color=of.colour, label=of.title)
    ax.axvline(list(rows["usual"]).index(True), color=INK, linestyle=":", linewidth=1)
    ax.grid(False, axis="x")
    ax.set_xticks(places, [f"{value:g}" for value in rows["value"]])
