"""Figures of where the systems stand: what each step brings, and each system's gain."""

import pandas as pd
from matplotlib.figure import Figure

from ser_utils.experiments.summary import PAPER_GAIN
from ser_utils.experiments.systems import described
from ser_utils.figures.style import INK, LINE, NOTE, grid_of_axes, listed, span, tell
from ser_utils.metrics import NO_INTERVAL, points

MEASURES = {"uar": "UAR on the target (%)", "auc": "AUC on the target (%)"}


def waterfall(table: pd.DataFrame) -> Figure:
    """Draw from which score to which each step leads, in UAR and in AUC; after `waterfall`."""
    rows = range(len(table))
    figure, ((*axes,),) = grid_of_axes(1, 2, 4.2, 0.8 + 0.42 * len(table), sharey=True)
    for ax, (measure, label) in zip(axes, MEASURES.items(), strict=True):
        scores = table[measure].to_numpy()
        before = [scores[0], *scores[:-1]]
        for row, start, end in zip(rows, before, scores, strict=True):
            colour = described("dann_5_1").colour if end >= start else LINE
            ax.barh(row, end - start, left=start, color=colour, height=0.55)
            ax.plot([end, end], [row - 0.4, row + 0.4], color=INK, linewidth=2)
            text = f"{end:.1f}" if row == 0 else f"{end:.1f} ({points((end - start) / 100)})"
            ax.annotate(
                text, (max(start, end), row), (5, 0), textcoords="offset points", va="center"
            )
        width = scores.max() - scores.min()
        ax.set(xlabel=label, xlim=(scores.min() - 0.1 * width, scores.max() + 0.45 * width))
        ax.grid(False, axis="y")
    axes[0].set_yticks(rows, table.index)
    axes[0].invert_yaxis()
    figure.suptitle("What each step adds to the one before: means over pairs, tasks and seeds")
    seen = (f"{label}: {listed(table[of], '{:.1f}')}." for of, label in MEASURES.items())
    return tell(figure, *seen)


def gains(table: pd.DataFrame) -> Figure:
    """Draw the gain of each entry over the baseline of the paper, as from `standings.table`."""
    table = table[table["gain"].notna()]
    titles = [title(row) for row in table.itertuples()]
    figure, ((ax,),) = grid_of_axes(1, 1, 8, 1.2 + 0.27 * len(table))
    ax.axvline(0, color=INK, linewidth=1)
    ax.axvline(PAPER_GAIN, color="#CC3311", linestyle=":", label=f"the paper: +{PAPER_GAIN}")
    for y, row in enumerate(table.itertuples()):
        colour = described(row.method).colour
        ax.plot([row.low_pairs, row.high_pairs], [y, y], color=colour, linewidth=1, alpha=0.7)
        ax.plot([row.low, row.high], [y, y], color=colour, linewidth=4, solid_capstyle="butt")
        ax.plot(row.gain, y, "|", color=colour, ms=11, mew=2)
    ax.set(yticks=range(len(table)), yticklabels=titles, ylim=(len(table) - 0.4, -0.6))
    ax.set_xlabel("gain in UAR over the baseline of the paper (points)")
    ax.grid(False, axis="y")
    ax.legend(loc="upper right", frameon=False)
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
