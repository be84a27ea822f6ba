"""Figures of systems: how they learn, and how good they are on the target."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_utils import gradient_reversal
from ser_utils.evaluation import Comparison
from ser_utils.experiments.systems import SYSTEMS, colour_of, find
from ser_utils.figures.style import INK, LINE, NOTE, grid_of_axes, listed, tell
from ser_utils.metrics import NO_INTERVAL, Estimate, percent


def confusions(matrices: Mapping[str, np.ndarray], class_names: Sequence[str]) -> Figure:
    """Confusion matrices, counts of shape (2, 2), side by side; in percent of the true class."""
    figure, axes = grid_of_axes(1, len(matrices), 3.6, 3.2)
    style = {"vmin": 0, "vmax": 1, "cmap": "Blues", "cbar": False, "square": True, "fmt": ""}
    style |= {"xticklabels": class_names, "yticklabels": class_names}
    seen = []
    for ax, (title, counts) in zip(axes[0], matrices.items(), strict=True):
        shares = counts / counts.sum(axis=1, keepdims=True)
        cells = zip(shares.flat, counts.flat, strict=True)
        text = np.array([f"{percent(share)}\n({count})" for share, count in cells])
        sns.heatmap(shares, annot=text.reshape(2, 2), ax=ax, **style)
        uar = 100 * np.diag(shares).mean()
        ax.set(title=f"{title}\nUAR {uar:.1f} %", xlabel="predicted", ylabel=None)
        recalls = dict(zip(class_names, 100 * np.diag(shares), strict=True))
        seen.append(f"{title}: UAR {uar:.1f} %, recall {listed(recalls, '{:.0f} %')}.")
    axes[0, 0].set_ylabel("true")
    return tell(figure, *seen)


def schedule(gamma: float = 10.0, max_lambda: float = 1.0) -> Figure:
    """Draw the strength of the reversal over a training, for Ganin's schedule and the others."""
    figure, ((ax,),) = grid_of_axes(1, 1, 6, 3.2)
    p = np.linspace(0, 1, 101)
    for name, function in gradient_reversal.SCHEDULES.items():
        if name == "ganin":
            continue
        ax.plot(p, [max_lambda * function(x) for x in p], color=LINE, ls="--")
        left, above = (0.0, 4) if name == "constant" else (0.55, -6)
        at = left, max_lambda * function(0.5)
        ax.annotate(name, at, xytext=(2, above), textcoords="offset points", color=NOTE)
    ganin = [max_lambda * gradient_reversal.ganin(x, gamma) for x in p]
    ax.plot(p, ganin, color=find("dann").colour, linewidth=2.5)
    ax.set_title(f"ganin: γ = {gamma:g}, largest λ = {max_lambda:g}")
    ax.set(xlabel="progress of training p", ylabel="λ(p)", ylim=(-0.05, 1.15))
    values = {f"at p = {at / 100:g}:": ganin[at] for at in (10, 20, 50, 100)}
    return tell(figure, f"Ganin's λ rises early and stays: {listed(values, '{:.2f}')}.")


