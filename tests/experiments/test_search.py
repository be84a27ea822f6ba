from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ser_utils import domains, evaluation
from ser_utils.errors import NotFiniteError
from ser_utils.experiments import scoring, search
from ser_utils.experiments.grid import Grid


def test_a_row_longhand_and_without_target_labels(toys, small_nets):
    grid = Grid(("toy-en", "toy-de"), ("arousal",), methods=("dann",), seeds=2)
    row = next(r for r in search.rows(grid) if (r.source, r.seed, r.dropout) == ("toy-en", 1, 0.5))
    source, target = toys["toy-en"], toys["toy-de"]
    score = search.score([row], source, target)
    run = scoring.train(
        domains.pair(source, target), "source", "dann", 1, dropout=0.5, learning_rate=1e-4
    )
    assert score[0][0] == evaluation.held_out_uar(run, domains.pair(source, target).source)
    emotions = target.table["emotion"].iloc[::-1].to_numpy()
    other_labels = replace(target, table=target.table.assign(emotion=emotions))
    assert search.score([row], source, other_labels) == score


def test_means_are_of_each_setting_and_one_is_chosen():
    lines = [
        {"learning_rate": rate, "dropout": 0.2, "uar_source": uar, "language_accuracy": 0.9}
        for rate, uars in ((1e-3, (0.6, 0.7)), (1e-4, (0.8, 0.7)))
        for uar in uars
    ]
    table = search.means(pd.DataFrame(lines))
    columns = ["learning_rate", "dropout", "uar_source", "language_accuracy", "chosen"]
    assert list(table) == columns
    assert table["uar_source"].tolist() == pytest.approx([0.65, 0.75])
    assert table["chosen"].tolist() == [False, True]


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_score_that_is_missing_chooses_nothing(broken):
    line = {"learning_rate": 1e-3, "dropout": 0.2, "language_accuracy": 0.9}
    rows = pd.DataFrame([line | {"uar_source": uar} for uar in (0.6, broken)])
    with pytest.raises(NotFiniteError, match=r"1 of 2 trainings .* first in row 1"):
        search.means(rows)


def test_search_rule():
    """The best recall on the source, whatever the probe says."""
    table = pd.DataFrame({"uar_source": [0.79, 0.80, 0.70], "language_accuracy": [0.7, 0.9, 0.5]})
    assert search.choose(table).tolist() == [False, True, False]
