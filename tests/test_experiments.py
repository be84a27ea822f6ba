from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ser_utils import domains, evaluation, experiments, search
from ser_utils.__main__ import main
from ser_utils.errors import MissingCorpusError, UnknownNameError


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


def test_spectrograms_are_read_by_the_cnn(toy_pair, small_nets):
    pair = toy_pair(speakers=5, frames=40)
    outcome = experiments.train(pair, "source", "dann", seed=0)
    assert outcome.predictions.shape == (len(pair.evaluation),)
    assert 0.5 < outcome.language_accuracy <= 1  # the languages are a shift apart


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


def test_what_does_not_exist_is_refused_before_anything_runs(ser_data):
    with pytest.raises(UnknownNameError, match="emodb"):
        experiments.check(["emobd", "emodb"], ["arousal"], 1)
    with pytest.raises(UnknownNameError, match="arousal"):
        experiments.check(["emovo", "emodb"], ["arrousal"], 1)
    with pytest.raises(UnknownNameError, match="joint"):
        experiments.check(["emovo", "emodb"], ["arousal"], 1, ["jiont"])
    with pytest.raises(MissingCorpusError, match="emodb"):
        experiments.check(["emodb", "emovo"], ["arousal"], 1)
    assert main(["first-look", "--datasets", "ravdess", "emodb"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--datasets", "emodb"], "two corpora"),
        (["--seeds", "0"], "at least one seed"),
        (["--pairs", "ravdess"], "SOURCE:TARGET"),
        (["--pairs", "emodb:emobd"], "did you mean 'emodb'"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments, message, capsys):
    assert main(["first-look", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


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
