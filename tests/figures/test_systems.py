from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from ser_utils import evaluation, figures, metrics
from ser_utils.experiments import systems


def texts(figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(plt.Text))


def test_confusions_show_shares_counts_and_recall():
    figure = figures.confusions({"target": np.array([[30, 10], [5, 5]])}, ("low", "high"))
    assert "target\nUAR 62.5 %" in texts(figure)
    assert "75 %\n(30)" in texts(figure)
    assert "50 %\n(5)" in texts(figure)


def test_training_curves_leave_out_what_a_system_does_not_have():
    baseline = pd.DataFrame({"emotion_loss": [1.0, 0.5], "uar_held_out": [0.5, 0.6]}, index=[1, 2])
    dann = baseline.assign(domain_loss=0.7, domain_accuracy=0.5, **{"lambda": [0.0, 1.0]})
    figure = figures.training_curves({"baseline": baseline, "DANN": dann})
    named = [
        [line.get_label() for line in ax.lines if line.get_label()[0] != "_"]
        for ax in figure.axes
        if ax.lines
    ]
    assert named == [["baseline", "DANN"]] * 2 + [["DANN"]] * 3


def test_training_curves_mark_the_chance_of_two_domains_or_the_one_recorded():
    two = pd.DataFrame({"domain_loss": [0.9, 0.7], "domain_accuracy": [0.6, 0.5]}, index=[1, 2])
    three = two.assign(domain_loss_at_chance=[1.0, 1.1])
    figure = figures.training_curves({"two": two, "three": three})
    dashed = [
        sorted(line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--")
        for ax in figure.axes[:2]
    ]
    assert dashed == [pytest.approx([np.log(2), 1.05]), [0.5]]


def test_schedule_draws_what_it_says():
    figure = figures.schedule(gamma=4, max_lambda=0.5)
    curve = figure.axes[0].lines[-1].get_ydata()
    assert curve[0] == 0
    assert curve[-1] == pytest.approx(0.5 * (2 / (1 + np.exp(-4)) - 1))
    assert "γ = 4, largest λ = 0.5" in texts(figure)


def test_comparison_draws_values_and_intervals_in_percent(toy_pair):
    estimates = [
        metrics.Estimate(*x) for x in ((0.6, 0.5, 0.7), (0.65, 0.6, 0.7), (0.05, -0.01, 0.1))
    ]
    result = evaluation.Comparison(toy_pair(), *estimates, 0.5, 0.8, 0.8, 0.7, 0.7)
    figure = figures.comparison(result)
    assert {"60.0", "65.0", "5.0"} <= set(texts(figure).split())


def bars(figure) -> list[np.ndarray]:
    """Ends of all error bars."""
    drawn = [c for ax in figure.axes for container in ax.containers for c in container[2]]
    return [segment[:, 0] for collection in drawn for segment in collection.get_segments()]


def test_what_has_no_interval_has_a_dot_without_a_bar_and_a_note(toy_pair):
    without = metrics.Estimate(0.6, np.nan, np.nan)
    result = evaluation.Comparison(toy_pair(), without, without, without, 0.5, 0.8, 0.8, 0.7, 0.7)
    figure = figures.comparison(result)
    assert bars(figure) == []
    assert texts(figure).split().count("60.0") >= 3
    assert metrics.NO_INTERVAL in texts(figure)
    known = metrics.Estimate(0.6, 0.5, 0.8)
    mixed = figures.comparison(replace(result, dann=known))
    assert [bar.tolist() for bar in bars(mixed)] == [pytest.approx([50, 80])]
    assert metrics.NO_INTERVAL in texts(mixed)
    whole = figures.comparison(replace(result, baseline=known, dann=known, gain=known))
    assert len(bars(whole)) == 3
    assert metrics.NO_INTERVAL not in texts(whole)


def test_a_comparison_is_drawn_under_the_names_it_carries(toy_pair):
    estimates = [metrics.Estimate(0.6, 0.5, 0.7)] * 3
    names = "DANN", "another system"
    result = evaluation.Comparison(toy_pair(), *estimates, 0.5, 0.8, 0.8, 0.7, 0.7, names=names)
    left, right = figures.comparison(result).axes
    assert [label.get_text() for label in left.get_yticklabels()] == list(names)
    assert right.get_xlabel() == "gain of another system (points)"
    drawn = [to_hex(bars.lines[0].get_color()).upper() for bars in left.containers]
    assert drawn == [systems.colour_of(name) for name in names]


def test_fooled_draws_each_seed_and_the_means():
    history = pd.DataFrame(
        {"domain_accuracy": [0.7, 0.6, 0.5], "probe_accuracy": [np.nan, 0.9, 0.8]}, index=[1, 2, 3]
    )
    figure = figures.fooled({"one": [history, history + 0.1], "five": [history]})
    one, five = figure.axes
    assert [ax.get_title() for ax in figure.axes] == ["one", "five"]
    for ax, seeds, more in ((one, 2, 5), (five, 1, 0)):
        lines = [line for line in ax.lines if line.get_linestyle() == "-"]
        assert len(lines) == 2 * (seeds + 1)
        adversary, probe = (line.get_ydata() for line in lines if line.get_linewidth() > 2)
        np.testing.assert_allclose(adversary, np.array([70, 60, 50]) + more)
        np.testing.assert_allclose(probe, np.array([90, 80]) + more)


def test_fooled_is_grey_only_where_the_probe_finds_more_than_the_adversary():
    history = pd.DataFrame(
        {"domain_accuracy": [0.6, 0.6, 0.9], "probe_accuracy": [0.8, 0.8, 0.8]}, index=[1, 2, 3]
    )
    (ax,) = figures.fooled({"one": [history]}).axes
    (grey,) = ax.collections
    (outline,) = grey.get_paths()
    # They cross two thirds of the way from epoch 2 to 3, at 80 %.
    np.testing.assert_allclose(outline.vertices.min(axis=0), [1, 60])
    np.testing.assert_allclose(outline.vertices.max(axis=0), [2 + 2 / 3, 80])


def test_sweep_has_an_axis_per_score_with_a_dot_per_seed_and_a_line_of_means():
    index = pd.Index([0.0, 0.0, 3.0, 3.0], name="largest λ")
    trainings = pd.DataFrame({"probe": [0.9, 1.0, 0.6, 0.8], "UAR": [0.5, 0.5, 0.7, 0.9]}, index)
    probe, uar = figures.sweep(trainings).axes
    dots, line = probe.lines
    np.testing.assert_allclose(dots.get_xydata(), [[0, 90], [0, 100], [1, 60], [1, 80]])
    np.testing.assert_allclose(line.get_xydata(), [[0, 95], [1, 70]])
    assert [label.get_text() for label in uar.get_xticklabels()] == ["0", "3"]
    assert [ax.get_title() for ax in (probe, uar)] == ["probe", "UAR"]
    assert probe.get_ylim() != uar.get_ylim()
