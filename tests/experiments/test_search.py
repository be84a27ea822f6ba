import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ser_utils import domains, evaluation, settings
from ser_utils.errors import NotFiniteError, ResultsError
from ser_utils.experiments import runs, scoring, search
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


def trainings(*settings: tuple[float, tuple[float, float], float]) -> pd.DataFrame:
    """Two trainings of each setting, with learning rate, recalls on the source, and probe."""
    unit = {"source": "en", "target": "de", "task": "arousal", "dropout": 0.2}
    return pd.DataFrame(
        unit | {"learning_rate": rate, "seed": seed, "uar_source": uar, "language_accuracy": probe}
        for rate, uars, probe in settings
        for seed, uar in enumerate(uars)
    )


def test_settings_are_chosen_by_the_rule_of_selection():
    """Of those whose recall is within the noise of the best, the one that tells the probe least."""
    behind = {1e-3: 0.01, 1e-4: 0.0, 1e-2: 0.2}
    table = search.means(
        trainings((1e-3, (0.82, 0.76), 0.7), (1e-4, (0.8, 0.8), 0.9), (1e-2, (0.6, 0.6), 0.5))
    ).set_index("learning_rate")
    assert table["behind"].to_dict() == pytest.approx(behind)
    assert table["uar_source"].tolist() == pytest.approx([0.79, 0.8, 0.6])
    assert table["kept"].tolist() == [True, True, False]
    assert table["chosen"].tolist() == [True, False, False]


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_score_that_is_missing_chooses_nothing(broken):
    rows = trainings((1e-3, (0.6, broken), 0.9))
    with pytest.raises(NotFiniteError, match=r"1 of 2 trainings .* first in row 1"):
        search.means(rows)


def test_what_is_in_force_is_nothing_to_the_search(toys, small_nets, tmp_path, monkeypatch):
    """It goes on after what it chose was written into the settings."""
    monkeypatch.setattr(search, "VARIED", {"learning_rate": [1e-4, 1e-3], "dropout": [0.2]})
    grid = Grid(("toy-en", "toy-de"), ("arousal",), methods=("dann",), seeds=1)
    out = tmp_path / "search.csv"
    assert runs.run(search.EXPERIMENT, grid, out) == 0
    told = json.loads(out.with_suffix(".json").read_text())["hyper_parameters"]
    assert told.keys() == settings.as_dict().keys() - {"learning_rate", "dropout"}
    monkeypatch.setattr(settings, "LEARNING_RATE", 0.5)
    assert runs.run(search.EXPERIMENT, grid, out) == 0
    monkeypatch.setattr(settings, "EPOCHS", 2)
    with pytest.raises(ResultsError, match="epochs 30 -> 2"):
        runs.run(search.EXPERIMENT, grid, out)
