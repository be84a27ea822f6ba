import itertools

import numpy as np
import pandas as pd
import pytest

from ser_utils import domains, experiments, metrics
from ser_utils.embeddings import invariance, probes
from ser_utils.experiments import invariance_grid, resampling
from ser_utils.experiments.invariance_grid import KEY, REPRESENTATIONS

NAMES = ("toy-en", "toy-de")


@pytest.fixture
def ran(small_nets, monkeypatch):
    """Which measurements ran, in this process."""
    items = []

    def here(function, given, *_):
        items.extend(given)
        return [function(*item) for item in given]

    monkeypatch.setattr(invariance_grid.parallel, "in_order", here)
    monkeypatch.setattr(probes.MLP, "max_iter", 2)
    return items


def test_the_table_has_every_row_and_no_measurement_runs_twice(toys, ran):
    table = invariance_grid.run(NAMES, ["arousal"], ["none", "joint"], seeds=2)
    pairs = itertools.permutations(NAMES)
    expected = itertools.product(pairs, ["arousal"], ["none", "joint"], REPRESENTATIONS, range(2))
    assert table[list(KEY)].to_numpy().tolist() == [[*pair, *rest] for pair, *rest in expected]
    # By pair: both systems under each batch norm and seed; raw features and chance once.
    assert len(ran) == 2 * (2 * 2 * 2 + 2)


def test_rows_longhand(toys, ran):
    table = invariance_grid.run(NAMES, ["arousal"], ["joint"], seeds=2).set_index(list(KEY))
    pair = domains.pair(toys["toy-en"], toys["toy-de"], task="arousal")
    row = ("toy-en", "toy-de", "arousal", "joint")
    raw = invariance.measure(invariance.raw_features(pair), pair)
    for title, method in (("baseline", "baseline"), ("DANN", "dann")):
        trained = experiments.train(pair, "joint", method, 1)
        expected = invariance.measure(trained.embed(pair.source, pair.evaluation), pair)
        predicted = trained.predict(pair.evaluation)
        expected["uar_target"] = metrics.uar(pair.evaluation.labels, predicted)
        assert table.loc[(*row, title, 1)].to_dict() == pytest.approx(expected, abs=1e-4)
        assert expected["mmd2"] != pytest.approx(raw["mmd2"], abs=1e-3)
    of_raw, chance = (table.loc[(*row, name, 1)] for name in ("raw features", "chance"))
    assert of_raw.drop("uar_target").to_dict() == pytest.approx(raw, abs=1e-4)
    assert np.isnan(of_raw["uar_target"])
    assert chance["uar_target"] == 0.5
    assert chance.drop("uar_target").to_dict() == pytest.approx(invariance.chance(pair), abs=1e-4)


@pytest.fixture
def stored() -> pd.DataFrame:
    """Three pairs, two tasks and three seeds, with changes that are known: pair, then seed."""
    lines = []
    changes = {"a": (0.1, 0.2, 0.3), "b": (0.0, 0.1, 0.2), "c": (-0.3, -0.3, -0.3)}
    for (source, of_pair), task in itertools.product(changes.items(), ["arousal", "valence"]):
        for seed, change in enumerate(of_pair):
            change *= 2 if task == "valence" else 1
            values = {"raw features": 0.9, "baseline": 0.8, "DANN": 0.8 + change, "chance": 0.5}
            for name, value in values.items():
                key = dict(zip(KEY, (source, "t", task, "none", name, seed), strict=True))
                lines.append(key | {"language_accuracy": value, "mmd2": -value})
    return pd.DataFrame(lines)


def test_summary_is_of_pairs_and_means_over_pairs_and_tasks(stored):
    table = invariance_grid.summary(stored)
    assert len(table) == (3 + 1) * (2 + 1) * 2  # pairs and mean, tasks and mean, measures
    table = table.set_index(["measure", "task", "source"])
    line = table.loc[("language_accuracy", "arousal", "b")]
    assert line[["raw features", "baseline", "DANN", "chance"]].tolist() == pytest.approx(
        [0.9, 0.8, 0.9, 0.5]
    )
    assert line["change"] == pytest.approx(0.1)
    assert table.loc[("language_accuracy", "arousal", "mean"), "change"] == pytest.approx(0)
    assert table.loc[("language_accuracy", "mean", "a"), "change"] == pytest.approx(0.3)
    changes = table["change"].unstack("measure")
    np.testing.assert_allclose(changes["mmd2"], -changes["language_accuracy"])


def test_intervals_of_means_are_over_pairs_and_seeds(stored):
    table = invariance_grid.summary(stored).query("measure == 'language_accuracy'")
    table = table.set_index(["task", "source"])
    assert table.drop("mean", level="source")["change_low"].isna().all()
    mean = table.loc[("arousal", "mean")]
    of_pairs = stored.query("task == 'arousal'").pivot_table(
        "language_accuracy", ["source", "seed"], "representation"
    )
    changes = (of_pairs["DANN"] - of_pairs["baseline"]).unstack("seed").to_numpy()
    expected = resampling.over_pairs_and_seeds(changes).estimate()
    assert (mean["change_low"], mean["change_high"]) == pytest.approx((expected.low, expected.high))
    assert mean["change_low"] < -0.25
    assert mean["change_high"] > 0.15
