import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ser_utils import domains, evaluation, experiments, search
from ser_utils.__main__ import main
from ser_utils.errors import MissingCorpusError, UnknownNameError
from ser_utils.paths import PROJECT


@pytest.fixture
def toy_corpora(toy_pair, monkeypatch):
    """Two corpora, "en" and "de", that load and extract at once."""
    from ser_utils.features import Features

    pair = toy_pair(speakers=5)
    parts = {"en": pair.source, "de": pair.evaluation}
    made = {
        name: Features("egemaps", part.features, None, ["x"] * 6, part.table)
        for name, part in parts.items()
    }
    monkeypatch.setattr(experiments.datasets, "load", lambda name: name)
    monkeypatch.setattr(experiments.features, "extract", lambda table, kind="egemaps": made[table])
    return made


@pytest.fixture
def small_nets(monkeypatch):
    """Trainings of a moment, in this process."""
    from functools import partial

    from ser_utils import models, training

    monkeypatch.setattr(training, "fit", partial(training.fit, epochs=2, batch_size=16))
    monkeypatch.setitem(experiments.MODELS, "egemaps", partial(models.mlp, widths=(8,)))
    monkeypatch.setattr(experiments, "in_parallel", lambda f, items, *_: [f(*i) for i in items])
    monkeypatch.setattr(search, "in_parallel", lambda f, items, *_: [f(*i) for i in items])


def test_first_look_has_a_row_for_each_pair_and_the_mean(toy_corpora, small_nets):
    table = experiments.first_look(["en", "de"], ["arousal"], ["none", "joint"], seeds=2)
    assert table[["source", "target", "batch_norm"]].to_numpy().tolist() == [
        ["en", "de", "none"],
        ["de", "en", "none"],
        ["en", "de", "joint"],
        ["de", "en", "joint"],
        ["mean", "mean", "none"],
        ["mean", "mean", "joint"],
    ]
    np.testing.assert_allclose(table["gain"], table["dann"] - table["baseline"], atol=2e-4)
    assert (table["gain_low"] <= table["gain"]).all()
    assert (table["gain"] <= table["gain_high"]).all()
    by_pair = table[table["source"] != "mean"]
    for composition, rows in by_pair.groupby("batch_norm"):
        mean = table[(table["source"] == "mean") & (table["batch_norm"] == composition)].iloc[0]
        assert mean["dann"] == pytest.approx(rows["dann"].mean(), abs=2e-4)
        assert mean["gain"] == pytest.approx(rows["gain"].mean(), abs=2e-4)


def test_a_row_is_the_mean_over_seeds_of_single_trainings(toy_corpora, small_nets):
    (row,) = (
        experiments.first_look(["en", "de"], ["arousal"], ["none"], seeds=2, pairs=[("en", "de")])
        .iloc[:1]
        .to_dict("records")
    )
    pair = domains.pair(toy_corpora["en"], toy_corpora["de"], task="arousal")
    scores = [
        evaluation.uar(
            pair.evaluation.labels, experiments.train(pair, "none", "dann", seed).predictions
        )
        for seed in (0, 1)
    ]
    assert row["dann"] == pytest.approx(np.mean(scores), abs=1e-4)


def test_the_oracle_is_tested_on_speakers_that_it_did_not_learn(toy_pair, monkeypatch):
    target = toy_pair(speakers=5).evaluation
    folds = []
    fit = experiments.training.fit

    def spy(model, pair, **settings):
        folds.append((set(pair.source.speakers), set(pair.evaluation.speakers)))
        return fit(model, pair, **settings | {"epochs": 15, "batch_size": 8})

    monkeypatch.setattr(experiments.training, "fit", spy)
    predictions = experiments.train_oracle(target, "egemaps", seed=0)
    assert len(folds) == 5
    assert not any(known & tested for known, tested in folds)
    assert set().union(*(tested for _, tested in folds)) == set(target.speakers)
    assert evaluation.uar(target.labels, predictions) > 0.7  # it learned from the labels


def test_rows_do_not_depend_on_the_number_of_processes(toy_pair):
    pair = toy_pair(speakers=5)
    items = [(pair, "none", "dann", seed) for seed in (0, 1)]
    one, two = (experiments.in_parallel(experiments.train, items, jobs, "") for jobs in (1, 2))
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a.predictions, b.predictions)
        assert a.language_accuracy == b.language_accuracy


