"""Figures of where the systems stand: what each step brings, and each system's gain."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ser_utils.experiments.summary import PAPER_GAIN
from ser_utils.experiments.systems import described
from ser_utils.figures.style import INK, LINE, NOTE, grid_of_axes, listed, span, tell
from ser_utils.metrics import NO_INTERVAL, points

MEASURES = {"uar": "UAR on the target (%)", "auc": "AUC on the target (%)"}


def waterfall(table: pd.DataFrame) -> Figure:
    """Draw from which score to which each step leads, in UAR and in AUC; after `waterfall`."""
    starts = table[[*MEASURES]].shift().fillna(table[[*MEASURES]].iloc[0])
    figure = _steps(table, starts)
    figure.suptitle("What each step adds to the one before: means over pairs, tasks and seeds")
    return figure


def ladder(table: pd.DataFrame) -> Figure:
    """Draw each rung from the score of the rung that it is a step from; after `ladder.table`.

    The 95 % interval is that of the step: where it reaches back to the start, nothing is certain.
    """
    table = table.set_index("rung")
    own = table[[*MEASURES]]
    over = table["over"].fillna("").where(lambda names: names != "", table.index)
    starts = own.loc[over].set_axis(table.index)
    ends = {
        measure: [(starts[measure] + table[f"{gain}_{end}"]).to_numpy() for end in ("low", "high")]
        for measure, gain in zip(MEASURES, ("gain", "auc_gain"), strict=True)
    }
    figure = _steps(own.set_axis(table["title"]), starts, ends)
    for ax, measure in zip(figure.axes, MEASURES, strict=True):
        for name in ("naive", "ceiling"):
            ax.axvline(own.loc[name, measure], color=LINE, linestyle=":", zorder=0)
    figure.suptitle("The ladder: each bar starts at the rung that it is a step from")
    note = "line: 95 % of the step over target speakers, seeds and target languages"
    figure.supxlabel(note, fontsize="small", color=NOTE)
    return figure


def _steps(
    scores: pd.DataFrame, starts: pd.DataFrame, intervals: Mapping[str, list[np.ndarray]] = {}
) -> Figure:
    """Draw a bar from each start to its score, a row per step and a panel per measure.

    `intervals` holds by measure where the line of each step begins and ends, if it has one.
    """
    rows = range(len(scores))
    figure, ((*axes,),) = grid_of_axes(1, 2, 4.2, 0.8 + 0.42 * len(scores), sharey=True)
    for ax, (measure, label) in zip(axes, MEASURES.items(), strict=True):
        ends = scores[measure].to_numpy()
        low, high = intervals.get(measure, [ends, ends])
        reach = np.fmax(np.maximum(starts[measure], ends), high)
        ax.hlines(rows, low, high, color=INK, linewidth=1.5, zorder=3)
        for row, start, end in zip(rows, starts[measure], ends, strict=True):
            colour = described("dann_5_1").colour if end >= start else LINE
            ax.barh(row, end - start, left=start, color=colour, height=0.55)
            ax.plot([end, end], [row - 0.4, row + 0.4], color=INK, linewidth=2)
            text = f"{end:.1f}" if row == 0 else f"{end:.1f} ({points((end - start) / 100)})"
            at = reach.iloc[row], row
            ax.annotate(text, at, (5, 0), textcoords="offset points", va="center")
        width = reach.max() - ends.min()
        ax.set(xlabel=label, xlim=(ends.min() - 0.1 * width, reach.max() + 0.75 * width))
        ax.grid(False, axis="y")
    axes[0].set_yticks(rows, scores.index)
    axes[0].invert_yaxis()
    seen = (f"{label}: {listed(scores[of], '{:.1f}')}." for of, label in MEASURES.items())
    return tell(figure, *seen)


def gains(table: pd.DataFrame) -> Figure:
    """Draw the gain of each entry over the baseline of the paper, as from `standings.table`."""
    table = table[table["gain"].notna()]
    titles = [title(row) for row in table.itertuples()]
    figure, ((ax,),) = grid_of_axes(1, 1, 9, 1.2 + 0.27 * len(table))
    ax.axvline(0, color=INK, linewidth=1)
    ax.axvline(PAPER_GAIN, color="#CC3311", linestyle=":", label=f"the paper: +{PAPER_GAIN}")
    for y, row in enumerate(table.itertuples()):
        colour = described(row.method).colour
        ax.plot([row.low_pairs, row.high_pairs], [y, y], color=colour, linewidth=1, alpha=0.7)
        ax.plot([row.low, row.high], [y, y], color=colour, linewidth=4, solid_capstyle="butt")
        ax.plot(row.gain, y, "|", color=colour, ms=11, mew=2)
    ax.set(yticks=range(len(table)), yticklabels=titles, ylim=(len(table) - 0.4, -0.6))
    ax.set_xlabel("gain in UAR (points)")
    ax.grid(False, axis="y")
    ax.legend(loc="center right", frameon=False)
    figure.suptitle("Gain over the baseline of the paper, mean over pairs and tasks")
    note = "thick: 95 % over speakers and seeds; thin: with pairs drawn as well"
    if table["low"].isna().any():
        note += f"\n{NO_INTERVAL} in a target"
    figure.supxlabel(note, fontsize="small", color=NOTE)
    above, named = (table["low"] > 0).sum(), table["gain"].set_axis(titles)
    return tell(
        figure,
        f"Gains in UAR {span(named, '{:+.1f} points')}; {above} of {len(table)} have an interval "
        "above 0.",
    )


def title(row) -> str:
    """Name an entry of the standings as a reader knows it."""
    where = "" if row.normalise == "source" else f", {row.normalise} normalisation"
    return f"{described(row.method).title}{where}, batch norm {row.batch_norm}"
