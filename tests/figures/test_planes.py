import numpy as np

from ser_utils import figures
from ser_utils.lessons import two_moons


def test_decision_boundary_is_where_the_probability_is_one_half():
    pair = two_moons.pair(n=20)
    figure = figures.decision_boundary(pair, {"right half": lambda x: 1.0 * (x[:, 0] > 0.25)})
    line = figure.axes[0].collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(line[:, 0], 0.25, atol=0.03)


def test_many_boundaries_stand_in_rows():
    pair = two_moons.pair(n=20)
    systems = {f"above {i}": lambda x, i=i: 1.0 * (x[:, 0] > i) for i in range(4)}
    figure = figures.decision_boundary(pair, systems)
    drawn = [ax.get_title() for ax in figure.axes if ax.axison]
    assert drawn == list(systems)


def test_point_clouds_draw_each_row_once():
    pair = two_moons.pair(n=40)
    points = np.concatenate([pair.source.features, pair.evaluation.features])
    figure = figures.point_clouds({"before": points, "after": -points}, pair)
    for ax, sign in zip(figure.axes, (1, -1), strict=True):
        drawn = np.concatenate([c.get_offsets() for c in ax.collections])
        np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(sign * points, axis=0))
