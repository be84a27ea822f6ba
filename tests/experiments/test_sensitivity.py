import itertools
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from ser_utils import alignment, domains, metrics, models, training
from ser_utils.errors import DomainError, NotFiniteError
from ser_utils.experiments import resampling, scoring, sensitivity
from ser_utils.experiments.grid import Grid

NAMES = ("toy-en", "toy-de")
GRID = Grid(NAMES, ("arousal",), batch_norm=("joint",), methods=("baseline", "dann"), seeds=2)


@pytest.fixture
def varied(monkeypatch):
    """Few settings."""
    few = {"epochs": (1, 2), "max_lambda": (1.0, 3.0), "adversary_learning_rate": (1e-3, 1e-2)}
    monkeypatch.setattr(sensitivity, "VARIED", few)
    usual = {"epochs": 2, "max_lambda": 1.0, "adversary_width": 8, "steps": 2}
    usual["adversary_learning_rate"] = 1e-2
    monkeypatch.setattr(sensitivity, "USUAL", usual)
    monkeypatch.setitem(scoring.MODELS, "egemaps", partial(models.mlp, widths=(8,)))


def test_a_row_for_each_value_longhand(toys, varied):
    scores = {}
    for row in sensitivity.rows(GRID):
        name = sensitivity.training_of(row)
        if name not in scores:
            features = toys[row.source], toys[row.target]
            ((scores[name],),) = sensitivity.score([row], *features)
    # By pair and seed: baselines of two epochs; DANN for each value, the usual one once.
    assert len(scores) == 2 * 2 * (2 + 4)
    trainings = pd.DataFrame(sensitivity.rows(GRID))
    of_rows = [scores[sensitivity.training_of(row)] for row in sensitivity.rows(GRID)]
    table = sensitivity.means(trainings.assign(uar_target=of_rows))
    assert table[["setting", "value", "usual"]].to_numpy().tolist() == [
        ["epochs", 1.0, False],
        ["epochs", 2.0, True],
        ["max_lambda", 1.0, True],
        ["max_lambda", 3.0, False],
        ["adversary_learning_rate", 1e-3, False],
        ["adversary_learning_rate", 1e-2, True],
    ]

    def mean_uar(epochs, align):
        scores = []
        for (source, target), seed in itertools.product(itertools.permutations(NAMES), range(2)):
            pair = domains.pair(toys[source], toys[target], task="arousal")
            model = scoring.MODELS["egemaps"](pair, batch_norm="joint")
            run = training.fit(model, pair, align=align, epochs=epochs, seed=seed, progress=False)
            test = pair.evaluation
            scores.append(metrics.uar(test.labels, run.predict(test)))
        return np.mean(scores)

    usual, strong, slow = (
        alignment.DomainAdversary(8, max_lambda=m, steps=2, learning_rate=rate)
        for m, rate in ((1.0, 1e-2), (3.0, 1e-2), (1.0, 1e-3))
    )
    expected = [
        (mean_uar(1, None), mean_uar(1, usual)),
        (mean_uar(2, None), mean_uar(2, usual)),
        (mean_uar(2, None), mean_uar(2, usual)),
        (mean_uar(2, None), mean_uar(2, strong)),
        (mean_uar(2, None), mean_uar(2, slow)),
        (mean_uar(2, None), mean_uar(2, usual)),
    ]
    np.testing.assert_allclose(
        table[["oracle_baseline", "oracle_dann"]], np.array(expected), atol=1e-4
    )
    np.testing.assert_allclose(
        table["oracle_gain"], table["oracle_dann"] - table["oracle_baseline"], atol=2e-4
    )


def test_intervals_of_the_gain_are_over_pairs_and_seeds(toys):
    scores = np.random.default_rng(0).uniform(0.4, 0.9, len(rows := sensitivity.rows(GRID)))
    trainings = pd.DataFrame(rows).assign(uar_target=scores)
    line = sensitivity.means(trainings).iloc[0]
    first = trainings.query("setting == @line.setting and value == @line.value")
    by_method = first.pivot(index=["source", "seed"], columns="method", values="uar_target")
    gains = (by_method["dann"] - by_method["baseline"]).unstack("seed")
    # Rows in the order in which `means` names the pairs.
    expected = resampling.over_pairs_and_seeds(gains.sort_index().to_numpy()).estimate()
    found = line[["oracle_gain", "oracle_gain_low", "oracle_gain_high"]]
    assert found.tolist() == pytest.approx([expected.value, expected.low, expected.high], abs=1e-4)
    assert expected.low < expected.value < expected.high


def test_it_compares_two_methods(toys):
    with pytest.raises(DomainError, match="two methods"):
        sensitivity.rows(replace(GRID, methods=("dann",)))


def test_a_score_that_is_missing_is_not_averaged_away(toys):
    trainings = pd.DataFrame(sensitivity.rows(GRID)).assign(uar_target=0.6)
    trainings.loc[5, "uar_target"] = np.nan
    with pytest.raises(NotFiniteError, match=r"1 of \d+ trainings .* first in row 5"):
        sensitivity.means(trainings)
