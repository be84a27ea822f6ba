import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from ser_utils import figures
from ser_utils.experiments import systems
from ser_utils.figures import scores


def test_score_distributions_count_every_utterance_and_mark_the_median():
    rng = np.random.default_rng(0)
    panels = {
        name: (rng.normal(centre, 2, n), rng.integers(0, 2, n))
        for name, centre, n in (("source", 0, 90), ("target", 6, 60))
    }
    figure = figures.score_distributions(panels, ("low", "high"))
    for ax, (title, (x, labels)) in zip(figure.axes, panels.items(), strict=True):
        assert ax.get_title(loc="left") == title
        counted = [sum(bar.get_height() for bar in bars) for bars in ax.containers]
        assert counted == np.bincount(labels).tolist()
        assert [line.get_xdata()[0] for line in ax.lines] == [0, pytest.approx(np.median(x))]


def test_score_distributions_name_log_odds_by_probabilities():
    figure = figures.score_distributions({"one": (np.zeros(4), np.array([0, 1, 0, 1]))}, "ab")
    ax = figure.axes[0]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0.1", "0.5", "0.9"]
    assert ax.get_xticks() == pytest.approx(logit([0.1, 0.5, 0.9]))


def test_each_sketched_shift_moves_what_it_says_and_keeps_the_rest():
    x = np.linspace(-6, 8, 1401)
    source, targets = scores.shifted(x)
    covariate, concept, label, moved = targets.values()

    def posterior(joint):
        return joint[1] / joint.sum(axis=0)

    def shares(joint):
        return joint.sum(axis=1) / joint.sum()

    assert posterior(covariate) == pytest.approx(posterior(source))
    assert concept.sum(axis=0) == pytest.approx(source.sum(axis=0))
    assert label[0] / source[0] == pytest.approx(label[0, 0] / source[0, 0])
    assert label[1] / source[1] == pytest.approx(label[1, 0] / source[1, 0])
    assert shares(label) == pytest.approx([0.8, 0.2], abs=1e-3)
    assert moved[:, 150:] == pytest.approx(source[:, :-150])  # by 1.5
    for other in (covariate, label, moved):
        assert np.abs(other.sum(axis=0) - source.sum(axis=0)).max() > 0.2
    for other in (concept, label, moved):
        assert np.abs(posterior(other) - posterior(source)).max() > 0.2


def test_shifts_draw_a_source_and_a_target_for_each():
    figure = figures.shifts()
    assert len(figure.axes) == 2 * len(scores.shifted(np.zeros(1))[1])


def test_seeds_are_dots_in_percent_with_their_mean():
    table = pd.DataFrame({"UAR": [0.5, 0.7, 0.6], "AUC": [0.6, 0.8, 0.9]}, index=["a", "a", "b"])
    left, right = figures.seeds(table).axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["a", "b"]
    assert right.get_title() == "AUC"
    dots, mean, of_b, *_ = (line.get_xdata() for line in left.lines)
    assert dots == pytest.approx([50, 70])
    assert mean == pytest.approx([60])
    assert of_b == pytest.approx([60])


def test_seeds_of_systems_share_a_row_in_their_colours():
    names = [["joint", "joint", "joint", "none"], ["baseline", "DANN", "DANN", "baseline"]]
    figure = figures.seeds(pd.DataFrame({"UAR": [0.5, 0.7, 0.6, 0.4]}, index=names))
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["joint", "none"]
    dots = {
        (line.get_color(), *map(round, line.get_ydata())): list(line.get_xdata())
        for line in ax.lines
        if line.get_marker() == "o"
    }
    baseline, dann = (systems.find(name).colour for name in ("baseline", "dann"))
    expected = {(baseline, 0): [50], (dann, 0, 0): [70, 60], (baseline, 1): [40]}
    assert dots.keys() == expected.keys()
    assert all(dots[key] == pytest.approx(expected[key]) for key in expected)
    above, below = (line.get_ydata()[0] for line in ax.lines[:4:2])
    assert above < 0 < below
    assert [text.get_text() for text in figure.legends[0].texts] == ["baseline", "DANN"]
