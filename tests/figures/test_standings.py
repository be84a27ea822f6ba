import numpy as np
import pandas as pd
import pytest

from ser_utils.experiments.standings import BY_RULE
from ser_utils.figures import standings


def test_a_waterfall_goes_from_each_score_to_the_next():
    table = pd.DataFrame({"uar": [55.0, 58.0, 57.0], "auc": [60.0, 61.0, 66.0]}, list("abc"))
    figure = standings.waterfall(table)
    for ax, name in zip(figure.axes, table, strict=True):
        drawn = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
        scores = table[name].tolist()
        expected = list(zip([scores[0], *scores[:-1]], scores, strict=True))
        np.testing.assert_allclose(drawn, expected)
    assert [text.get_text() for text in figure.axes[0].texts] == [
        "55.0",
        "58.0 (+3.0)",
        "57.0 (-1.0)",
    ]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list("abc")


def test_a_rung_starts_at_the_one_that_it_is_a_step_from():
    columns = ["rung", "title", "over", "uar", "gain_low", "gain_high", "auc"]
    columns += ["auc_gain_low", "auc_gain_high"]
    lines = [
        ("naive", "plain", np.nan, 55.0, np.nan, np.nan, 60.0, np.nan, np.nan),  # as read from CSV
        ("a", "first", "naive", 58.0, 1.0, 4.5, 61.0, -1.0, 3.0),
        ("b", "second", "naive", 54.0, -2.0, 0.5, 62.0, 1.0, 3.0),
        ("ceiling", "labels", "a", 70.0, 11.0, 13.0, 80.0, 18.0, 20.0),
    ]
    figure = standings.ladder(pd.DataFrame(lines, columns=columns))
    uar, auc = figure.axes
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in uar.patches]
    np.testing.assert_allclose(ends, [(55, 55), (55, 58), (55, 54), (58, 70)])
    _, *steps = auc.collections[0].get_segments()
    drawn = [segment[:, 0].tolist() for segment in steps]
    assert drawn == [[59.0, 63.0], [61.0, 63.0], [79.0, 81.0]]
    titles = [label.get_text() for label in uar.get_yticklabels()]
    assert titles == ["plain", "first", "second", "labels"]
    told = "AUC on the target (%): plain 60.0, first 61.0, second 62.0, labels 80.0."
    assert figure.get_label().endswith(told)


def test_gains_are_drawn_at_their_names_with_both_intervals():
    columns = [
        "method",
        "normalise",
        "batch_norm",
        "gain",
        "low",
        "high",
        "low_pairs",
        "high_pairs",
    ]
    lines = [
        ("baseline", "source", "source", np.nan, np.nan, np.nan, np.nan, np.nan),
        ("dann_rule", "source", BY_RULE, 4.0, 3.0, 5.0, 1.0, 7.0),
        ("median", "dataset", "source", 2.0, 1.0, 3.0, -1.0, 4.0),
    ]
    figure = standings.gains(pd.DataFrame(lines, columns=columns))
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "DANN, by rule, batch norm by rule",
        "baseline, cut at the median, dataset normalisation, batch norm source",
    ]
    lines = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]
    drawn = [tuple(ends) for ends in lines if ends[0] != ends[1]]
    assert drawn == [(1.0, 7.0), (3.0, 5.0), (-1.0, 4.0), (1.0, 3.0)]
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "|"]
    assert marks == pytest.approx([4.0, 2.0])


def test_a_gain_without_interval_has_a_mark_without_bars_and_is_noted():
    line = {"method": "median", "normalise": "source", "batch_norm": "source", "gain": 2.0}
    bounds = {"low": 1.0, "high": 3.0, "low_pairs": 0.0, "high_pairs": 4.0}
    whole = standings.gains(pd.DataFrame([line | bounds]))
    few = standings.gains(pd.DataFrame([line | dict.fromkeys(bounds, np.nan)]))
    note = "no interval: fewer than 3 speakers in a target"
    for figure, has in ((whole, True), (few, False)):
        (ax,) = figure.axes
        marks = [line.get_xdata() for line in ax.lines if line.get_marker() == "|"]
        assert [mark.tolist() for mark in marks] == [[2.0]]
        bars = [line.get_xdata() for line in ax.lines if list(line.get_ydata()) == [0, 0]]
        assert [np.isfinite(ends).all() for ends in bars] == [has, has]
        assert (note in figure.get_supxlabel()) != has
