import itertools

import numpy as np
import pandas as pd
import pytest

from ser_utils import domains, metrics
from ser_utils.embeddings import invariance, probes
from ser_utils.errors import ResultsError
from ser_utils.experiments import invariance as measured
from ser_utils.experiments import resampling, scoring
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.invariance import KEY, REPRESENTATIONS, Row

NAMES = ("toy-en", "toy-de")


@pytest.fixture
def selection_file(tmp_path) -> str:
    """What the rule chose: another DANN for each direction and normalisation, and one not taken."""
    names = ["source", "target", "task", "normalise", "protocol", "batch_norm", "method", "chosen"]
    lines = [
        (*pair, "arousal", normalise, "transductive", norm, method, True)
        for pair, normalise, norm, method in (
            (NAMES, "source", "joint", "dann_5_1"),
            (NAMES, "dataset", "source", "dann_1_1"),
            (NAMES[::-1], "source", "joint", "dann_1_1"),
            (NAMES[::-1], "dataset", "domain", "dann_5_1"),
        )
    ]
    lines.append((*NAMES, "arousal", "source", "transductive", "domain", "dann_1_0.3", False))
    lines.append((*NAMES, "arousal", "source", "inductive", "domain", "dann_1_0.3", True))
    pd.DataFrame(lines, columns=names).to_csv(tmp_path / "selection.csv", index=False)
    return str(tmp_path / "selection.csv")


def test_every_row_is_there_and_no_measurement_runs_twice(toys, selection_file):
    normalise = ("source", "dataset")
    grid = Grid(NAMES, ("arousal",), normalise=normalise, seeds=2, selection=selection_file)
    rows = measured.rows(grid)
    pairs = itertools.permutations(NAMES)
    expected = itertools.product(pairs, ["arousal"], normalise, REPRESENTATIONS, range(2))
    assert [(*row[:5], row.seed) for row in rows] == [(*pair, *rest) for pair, *rest in expected]
    networks = {(row.source, row.normalise): row[5:7] for row in rows if "rule" in row[4]}
    controls = {(row.source, row.normalise): row[5:7] for row in rows if "bounded" in row[4]}
    assert networks == {
        ("toy-en", "source"): ("joint", "dann_5_1"),
        ("toy-en", "dataset"): ("source", "dann_1_1"),
        ("toy-de", "source"): ("joint", "dann_1_1"),
        ("toy-de", "dataset"): ("domain", "dann_5_1"),
    }
    assert controls == {of: (norm, "bounded") for of, (norm, _) in networks.items()}
    # By pair and normalisation: four networks of each seed; raw features and chance once.
    assert len(set(map(measured.measured_once, rows))) == 2 * 2 * (4 * 2 + 2)


@pytest.mark.parametrize("named", ["selection", "nowhere"])
def test_a_pair_without_a_choice_is_named(named, toys, selection_file, tmp_path):
    path = str(tmp_path / f"{named}.csv")
    with pytest.raises(ResultsError, match=f"{named}.csv .*run reproduce and summarise"):
        measured.rows(Grid(NAMES, ("valence",), selection=path))


def test_rows_longhand(toys, small_nets, monkeypatch):
    monkeypatch.setattr(probes.MLP, "max_iter", 2)
    features = toys["toy-en"], toys["toy-de"]
    pair = domains.pair(*features, task="arousal", normalise="dataset")

    def scored(representation, *network):
        row = Row(*NAMES, "arousal", "dataset", representation, *network, 1)
        (score,) = measured.score([row], *features)
        return dict(zip(measured.COLUMNS, score, strict=True))

    raw = invariance.measure(invariance.raw_features(pair), pair)
    for title, norm, method in (
        ("baseline", "source", "baseline"),
        ("DANN", "source", "dann"),
        ("baseline, bounded embedding", "joint", "bounded"),
        ("DANN, by rule", "joint", "dann_5_1"),
    ):
        trained = scoring.train(pair, norm, method, 1)
        expected = invariance.measure(trained.embed(pair.source, pair.evaluation), pair)
        predicted = trained.predict(pair.evaluation)
        expected["uar_target"] = metrics.uar(pair.evaluation.labels, predicted)
        assert scored(title, norm, method) == pytest.approx(expected, abs=1e-4)
        assert expected["silhouette_source"] != pytest.approx(raw["silhouette_source"], abs=1e-3)
    assert scored("raw features", "-", "-") == pytest.approx(
        raw | {"uar_target": np.nan}, abs=1e-4, nan_ok=True
    )
    assert scored("chance", "-", "-") == pytest.approx(
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
            values = {"raw features": 0.9, "baseline": 0.8, "DANN": 0.75, "chance": 0.5}
            values["baseline, bounded embedding"] = 0.7
            for name, value in (values | {"DANN, by rule": 0.8 + change}).items():
                network = "joint", "dann_5_1" if task == "valence" else "dann_1_1"
                values = (source, "t", task, "source", name, *network, seed)
                key = dict(zip(KEY, values, strict=True))
                lines.append(key | {"language_accuracy": value, "mmd2": -value})
    return pd.DataFrame(lines)


def test_summary_is_of_pairs_and_means_over_pairs_and_tasks(stored):
    table = measured.summary(stored)
    assert len(table) == (3 + 1) * (2 + 1) * 2  # pairs and mean, tasks and mean, measures
    table = table.set_index(["measure", "task", "source"])
    line = table.loc[("language_accuracy", "arousal", "b")]
    assert line[list(REPRESENTATIONS)].tolist() == pytest.approx([0.9, 0.8, 0.75, 0.7, 0.9, 0.5])
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
    assert found.loc["mmd2"][["change", "change_low", "DANN, by rule"]].isna().all(axis=None)


def test_intervals_of_means_are_over_pairs_and_seeds(stored):
    table = measured.summary(stored).query("measure == 'language_accuracy'")
    table = table.set_index(["task", "source"])
    assert table.drop("mean", level="source")["change_low"].isna().all()
    mean = table.loc[("arousal", "mean")]
    of_pairs = stored.query("task == 'arousal'").pivot_table(
        "language_accuracy", ["source", "seed"], "representation"
    )
    changes = (of_pairs["DANN, by rule"] - of_pairs["baseline"]).unstack("seed").to_numpy()
    expected = resampling.over_pairs_and_seeds(changes).estimate()
    assert (mean["change_low"], mean["change_high"]) == pytest.approx((expected.low, expected.high))
    assert mean["change_low"] < -0.25
    assert mean["change_high"] > 0.15


def test_the_most_invariant_dann_is_the_one_that_tells_a_probe_least(stored):
    """One DANN under each normalisation; what decides is the probe, not the score."""
    probe = stored["language_accuracy"]
    more = {"language_accuracy_mlp": probe + 0.05, "uar_target": 1 - probe / 2}
    stored = stored.drop(columns="mmd2").assign(**more)
    by_dataset = stored.assign(normalise="dataset")
    lower = by_dataset["representation"] == "DANN"
    by_dataset.loc[lower, "language_accuracy"] = 0.6
    found = measured.most_invariant(measured.summary(pd.concat([stored, by_dataset])))
    assert found == {
        "system": "DANN, dataset normalisation",
        "probe_linear": pytest.approx(60),
        "probe_mlp": pytest.approx(80),
        "probe_linear_without": pytest.approx(70),
        "probe_mlp_without": pytest.approx(75),
        "uar_target": pytest.approx(62.5),
        "uar_baseline": pytest.approx(60),
    }
    assert measured.most_invariant(measured.summary(stored))["system"] == (
        "DANN, source normalisation"
    )