def training_curves(histories: Mapping[str, pd.DataFrame]) -> Figure:
    """Label loss, held-out recall, domain loss, domain accuracy and lambda by epoch.

    `histories` are each `Trained.history`; systems whose titles are known keep their colours.
    Dashed lines mark chance: that of two domains, or what a history has as `domain_loss_at_chance`.
    """
    panels = {
        "emotion_loss": ("label loss (source)", None),
        "uar_held_out": ("UAR, held-out source speakers", 0.5),
        "domain_loss": ("domain loss", np.log(2)),
        "domain_accuracy": ("domain accuracy, in training", 0.5),
        "lambda": ("λ", None),
    }
    known = {system.title: system.colour for system in SYSTEMS.values()}
    drawn = [key for key in panels if any(key in history for history in histories.values())]
    columns = min(3, len(drawn))
    figure, axes = grid_of_axes(-(-len(drawn) // columns), columns, 3.2, 2.4)
    seen = []
    for ax, column in zip(axes.flat, drawn, strict=False):
        title, chance = panels[column]
        recorded = {name: history for name, history in histories.items() if column in history}
        for name, history in recorded.items():
            ax.plot(history[column], color=known.get(name), label=name)
        at_chance = [history.get(f"{column}_at_chance", chance) for history in recorded.values()]
        for level in {np.mean(values) for values in at_chance if values is not None}:
            ax.axhline(level, color=LINE, linestyle="--")
        last = {name: history[column].iloc[-1] for name, history in recorded.items()}
        seen.append(f"At the end, {title}: {listed(last, '{:.2f}')}.")
        ax.set_title(title, fontsize="medium")
        ax.set_xlabel("epoch")
    for ax in axes.flat[len(drawn) :]:
        ax.set_axis_off()
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return tell(figure, *seen)


def fooled(histories: Mapping[str, Sequence[pd.DataFrame]]) -> Figure:
    """How often the adversary and a fresh probe are right, by epoch: a panel for each system.

    `histories` are `Trained.history` by the system's title, one for each seed, with
    `probe_accuracy` in some epochs. Each is a thin line, their mean a thick one. Grey is what only
    a fresh probe finds; what lies above the probe, it does not find either.
    """
    figure, (axes,) = grid_of_axes(1, len(histories), 4.2, 3.2, sharey=True)
    lines = {
        "domain_accuracy": ("adversary, on batches of the training", find("dann").colour),
        "probe_accuracy": ("fresh probe, on other speakers", INK),
    }
    seen = []
    for ax, (title, runs) in zip(axes, histories.items(), strict=True):
        means = 100 * pd.concat(runs).groupby(level=0)[list(lines)].mean()
        probed = means.interpolate(limit_area="inside").dropna()
        for column, (label, colour) in lines.items():
            for run in runs:
                ax.plot(100 * run[column].dropna(), color=colour, linewidth=0.8, alpha=0.4)
            ax.plot(means[column].dropna(), color=colour, linewidth=2.5, label=label)
        last = (
            means.ffill()
            .iloc[-1]
            .rename({"domain_accuracy": "adversary", "probe_accuracy": "probe"})
        )
        seen.append(f"{title}, at the end: {listed(last)} right.")
        between = probed["domain_accuracy"], probed["probe_accuracy"]
        grey = {"color": LINE, "alpha": 0.4, "label": "fooled"}
        ax.fill_between(probed.index, *between, between[0] < between[1], interpolate=True, **grey)
        ax.axhline(50, color=LINE, linestyle="--")
        ax.set(title=title, xlabel="epoch")
    axes[0].set_ylabel("accuracy for the domain (%)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return tell(figure, *seen)


def sweep(trainings: pd.DataFrame) -> Figure:
    """Scores over a setting: a panel per column of `trainings`, a dot per row, a line of the means.

    The setting is the index, which has each value once or, with several seeds, several times; the
    values are drawn evenly spaced. Scores are in [0, 1].
    """
    means = trainings.groupby(level=0).mean()
    figure, (axes,) = grid_of_axes(1, len(means.columns), 3.4, 3.2)
    colour = find("dann").colour
    for ax, name in zip(axes, means, strict=True):
        positions = means.index.get_indexer(trainings.index)
        ax.plot(positions, 100 * trainings[name], "o", color=colour, alpha=0.35)
        ax.plot(100 * means[name].to_numpy(), color=colour, linewidth=2)
        ax.set_title(name, fontsize="medium")
        ax.set_xticks(range(len(means)), [f"{value:g}" for value in means.index])
        ax.set(xlabel=means.index.name, ylabel="%")
        ax.margins(x=0.15)
    named = (100 * means).rename("at {:g}:".format)
    seen = (f"Mean {name} by {means.index.name}: {listed(named[name])}." for name in named)
    return tell(figure, *seen)


def comparison(result: Comparison) -> Figure:
    """UAR of two systems on the target with 95 % intervals, if any, and the gain beside it."""
    figure, ((left, right),) = grid_of_axes(1, 2, 4.6, 2.2)
    for y, estimate in enumerate((result.baseline, result.dann)):
        _interval(left, y, estimate, colour_of(result.names[y]))
    left.set_yticks([0, 1], result.names)
    left.set(ylim=(1.6, -0.6), xlabel="UAR on the target (%)")
    _dashed(left, 100 * result.majority, "majority dummy")
    _interval(right, 0, result.gain, colour_of(result.names[1]))
    right.set_yticks([0], ["gain"])
    right.set(ylim=(0.6, -0.6), xlabel=f"gain of {result.names[1]} (points)")
    right.locator_params(axis="x", nbins=6)  # narrow: more labels would touch
    _dashed(right, 0, "no difference")
    if not result.gain.has_interval:
        figure.supxlabel(NO_INTERVAL, fontsize="small", color=NOTE)
    scores = dict(zip(result.names, (result.baseline, result.dann), strict=True))
    gain = f"{result.gain:+} points, of {result.names[1]}"
    return tell(figure, f"UAR on the target in %: {listed(scores, '{}')}. Gain: {gain}.")


def _interval(ax: Axes, y: float, estimate: Estimate, colour: str) -> None:
    """Draw a dot with its 95 % interval, if there is one, in percent."""
    value, low, high = (100 * x for x in (estimate.value, estimate.low, estimate.high))
    bars = [[value - low], [high - value]] if estimate.has_interval else None
    ax.errorbar(value, y, xerr=bars, fmt="o", color=colour, capsize=4, markersize=7)
    ax.annotate(f"{value:.1f}", (value, y), xytext=(0, 9), textcoords="offset points", ha="center")


def _dashed(ax: Axes, x: float, meaning: str) -> None:
    """Draw a line to compare with, and say above what it means."""
    ax.axvline(x, color=LINE, linestyle="--")
    ax.set_title(f"dashed: {meaning}", fontsize="small", color=NOTE)
