import itertools

import numpy as np
import pandas as pd
import pytest

from ser_utils import domains, metrics
from ser_utils.embeddings import invariance, probes
from ser_utils.experiments import invariance as measured
from ser_utils.experiments import resampling, scoring
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.invariance import KEY, REPRESENTATIONS, Row

NAMES = ("toy-en", "toy-de")


def test_every_row_is_there_and_no_measurement_runs_twice(toys):
    rows = measured.rows(Grid(NAMES, ("arousal",), batch_norm=("none", "joint"), seeds=2))
    pairs = itertools.permutations(NAMES)
    expected = itertools.product(pairs, ["arousal"], ["none", "joint"], REPRESENTATIONS, range(2))
    assert rows == [(*pair, *rest) for pair, *rest in expected]
    # By pair: both systems under each batch norm and seed; raw features and chance once.
    assert len(set(map(measured.measured_once, rows))) == 2 * (2 * 2 * 2 + 2)


def test_rows_longhand(toys, small_nets, monkeypatch):
    monkeypatch.setattr(probes.MLP, "max_iter", 2)
    features = toys["toy-en"], toys["toy-de"]
    pair = domains.pair(*features, task="arousal")

    def scored(representation):
        row = Row(*NAMES, "arousal", "joint", representation, 1)
        (score,) = measured.score([row], *features)
        return dict(zip(measured.COLUMNS, score, strict=True))

    raw = invariance.measure(invariance.raw_features(pair), pair)
    for title, method in (("baseline", "baseline"), ("DANN", "dann")):
        trained = scoring.train(pair, "joint", method, 1)
        expected = invariance.measure(trained.embed(pair.source, pair.evaluation), pair)
        predicted = trained.predict(pair.evaluation)
        expected["uar_target"] = metrics.uar(pair.evaluation.labels, predicted)
        assert scored(title) == pytest.approx(expected, abs=1e-4)
        assert expected["mmd2"] != pytest.approx(raw["mmd2"], abs=1e-3)
    assert scored("raw features") == pytest.approx(
        raw | {"uar_target": np.nan}, abs=1e-4, nan_ok=True
    )
    assert scored("chance") == pytest.approx(
        invariance.chance(pair) | {"uar_target": 0.5}, abs=1e-4
    )


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
    table = measured.summary(stored)
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


def test_means_are_of_the_pairs_on_which_a_measure_exists(stored):
    lacking = stored["source"] == "c"
    stored.loc[lacking, "language_accuracy"] = np.nan
    stored["mmd2"] = np.nan
    found = measured.summary(stored).set_index(["measure", "task", "source"])
    without = measured.summary(stored[~lacking]).set_index(["measure", "task", "source"])
    mean = ("language_accuracy", "arousal", "mean")
    pd.testing.assert_series_equal(found.loc[mean], without.loc[mean])
    assert np.isfinite(found.loc[mean, ["change_low", "change_high"]].astype(float)).all()
    assert found.loc["mmd2"][["change", "change_low", "DANN"]].isna().all(axis=None)


def test_intervals_of_means_are_over_pairs_and_seeds(stored):
    table = measured.summary(stored).query("measure == 'language_accuracy'")
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
