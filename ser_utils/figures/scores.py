"""Figures of scores: where those of a system lie, what can move them, and what a seed does."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.special import expit, logit

from ser_utils.experiments.systems import colour_of
from ser_utils.figures.style import CLASS_COLOURS, INK, LINE, grid_of_axes, listed, span, tell

#: Probabilities that the axis of log-odds names.
_NAMED = np.array([1e-5, 1e-4, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999])


def score_distributions(
    scores: Mapping[str, tuple[np.ndarray, np.ndarray]], class_names: Sequence[str]
) -> Figure:
    """Histograms of the scores of each true class: one panel per title, one below the other.

    Each holds log-odds of class 1, and labels, both of shape (n,). The axis is that of log-odds,
    which keeps utterances apart whose probabilities are all nearly 1, and is named by
    probabilities. The outermost bins count the tails. Lines mark the threshold 0.5, and the median
    of the panel.
    """
    figure, axes = grid_of_axes(len(scores), 1, 7.5, 1.9, sharex=True)
    low, high = np.percentile(np.concatenate([x for x, _ in scores.values()]), [1, 99])
    ends = min(low, logit(0.1)), max(high, logit(0.9))
    seen = []
    for ax, (title, (x, labels)) in zip(axes[:, 0], scores.items(), strict=True):
        names = np.array(list(class_names))[labels]
        right, upper = (100 * pd.Series(x > cut).groupby(names).mean() for cut in (0, np.median(x)))
        seen.append(
            f"{title}, share above 0.5: {listed(right)}; above the median: {listed(upper)}."
        )
        for label, (name, colour) in enumerate(zip(class_names, CLASS_COLOURS, strict=True)):
            inside = x[labels == label].clip(*ends)
            ax.hist(inside, np.linspace(*ends, 41), color=colour, alpha=0.55, label=name)
        ax.axvline(0, color="black", label="threshold 0.5")
        ax.axvline(np.median(x), color="black", linestyle="--", label="median")
        ax.set_title(title, loc="left", fontsize="medium")
        ax.set_ylabel("utterances")
    named = _NAMED[(logit(_NAMED) >= ends[0]) & (logit(_NAMED) <= ends[1])]
    ax.set_xticks(logit(named), [np.format_float_positional(p) for p in named])
    ax.set_xlabel(f"probability of '{class_names[1]}' (axis: log-odds)")
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=4, frameon=False)
    return tell(figure, *seen)


def shifts() -> Figure:
    """Sketch four ways in which a target differs: the source above, the target below.

    Areas are the two classes over one feature x; together they are p(x).
    """
    x = np.linspace(-4, 5, 301)
    source, targets = shifted(x)
    figure, axes = grid_of_axes(2, len(targets), 2.3, 1.4, sharex=True, sharey=True)
    for column, (title, target) in zip(axes.T, targets.items(), strict=True):
        for ax, classes in zip(column, (source, target), strict=True):
            names = ["class 0", "class 1"]
            ax.stackplot(x, classes, colors=CLASS_COLOURS, alpha=0.55, labels=names)
            ax.axvline(0, color="black", label="threshold learned on the source")
            ax.set(xticks=[], yticks=[])
        column[0].set_title(title, fontsize="medium")
        column[1].set_xlabel("feature x")
    for ax, name in zip(axes[:, 0], ("source", "target"), strict=True):
        ax.set_ylabel(name)
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=3, frameon=False)
    uars = {
        title.split(":")[0]: 50 * (low[x < 0].sum() / low.sum() + high[x >= 0].sum() / high.sum())
        for title, (low, high) in ({"source": source} | targets).items()
    }
    return tell(figure, f"UAR by the threshold learned on the source: {listed(uars)}.")


def shifted(x: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return p(x, y) of a source, shape (2, n), and of targets that differ from it in one way.

    The source has two normal classes, so that its p(y = 1 | x) is a logistic curve about 0.
    """

    def bell(centre: float) -> np.ndarray:
        return np.exp(-0.5 * (x - centre) ** 2)

    def classes(p: np.ndarray, boundary: float) -> np.ndarray:
        return p * expit([2 * (boundary - x), 2 * (x - boundary)])

    source = np.stack([bell(-1), bell(1)])
    return source, {
        "covariate shift:\np(x) moves": classes(2 * bell(1.5), boundary=0),
        "concept shift:\np(y | x) moves": classes(source.sum(axis=0), boundary=1.5),
        "label shift:\np(y) moves": np.stack([1.6 * bell(-1), 0.4 * bell(1)]),
        "all is moved, as by\na louder recording": np.stack([bell(0.5), bell(2.5)]),
    }


def seeds(table: pd.DataFrame) -> Figure:
    """Dots of scores in [0, 1], one per training, and a line at their mean: one panel per column.

    `table` has one row per training; rows of one name are the seeds of one system. A second level
    of its index holds titles of systems, which then share the row of a name, each in its colour.
    """
    levels = range(table.index.nlevels)
    names, *titles = (list(dict.fromkeys(table.index.get_level_values(n))) for n in levels)
    (titles,) = titles or [[None]]
    size = 3.0, 0.7 + (0.3 + 0.1 * len(titles)) * len(names)
    figure, axes = grid_of_axes(1, len(table.columns), *size, sharex=True, sharey=True)
    groups = (100 * table).groupby(level=list(levels), sort=False)
    for ax, measure in zip(axes[0], table, strict=True):
        for (name, *its), scores in groups[measure]:
            (title,) = its or [None]
            y = names.index(name) + 0.3 * (titles.index(title) - (len(titles) - 1) / 2)
            look = {"color": colour_of(title) if title else INK, "alpha": 0.6, "markersize": 5}
            label = title if name == names[0] else None
            ax.plot(scores, np.full(len(scores), y), "o", label=label, **look)
            ax.plot(scores.mean(), y, "|", color="black", markersize=18 / len(titles))
        ax.axvline(50, color=LINE, linestyle="--")
        ax.set(title=measure, xlabel="%", ylim=(len(names) - 0.5, -0.5))
        ax.grid(False, axis="y")
    axes[0, 0].set_yticks(range(len(names)), names)
    if titles != [None]:
        handles = axes[0, 0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=len(titles), frameon=False)
    means, write = groups.mean(), listed if len(groups) <= 8 else span
    return tell(figure, *(f"Mean {measure}: {write(means[measure])}." for measure in table))
