"""Static figures: in all, a colour stands for the same emotion and a marker for the same domain.

Every function returns a matplotlib figure; `show` displays it in a notebook with a text for those
who cannot see it.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from ser_utils import audio, features, gradient_reversal, labels
from ser_utils.domains import Pair
from ser_utils.embeddings.invariance import CHANCE, MEASURES
from ser_utils.evaluation import Comparison
from ser_utils.metrics import Estimate
from ser_utils.utterances import Labelled

#: Stands for the emotion of an utterance that has none, but ratings.
UNKNOWN = "unknown"
# Paul Tol's "muted" scheme: nine colours that remain apart for colour-blind readers.
EMOTION_COLOURS = {
    "anger": "#882255",
    "boredom": "#999933",
    "calm": "#44AA99",
    "disgust": "#117733",
    "fear": "#332288",
    "happiness": "#DDCC77",
    "neutral": "#88CCEE",
    "sadness": "#AA4499",
    "surprise": "#CC6677",
    UNKNOWN: "#BBBBBB",
}
LANGUAGE_NAMES = {
    "de": "German",
    "el": "Greek",
    "en": "English",
    "fa": "Persian",
    "fr": "French",
    "it": "Italian",
    "pl": "Polish",
    "ur": "Urdu",
    "zh": "Chinese",
}
#: The source is always the first of these, the target the second.
DOMAIN_COLOURS = ("#0077BB", "#EE7733")
DOMAIN_MARKERS = ("o", "^")
CLASS_COLOURS = ("#33BBEE", "#CC3311")
SYSTEM_COLOURS = {"baseline": "#777777", "DANN": "#009988"}
RAW_COLOUR, OTHER_COLOUR = "#DDAA33", "#BBBBBB"
#: Samples between two values of a contour.
HOP = 256


def language_name(code: str) -> str:
    """Return the English name of a language, or its code where none is known.

    Of several, joined by "+" as in `Domain.language`, those of each.
    """
    return " + ".join(LANGUAGE_NAMES.get(part, part) for part in code.split("+"))


def emotion_names(table: pd.DataFrame) -> pd.Series:
    """Return the emotion of each utterance as a key of `EMOTION_COLOURS`, shape (n,), str."""
    return table["emotion"].replace(labels.NO_EMOTION, UNKNOWN)


def many_colours(names: Sequence[str]) -> dict[str, str]:
    """Give each name a colour, for more names than a reader could tell apart by colour alone."""
    return dict(zip(names, sns.color_palette("husl", len(names)).as_hex(), strict=True))


def show(figure: Figure, alt: str) -> None:
    """Display a figure in a notebook with a text alternative, and close it.

    Parameters
    ----------
    figure : Figure
    alt : str
        What the figure shows, for readers who cannot see it; printed below as its caption too.
    """
    from IPython.display import HTML, display

    display(figure, metadata={"image/png": {"alt": alt}})
    style = "color:#555;max-width:50em"
    display(HTML(f"<p aria-hidden='true' style='{style}'><em>{html.escape(alt)}</em></p>"))
    plt.close(figure)


def grid_of_axes(
    rows: int, columns: int, width: float, height: float, **options
) -> tuple[Figure, np.ndarray]:
    """Grid of axes as an array (rows, columns), sizes in inches a panel."""
    with sns.axes_style("whitegrid"):
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=(width * columns, height * rows),
            squeeze=False,
            layout="constrained",
            **options,
        )
    return figure, axes


# Utterances -------------------------------------------------------------------------------------


def utterances(signals: Mapping[str, np.ndarray]) -> Figure:
    """Waveform, log-mel spectrogram, pitch and energy: a column an utterance.

    Parameters
    ----------
    signals : mapping of str to np.ndarray, shape (n_samples,)
        Samples at 16 kHz by title.
    """
    rows = {
        "amplitude": _waveform,
        "frequency (Hz)": log_mel,
        "pitch F0 (Hz)": _pitch,
        "energy (dB)": _energy,
    }
    figure, axes = grid_of_axes(len(rows), len(signals), 4.0, 1.5, sharex=True, sharey="row")
    for column, (title, samples) in zip(axes.T, signals.items(), strict=True):
        for ax, draw in zip(column, rows.values(), strict=True):
            draw(ax, samples)
        column[0].set_title(title)
        column[-1].set_xlabel("time (s)")
    for ax, label in zip(axes[:, 0], rows, strict=True):
        ax.set_ylabel(label)
    return figure


def _waveform(ax: Axes, samples: np.ndarray) -> None:
    ax.plot(np.arange(len(samples)) / audio.SAMPLING_RATE, samples, linewidth=0.4, color="#555555")


def log_mel(ax: Axes, samples: np.ndarray) -> None:
    """Draw the log-mel energies of samples, what the CNN reads, on one scale of colours."""
    logmel = features.FEATURE_SETS["logmel"]
    energy, bands = logmel.compute(samples), logmel.names()
    seconds = energy.shape[1] * features.FRAME_SECONDS
    extent = (0, seconds, -0.5, len(bands) - 0.5)
    ax.imshow(energy, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-12, vmax=6)
    ticks = range(4, len(bands), 18)
    ax.set(yticks=ticks, yticklabels=[bands[tick].removesuffix(" Hz") for tick in ticks])
    ax.grid(False)


def _pitch(ax: Axes, samples: np.ndarray) -> None:
    _over_time(ax, pitch_contour(samples), color=DOMAIN_COLOURS[0], linewidth=2)
    ax.set(ylim=(50, 500))


def _energy(ax: Axes, samples: np.ndarray) -> None:
    import librosa

    energy = librosa.feature.rms(y=samples, hop_length=HOP)[0]
    _over_time(ax, librosa.amplitude_to_db(energy, ref=1.0), color="#555555")
    ax.set(ylim=(-80, 0))


def _over_time(ax: Axes, contour: np.ndarray, **style) -> None:
    ax.plot(np.arange(len(contour)) * HOP / audio.SAMPLING_RATE, contour, **style)


def pitch_contour(samples: np.ndarray) -> np.ndarray:
    """Fundamental frequency in Hz every `HOP` samples at 16 kHz, NaN where unvoiced.

    By pYIN (Mauch & Dixon 2014, ICASSP), as in librosa.
    """
    import librosa

    pitch, _, _ = librosa.pyin(samples, fmin=65, fmax=600, sr=audio.SAMPLING_RATE, hop_length=HOP)
    return pitch


# Features ---------------------------------------------------------------------------------------


def class_balance(table: pd.DataFrame) -> Figure:
    """Share of each class, a bar a row of `table` (from `labels.balance`, one or more corpora)."""
    shares = table[[column for column in table if column.endswith(" share")]]
    figure, axes = grid_of_axes(1, 1, 7.5, 0.5 + 0.42 * len(table))
    left = np.zeros(len(shares))
    names = [" ".join(map(str, row)) if isinstance(row, tuple) else row for row in shares.index]
    for column, colour in zip(shares, CLASS_COLOURS, strict=True):
        bars = axes[0, 0].barh(
            names, shares[column], left=left, color=colour, label=column.removesuffix(" share")
        )
        axes[0, 0].bar_label(bars, fmt=lambda share: f"{100 * share:.0f} %", label_type="center")
        left += shares[column].to_numpy()
    axes[0, 0].invert_yaxis()
    axes[0, 0].set(xlabel="share of utterances", xlim=(0, 1))
    axes[0, 0].legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
    return figure


def distributions(data: pd.DataFrame, columns: Mapping[str, str], by: str = "emotion") -> Figure:
    """Box plots of features by emotion (rows), the languages side by side.

    Parameters
    ----------
    data : pd.DataFrame
        One row an utterance with the features, `language` and the column `by`.
    columns : mapping of str to str
        Feature to axis label.
    by : str
        What each box stands for.
    """
    figure, axes = grid_of_axes(1, len(columns), 4.2, 0.6 * data[by].nunique() + 0.8, sharey=True)
    languages = list(dict.fromkeys(data["language"]))
    for ax, (column, label) in zip(axes[0], columns.items(), strict=True):
        sns.boxplot(
            data,
            x=column,
            y=by,
            hue="language",
            hue_order=languages,
            order=sorted(data[by].unique()),
            palette=dict(zip(languages, DOMAIN_COLOURS, strict=True)),
            fliersize=1.5,
            linewidth=0.8,
            ax=ax,
        )
        ax.set(xlabel=label, ylabel=None)
        ax.get_legend().remove()
    handles, _ = ax.get_legend_handles_labels()
    figure.legend(
        handles, [language_name(code) for code in languages], loc="outside upper center", ncols=2
    )
    return figure


def variance_explained(table: pd.DataFrame, annotate: Sequence[str]) -> Figure:
    """Scatter of the features: variance explained by emotion against by language.

    Parameters
    ----------
    table : pd.DataFrame
        A row a feature, columns `emotion` and `language` with eta squared in [0, 1].
    annotate : sequence of str
        Rows to name in the figure.
    """
    figure, axes = grid_of_axes(1, 1, 6.5, 5)
    ax = axes[0, 0]
    ax.scatter(table["language"], table["emotion"], color="#555555", s=22, alpha=0.7)
    highest = 1.08 * table[["emotion", "language"]].to_numpy().max()
    ax.plot([0, highest], [0, highest], color="#BBBBBB", linestyle="--", zorder=0)
    ax.set(
        xlabel="explained by language (η²)",
        ylabel="explained by emotion (η²)",
        xlim=(-0.01, highest),
        ylim=(-0.01, highest),
        title="What makes each eGeMAPS feature vary?",
    )
    for name in annotate:
        at = table.loc[name, ["language", "emotion"]].to_numpy(float)
        left = at[0] > highest / 2
        ax.annotate(
            name,
            at,
            xytext=(-6 if left else 6, 4),
            ha="right" if left else "left",
            textcoords="offset points",
            fontsize="x-small",
        )
    return figure


def embedding(points: Mapping[str, np.ndarray], pair: Pair, one_map: bool = False) -> Figure:
    """Scatter plots of embeddings in two dimensions: a column each, by language and by emotion.

    Parameters
    ----------
    points : mapping of str to np.ndarray, shape (n_source + n_target, 2)
        Source rows, then the rows of `pair.evaluation`, by title.
    pair : Pair
        What the rows are.
    one_map : bool
        The points are from one fit: draw them on common axes, so that their positions compare.
    """
    figure, axes = grid_of_axes(2, len(points), 3.0, 2.7, sharex=one_map, sharey=one_map)
    parts = (pair.source, pair.evaluation)
    rows = (slice(len(pair.source)), slice(len(pair.source), None))
    emotions = [emotion_names(part.table) for part in parts]
    present = sorted(set().union(*emotions))
    for column, (title, xy) in zip(axes.T, points.items(), strict=True):
        column[0].set_title(title)
        for part, row, emotion, colour, marker in zip(
            parts, rows, emotions, DOMAIN_COLOURS, DOMAIN_MARKERS, strict=True
        ):
            style = {"marker": marker, "s": 7, "alpha": 0.8, "linewidths": 0}
            name = language_name(part.language)
            column[0].scatter(*xy[row].T, color=colour, label=name, **style)
            column[1].scatter(*xy[row].T, c=emotion.map(EMOTION_COLOURS), **style)
        for ax in column:
            ax.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel("coloured by language")
    axes[1, 0].set_ylabel("coloured by emotion")
    axes[0, -1].legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, markerscale=2)
    dots = [plt.Line2D([], [], marker="s", ls="", color=EMOTION_COLOURS[e]) for e in present]
    axes[1, -1].legend(dots, present, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return figure


# Systems ----------------------------------------------------------------------------------------


def confusions(matrices: Mapping[str, np.ndarray], class_names: Sequence[str]) -> Figure:
    """Confusion matrices side by side, rows in percent of the true class.

    Parameters
    ----------
    matrices : mapping of str to np.ndarray, shape (2, 2)
        Counts by title.
    class_names : sequence of str
    """
    figure, axes = grid_of_axes(1, len(matrices), 3.6, 3.2)
    for ax, (title, counts) in zip(axes[0], matrices.items(), strict=True):
        shares = counts / counts.sum(axis=1, keepdims=True)
        text = np.array(
            [f"{100 * s:.0f} %\n({c})" for s, c in zip(shares.flat, counts.flat, strict=True)]
        )
        sns.heatmap(
            shares,
            annot=text.reshape(2, 2),
            fmt="",
            vmin=0,
            vmax=1,
            cmap="Blues",
            cbar=False,
            square=True,
            xticklabels=class_names,
            yticklabels=class_names,
            ax=ax,
        )
        uar = 100 * np.diag(shares).mean()
        ax.set(title=f"{title}\nUAR {uar:.1f} %", xlabel="predicted", ylabel=None)
    axes[0, 0].set_ylabel("true")
    return figure


def decision_boundary(
    pair: Pair, systems: Mapping[str, Callable[[np.ndarray], np.ndarray]]
) -> Figure:
    """Class regions of one or more systems over points of the plane, source and target.

    Parameters
    ----------
    pair : Pair
        Features of shape (n, 2), as from `two_moons.pair`.
    systems : mapping of str to callable
        From points (n, 2) to the probability of class 1, shape (n,), by title.
    """
    figure, axes = grid_of_axes(1, len(systems), 5, 4.2, sharex=True, sharey=True)
    both = np.concatenate([pair.source.features, pair.evaluation.features])
    low, high = both.min(axis=0) - 0.3, both.max(axis=0) + 0.3
    x, y = np.meshgrid(*(np.linspace(a, b, 200) for a, b in zip(low, high, strict=True)))
    for ax, (title, probability) in zip(axes[0], systems.items(), strict=True):
        p = probability(np.column_stack([x.ravel(), y.ravel()]).astype(np.float32))
        ax.contourf(x, y, p.reshape(x.shape), levels=[0, 0.5, 1], colors=CLASS_COLOURS, alpha=0.15)
        ax.contour(x, y, p.reshape(x.shape), levels=[0.5], colors="black", linewidths=1)
        for name, part, marker in (
            ("source", pair.source, DOMAIN_MARKERS[0]),
            ("target", pair.evaluation, DOMAIN_MARKERS[1]),
        ):
            _class_points(ax, part, marker, name)
        ax.set(title=title, aspect="equal", xticks=[], yticks=[])
        ax.grid(False)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _class_points(ax: Axes, part: Labelled, marker: str, name: str) -> None:
    for label, colour in enumerate(CLASS_COLOURS):
        points = part.features[part.labels == label]
        filled = (
            {"color": colour} if name == "source" else {"facecolors": "none", "edgecolors": colour}
        )
        ax.scatter(*points.T, marker=marker, s=18, label=f"{name}, class {label}", **filled)


def schedule(gamma: float = 10.0, max_lambda: float = 1.0) -> Figure:
    """Draw the strength of the reversal over a training, for Ganin's schedule and the others."""
    figure, axes = grid_of_axes(1, 1, 6, 3.2)
    p = np.linspace(0, 1, 101)
    for name, function in gradient_reversal.SCHEDULES.items():
        if name == "ganin":
            continue
        axes[0, 0].plot(p, [max_lambda * function(x) for x in p], color="#BBBBBB", ls="--")
        axes[0, 0].annotate(
            name,
            (0.0 if name == "constant" else 0.55, max_lambda * function(0.5)),
            xytext=(2, 4 if name == "constant" else -6),
            textcoords="offset points",
            color="#777777",
        )
    ganin = [max_lambda * gradient_reversal.ganin(x, gamma) for x in p]
    axes[0, 0].plot(p, ganin, color=SYSTEM_COLOURS["DANN"], linewidth=2.5)
    axes[0, 0].set(
        xlabel="progress of training p",
        ylabel="λ(p)",
        ylim=(-0.05, 1.15),
        title=f"ganin: γ = {gamma:g}, largest λ = {max_lambda:g}",
    )
    return figure


