"""Figures of points of the plane: two moons, and what networks make of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_utils.domains import Pair
from ser_utils.figures.style import CLASS_COLOURS, DOMAIN_MARKERS, grid_of_axes
from ser_utils.utterances import Labelled


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
        _class_points(ax, pair.source, pair.evaluation)
        ax.set(title=title, aspect="equal", xticks=[], yticks=[])
        ax.grid(False)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def point_clouds(panels: Mapping[str, np.ndarray], pair: Pair) -> Figure:
    """Draw points of the plane by domain and class: one panel per representation.

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
        _class_points(
            ax, replace(pair.source, features=first), replace(pair.evaluation, features=second)
        )
        ax.set_title(title, fontsize="medium")
        ax.set(aspect="equal", xticks=[], yticks=[])
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _class_points(ax: Axes, source: Labelled, target: Labelled) -> None:
    """Draw points by class, those of the source filled."""
    for name, part, marker in zip(
        ("source", "target"), (source, target), DOMAIN_MARKERS, strict=True
    ):
        for label, colour in enumerate(CLASS_COLOURS):
            style = {"fc": colour if name == "source" else "none", "ec": colour, "s": 18}
            points = part.features[part.labels == label]
            ax.scatter(*points.T, marker=marker, label=f"{name}, class {label}", **style)