def test_results_are_written_with_their_provenance(tmp_path):
    table = pd.DataFrame({"source": ["en"], "gain": [0.1235]})
    experiments.write(table, tmp_path / "table.csv", {"seeds": 3})
    assert (tmp_path / "table.csv").read_text() == "source,gain\nen,0.1235\n"
    about = json.loads((tmp_path / "table.json").read_text())
    assert about["settings"] == {"seeds": 3}
    assert about["defaults"]["training.fit"]["epochs"] == 30
    assert {"torch", "opensmile", "python", "ser_utils"} <= set(about["versions"])
    assert str(tmp_path) not in (tmp_path / "table.json").read_text()


def test_what_does_not_exist_is_refused_before_anything_runs(ser_data):
    with pytest.raises(UnknownNameError, match="emodb"):
        experiments.check_names(["emobd"], ["arousal"])
    with pytest.raises(UnknownNameError, match="arousal"):
        experiments.check_names(["emodb"], ["arrousal"])
    with pytest.raises(UnknownNameError, match="joint"):
        experiments.check_names(["emodb"], ["arousal"], ["jiont"])
    with pytest.raises(MissingCorpusError, match="emodb"):
        experiments.check_names(["emodb"], ["arousal"])
    assert main(["first-look", "--datasets", "ravdess", "emodb"]) == 2


def test_search_scores_without_target_labels(toy_corpora, small_nets, monkeypatch):
    monkeypatch.setattr(
        search, "GRID", {"batch_norm": ["none"], "learning_rate": [1e-4, 1e-2], "dropout": [0.2]}
    )
    table = search.search(["en", "de"], ["arousal"], seeds=1)
    assert table["chosen"].sum() == 1
    assert not any("target" in column for column in table)

    pair = domains.pair(toy_corpora["en"], toy_corpora["de"])
    setting = {"batch_norm": "none", "learning_rate": 1e-3, "dropout": 0.2}
    blind = replace(pair, evaluation=None)
    assert search._score_without_target_labels(
        pair, setting, 0
    ) == search._score_without_target_labels(blind, setting, 0)


def test_search_rule():
    """Least language among the settings that keep the source's recall."""
    table = pd.DataFrame({"uar_source": [0.80, 0.79, 0.70], "language_accuracy": [0.9, 0.7, 0.5]})
    assert search.choose(table).tolist() == [False, True, False]


def a_table(gain: float, low: float, high: float) -> pd.DataFrame:
    row = {"task": "arousal", "batch_norm": "joint", "uar_majority": 0.5, "baseline": 0.61}
    row |= {"dann": 0.61 + gain, "gain": gain, "gain_low": low, "gain_high": high}
    row["oracle_ceiling"] = 0.8
    pairs = [("a", "b", gain + 0.01), ("b", "a", gain - 0.01), ("mean", "mean", gain)]
    return pd.DataFrame([row | {"source": s, "target": t, "gain": g} for s, t, g in pairs])


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        ((0.02, 0.01, 0.03), "DANN is better; mean gain +2.0 [+1.0, +3.0] points, 2 of 2 pairs"),
        ((-0.02, -0.03, -0.01), "DANN is **worse**; mean gain -2.0 [-3.0, -1.0] points, 0 of 2"),
        ((0.00, -0.03, 0.03), "no difference is certain; mean gain +0.0 [-3.0, +3.0]"),
    ],
)
def test_words_say_what_the_interval_says(gain, words):
    assert words in experiments.in_words(a_table(*gain))


def test_markdown_is_in_percent():
    assert experiments.markdown(a_table(0.02, 0.01, 0.03)).splitlines()[-1] == (
        "| arousal | `joint` | 50.0 | 61.0 | 63.0 | +2.0 [+1.0, +3.0] | 2 of 2 | 80.0 |"
    )


def test_readme_says_what_the_results_say():
    readme = (PROJECT / "README.md").read_text()
    stored = pd.read_csv(PROJECT / "results" / "first_look.csv")
    assert experiments.into_readme(readme, stored) == readme