def training_curves(histories: Mapping[str, pd.DataFrame]) -> Figure:
    """Label loss, held-out recall, domain loss, domain accuracy and lambda by epoch.

    Parameters
    ----------
    histories : mapping of str to pd.DataFrame
        `Trained.history` by system; those of `SYSTEM_COLOURS` keep their colours. Dashed lines
        mark chance: that of two domains, or what a history has as `domain_loss_at_chance`.
    """
    panels = {
        "emotion_loss": ("label loss (source)", None),
        "uar_held_out": ("UAR, held-out source speakers", 0.5),
        "domain_loss": ("domain loss", np.log(2)),
        "domain_accuracy": ("domain accuracy", 0.5),
        "lambda": ("λ", None),
    }
    drawn = [key for key in panels if any(key in history for history in histories.values())]
    columns = min(3, len(drawn))
    figure, axes = grid_of_axes(-(-len(drawn) // columns), columns, 3.2, 2.4)
    for ax, column in zip(axes.flat, drawn, strict=False):
        title, chance = panels[column]
        for name, history in histories.items():
            if column in history:
                ax.plot(history[column], color=SYSTEM_COLOURS.get(name), label=name)
        recorded = [history for history in histories.values() if column in history]
        at_chance = [history.get(f"{column}_at_chance", chance) for history in recorded]
        for level in {np.mean(values) for values in at_chance if values is not None}:
            ax.axhline(level, color="#BBBBBB", linestyle="--")
        ax.set_title(title, fontsize="medium")
        ax.set_xlabel("epoch")
    for ax in axes.flat[len(drawn) :]:
        ax.set_axis_off()
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def sweep(table: pd.DataFrame, at: int | None = None) -> Figure:
    """Lines of scores in [0, 1], a column each, over the index of `table`, evenly spaced.

    Parameters
    ----------
    table : pd.DataFrame
    at : int, optional
        Number of the row whose scores are written out.
    """
    figure, axes = grid_of_axes(1, 1, 6.5, 3.4)
    positions = np.arange(len(table))
    for column, colour, marker in zip(table, ("#777777", "#EE7733", "#009988"), "soD", strict=True):
        axes[0, 0].plot(positions, 100 * table[column], color=colour, marker=marker, label=column)
    axes[0, 0].axhline(50, color="#BBBBBB", linestyle="--")
    if at is not None:
        axes[0, 0].axvline(at, color="black", linewidth=1, zorder=0)
        scores = [f"{name} {100 * score:.1f} %" for name, score in table.iloc[at].items()]
        axes[0, 0].set_title("\n".join(scores), loc="left", fontsize="medium")
    axes[0, 0].set(
        xticks=positions,
        xticklabels=[f"{value:g}" for value in table.index],
        xlabel=table.index.name,
        ylabel="%",
    )
    axes[0, 0].legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return figure


def comparison(result: Comparison) -> Figure:
    """UAR of baseline and DANN on the target with 95 % intervals, and the gain beside it."""
    figure, axes = grid_of_axes(1, 2, 4.6, 2.2)
    systems = {"baseline": result.baseline, "DANN": result.dann}
    for y, (name, estimate) in enumerate(systems.items()):
        _interval(axes[0, 0], y, estimate, SYSTEM_COLOURS[name])
    axes[0, 0].axvline(100 * result.majority, color="#BBBBBB", linestyle="--")
    axes[0, 0].set(
        yticks=[0, 1], yticklabels=list(systems), ylim=(1.6, -0.6), xlabel="UAR on the target (%)"
    )
    axes[0, 0].set_title("dashed: majority dummy", fontsize="small", color="#777777")
    _interval(axes[0, 1], 0, result.gain, SYSTEM_COLOURS["DANN"])
    axes[0, 1].axvline(0, color="#BBBBBB", linestyle="--")
    axes[0, 1].set(
        yticks=[0], yticklabels=["gain"], ylim=(0.6, -0.6), xlabel="gain of DANN (points)"
    )
    axes[0, 1].set_title("dashed: no difference", fontsize="small", color="#777777")
    return figure


def _interval(ax: Axes, y: float, estimate, colour: str) -> None:
    """Draw a dot with its 95 % interval, in percent."""
    value, low, high = (100 * x for x in (estimate.value, estimate.low, estimate.high))
    ax.errorbar(
        value,
        y,
        xerr=[[value - low], [high - value]],
        fmt="o",
        color=colour,
        capsize=4,
        markersize=7,
    )
    ax.annotate(f"{value:.1f}", (value, y), xytext=(0, 9), textcoords="offset points", ha="center")


def intervals(estimates: Mapping[str, Estimate], xlabel: str, zero: str | None = None) -> Figure:
    """Draw numbers with their 95 % intervals, one below the other, in percent or points.

    Parameters
    ----------
    estimates : mapping of str to Estimate
        In [0, 1], by name.
    xlabel : str
    zero : str, optional
        What a dashed line at 0 stands for; without it there is none.
    """
    figure, axes = grid_of_axes(1, 1, 8.5, 0.7 + 0.42 * len(estimates))
    for y, estimate in enumerate(estimates.values()):
        _interval(axes[0, 0], y, estimate, SYSTEM_COLOURS["DANN"])
    if zero is not None:
        axes[0, 0].axvline(0, color="#BBBBBB", linestyle="--")
        axes[0, 0].set_title(f"dashed: {zero}", fontsize="small", color="#777777")
    axes[0, 0].set(
        yticks=range(len(estimates)),
        yticklabels=list(estimates),
        ylim=(len(estimates) - 0.4, -0.8),
        xlabel=xlabel,
    )
    return figure


# Invariance -------------------------------------------------------------------------------------

#: Title and range of the measures of `invariance.MEASURES`; * takes labels of the target.
MEASURE_PANELS = {
    "language_accuracy": ("linear probe", (0, 1)),
    "language_accuracy_mlp": ("MLP probe", (0, 1)),
    "a_distance": ("proxy A-distance", (0, 2)),
    "mmd2": ("MMD²", None),
    "scaled_lisi": ("LISI, scaled", (0, 1)),
    "silhouette_source": ("silhouette,\nsource", None),
    "descriptive_silhouette_target": ("silhouette,\ntarget *", None),
    "descriptive_knn_uar_target": ("UAR of k-NN,\nsource → target *", (0, 1)),
    "speaker_accuracy_source": ("linear probe,\nsource", (0, 1)),
    "speaker_accuracy_mlp_source": ("MLP probe,\nsource", (0, 1)),
    "speaker_accuracy_target": ("linear probe,\ntarget", (0, 1)),
    "speaker_accuracy_mlp_target": ("MLP probe,\ntarget", (0, 1)),
}


def invariance(table: pd.DataFrame) -> Figure:
    """Bars of what embeddings know of language, emotion and speaker: a panel a measure.

    Parameters
    ----------
    table : pd.DataFrame
        From `invariance.table`; its row of chance is drawn as a line.
    """
    rows, chance = table.drop(index=CHANCE), table.loc[CHANCE]
    known = {"raw features": RAW_COLOUR, **SYSTEM_COLOURS}
    colours = [known.get(name, OTHER_COLOUR) for name in rows.index]
    figure, axes = grid_of_axes(len(MEASURES), max(map(len, MEASURES.values())), 1.9, 2.0)
    for line, (subject, names) in zip(axes, MEASURES.items(), strict=True):
        line[0].set_ylabel(subject, fontsize="large")
        for ax in line[len(names) :]:
            ax.set_axis_off()
        for ax, name in zip(line, names, strict=False):
            bars = _bars_beside_chance(ax, rows[name], chance[name], colours, *MEASURE_PANELS[name])
    figure.legend(bars, rows.index, loc="outside upper center", ncols=len(rows), frameon=False)
    note = "dashed: chance, where nothing is known;  * takes labels of the target"
    figure.supxlabel(note, fontsize="small", color="#777777")
    return figure


def _bars_beside_chance(
    ax: Axes,
    values: pd.Series,
    chance: float,
    colours: Sequence[str],
    title: str,
    limits: tuple[float, float] | None,
) -> BarContainer:
    """Draw a bar a value, with its number, and a line at chance."""
    low, high = limits or (0.0, 0.0)
    bars = ax.bar(values.index, values - low, bottom=low, color=colours)
    ax.bar_label(bars, values.map("{:.2f}".format), fontsize="x-small", padding=1)
    ax.axhline(chance, color="black", linestyle="--", linewidth=1)
    ax.set(xticks=[], title=title)
    ax.title.set_fontsize("medium")
    ax.margins(y=0.15)
    if limits:
        ax.set_ylim(low, high + 0.15 * (high - low))  # room for the numbers
    return bars


# Batch normalisation ----------------------------------------------------------------------------


def activations(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray]],
    names: tuple[str, str] = ("source", "target"),
    columns: int = 4,
) -> Figure:
    """Histograms of one unit's activations on source and target, a panel each, on common axes.

    Parameters
    ----------
    panels : mapping of str to (np.ndarray, np.ndarray), shapes (n,) and (m,)
        Activations on source and target, by title.
    names : (str, str)
        What source and target are called.
    columns : int
        Panels side by side.
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
        ax.axis("off")
    figure.supxlabel("activation (lines: means; tails: in the outermost bins)", fontsize="medium")
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=2, frameon=False)
    return figure


def point_clouds(panels: Mapping[str, np.ndarray], pair: Pair) -> Figure:
    """Draw source and target points of the plane, by domain and class: a panel a representation.

    Parameters
    ----------
    panels : mapping of str to np.ndarray, shape (n_source + n_target, 2)
        Source rows, then the rows of `pair.evaluation`, by title.
    pair : Pair
        What the rows are.
    """
    figure, axes = grid_of_axes(1, len(panels), 3.2, 2.9, sharex=True, sharey=True)
    for ax, (title, points) in zip(axes[0], panels.items(), strict=True):
        first, second = np.split(points, [len(pair.source)])
        _class_points(ax, replace(pair.source, features=first), DOMAIN_MARKERS[0], "source")
        _class_points(ax, replace(pair.evaluation, features=second), DOMAIN_MARKERS[1], "target")
        ax.set_title(title, fontsize="medium")
        ax.set(aspect="equal", xticks=[], yticks=[])
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure
