"""Figures of points of the plane: two moons, and what networks make of them."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ser_utils.domains import Pair
from ser_utils.figures.style import CLASS_COLOURS, DOMAIN_MARKERS, grid_of_axes, listed, tell
from ser_utils.metrics import percent


def decision_boundary(pair: Pair, systems: Mapping[str, Callable]) -> Figure:
    """Class regions of systems over the points, shape (n, 2), of source and target.

    A system is a function from points (n, 2) to the probability of class 1, shape (n,).
    """
    columns = min(len(systems), 3)
    size = (5, 4.2) if len(systems) <= columns else (3.4, 2.7)
    rows = -(-len(systems) // columns)
    figure, axes = grid_of_axes(rows, columns, *size, sharex=True, sharey=True)
    both = np.concatenate([pair.source.features, pair.evaluation.features])
    low, high = both.min(axis=0) - 0.3, both.max(axis=0) + 0.3
    x, y = np.meshgrid(*(np.linspace(a, b, 200) for a, b in zip(low, high, strict=True)))
    for ax in axes.flat[len(systems) :]:
        ax.set_axis_off()
    seen = []
    for ax, (title, probability) in zip(axes.flat, systems.items(), strict=False):
        p = probability(np.column_stack([x.ravel(), y.ravel()]).astype(np.float32))
        ax.contourf(x, y, p.reshape(x.shape), levels=[0, 0.5, 1], colors=CLASS_COLOURS, alpha=0.15)
        ax.contour(x, y, p.reshape(x.shape), levels=[0.5], colors="black", linewidths=1)
        _class_points(ax, pair, both)
        ax.set(title=title, aspect="equal", xticks=[], yticks=[])
        ax.grid(False)
        source, target = (
            percent(np.mean((probability(part.features) > 0.5) == part.labels))
            for part in (pair.source, pair.evaluation)
        )
        seen.append(f"{title}; {source} of the source's points and {target} of the target's right.")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return tell(figure, *seen)


def point_clouds(panels: Mapping[str, np.ndarray], pair: Pair) -> Figure:
    """Draw points, shape (n_source + n_target, 2), by domain and class: one panel per title."""
    figure, axes = grid_of_axes(1, len(panels), 3.2, 2.9, sharex=True, sharey=True)
    distances = {}
    for ax, (title, points) in zip(axes[0], panels.items(), strict=True):
        _class_points(ax, pair, points)
        centres = [part.mean(axis=0) for part in np.split(points, [len(pair.source)])]
        distances[title] = np.linalg.norm(centres[1] - centres[0])
        ax.set_title(title, fontsize="medium")
        ax.set(aspect="equal", xticks=[], yticks=[])
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return tell(figure, f"Distance of the domains' centres: {listed(distances, '{:.1f}')}.")


def _class_points(ax: Axes, pair: Pair, points: np.ndarray) -> None:
    """Draw points of source and target by class, those of the source filled."""
    labels = (pair.source.labels, pair.evaluation.labels)
    of_domain = np.split(points, [len(pair.source)])
    for target, marker in enumerate(DOMAIN_MARKERS):
        for label, colour in enumerate(CLASS_COLOURS):
            style = {"fc": "none" if target else colour, "ec": colour, "s": 18, "marker": marker}
            name = f"{('source', 'target')[target]}, class {label}"
            ax.scatter(*of_domain[target][labels[target] == label].T, label=name, **style)
