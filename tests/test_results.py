"""What is stored under results/ is what the commands compute, and the texts say the same."""

import inspect
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ser_utils import datasets, experiments, features, models, settings, training
from ser_utils.embeddings import invariance
from ser_utils.experiments import (
    invariance_grid,
    paper_table,
    reports,
    result_rows,
    search,
    summary,
)

RESULTS = Path(__file__).parents[1] / "results"


def means(name: str, **settings) -> pd.DataFrame:
    """Means over pairs of a stored summary, under these settings."""
    table = pd.read_csv(RESULTS / f"{name}_summary.csv")
    table = table[table["source"] == "mean"]
    return table[(table[list(settings)] == pd.Series(settings)).all(axis=1)]


USUAL = {"normalise": "source", "statistics": "running", "protocol": "transductive"}


def test_each_table_has_its_provenance():
    tables = sorted(RESULTS.glob("*.csv"))
    assert tables
    for table in tables:
        name = table.stem.removesuffix("_summary").removesuffix("_speakers")
        about = (RESULTS / f"{name}.json").read_text()
        assert all(key in about for key in ('"command"', '"versions"', '"date"', '"settings"'))


@pytest.mark.parametrize("name", ["reproduction", "batch_norm", "synthetic"])
def test_a_grid_is_complete_and_of_the_settings_in_use(name):
    """Every row of the grid that the provenance names, in order, and none besides."""
    about = json.loads((RESULTS / f"{name}.json").read_text())
    assert about["hyper_parameters"] == json.loads(json.dumps(settings.as_dict()))
    lists = {k: v for k, v in about["settings"].items() if isinstance(v, list)}
    grid = experiments.Grid(**about["settings"] | {k: tuple(v) for k, v in lists.items()})
    table = result_rows.read(RESULTS / f"{name}.csv").table
    rows = table[list(result_rows.KEY)].itertuples(index=False)
    assert [tuple(row) for row in rows] == [tuple(key) for key in grid.rows()]


@pytest.mark.parametrize("name", ["reproduction", "batch_norm", "synthetic"])
def test_scores_follow_from_the_counts_by_speaker(name):
    rows = result_rows.read(RESULTS / f"{name}.csv")
    recalls = rows.hits.sum(axis=1) / rows.totals.sum(axis=1)
    np.testing.assert_allclose(recalls.mean(axis=1), rows.table["uar_target"], atol=1e-6)


@pytest.mark.parametrize(
    ("readme", "name"), [("README.md", "reproduction"), ("data/README.md", "synthetic")]
)
def test_readmes_and_summaries_say_what_the_trainings_say(readme, name):
    table = summary.table(result_rows.read(RESULTS / f"{name}.csv"))
    stored = pd.read_csv(RESULTS / f"{name}_summary.csv")
    pd.testing.assert_frame_equal(table.round(4), stored, check_dtype=False)
    assert (RESULTS / f"{name}_summary.md").read_text() == paper_table.markdown(table)
    text = (RESULTS.parent / readme).read_text()
    assert reports.into_readme(text, paper_table.overview(table)) == text


def test_batch_norm_summary_says_what_the_trainings_say():
    table = summary.table(result_rows.read(RESULTS / "batch_norm.csv"))
    stored = pd.read_csv(RESULTS / "batch_norm_summary.csv")
    pd.testing.assert_frame_equal(table.round(4), stored, check_dtype=False)


def test_settings_in_use_are_those_that_the_search_chose():
    chosen = pd.read_csv(RESULTS / "search.csv").query("chosen").iloc[0]
    for name in search.GRID:
        assert settings.as_dict()[name] == chosen[name]
    defaults = {
        name: parameter.default
        for function in (training.fit, models.mlp)
        for name, parameter in inspect.signature(function).parameters.items()
    }
    assert {name: defaults[name] for name in search.GRID} == {
        name: chosen[name] for name in search.GRID
    }


def test_search_table_follows_its_rule():
    table = pd.read_csv(RESULTS / "search.csv")
    assert search.choose(table).tolist() == table["chosen"].tolist()


def test_synthetic_corpora_are_a_fair_miniature():
    """Within a language the ceiling is a speaker-disjoint UAR; across, the baseline."""
    table = pd.read_csv(RESULTS / "synthetic_summary.csv").query("task == 'arousal'")
    pairs = table[table["source"] != "mean"]
    assert len(pairs) == 12
    assert pairs["ceiling"].between(0.70, 0.92).all()
    mean = table[table["source"] == "mean"].iloc[0]
    assert mean["ceiling"] - mean["baseline"] >= 0.05


def test_a_synthetic_language_is_learnable_but_not_easy():
    """Computed anew for one language, from rendering to recall."""
    german = features.extract(datasets.load("synthetic-de"), progress=False)
    grid = experiments.Grid(("synthetic-en", "synthetic-de"), methods=("supervised",), seeds=1)
    key = experiments.training_of(grid.rows()[0]._replace(target="synthetic-de"))
    assert 0.70 <= experiments.score(key, ["running"], german, german)["running"].uar_target <= 0.92


@pytest.mark.corpora
@pytest.mark.parametrize("method", experiments.METHODS)
def test_a_stored_row_is_computed_again(method):
    """From the recordings of two corpora to rows of the reproduction."""
    emovo, emodb = (
        features.extract(datasets.load(name), progress=False) for name in ("emovo", "emodb")
    )
    rows = result_rows.read(RESULTS / "reproduction.csv").table.query(
        "source == 'emovo' and target == 'emodb' and task == 'arousal' and normalise == 'source'"
        "and batch_norm == 'source' and protocol == 'transductive' and method == @method"
    )
    rows = rows[rows["seed"] < 3]
    scores = []
    for row in rows[list(result_rows.KEY)].itertuples(index=False):
        key = experiments.training_of(result_rows.Key(*row))
        scores.append(experiments.score(key, ["running"], emovo, emodb)["running"].uar_target)
    # Another processor rounds differently, which may tip an utterance or two.
    assert np.mean(scores) == pytest.approx(rows["uar_target"].mean(), abs=0.015)


def test_what_the_readme_says_of_batch_norm():
    table = (
        means("batch_norm", task="mean")
        .set_index(["normalise", "statistics", "batch_norm"])
        .sort_index()
    )
    gain = 100 * table["batch_norm_gain"]
    running = gain["source", "running"]
    assert running[["target", "joint"]].min() > 2
    assert table.loc["source", "running", ["target", "joint"], :]["batch_norm_gain_low"].min() > 0
    assert running["source"] <= 0
    by_target = table.loc["source", "target"].drop(["none", "layer"])
    assert by_target["batch_norm_gain_low"].min() > 0
    # What the statistics of the target bring to the baseline, against what they bring to DANN.
    lifted = {
        system: by_target[system] - table.loc[("source", "target", "none"), system]
        for system in ("baseline", "dann")
    }
    assert (lifted["baseline"] > 0.8 * lifted["dann"]).all()
    assert gain["dataset"].abs().max() <= 1
    of_all_tasks = 100 * means("batch_norm", batch_norm="layer")["batch_norm_gain"]
    assert of_all_tasks.max() < 0.15


def test_what_the_readme_says_of_the_gains():
    usual = means("reproduction", **USUAL).set_index(["task", "batch_norm"])
    both = usual.loc["mean"]
    assert both.loc["none", "pairs_that_gain"] == both.loc["none", "pairs"] == 6
    assert both.loc["none", "gain_low"] > 0
    paper = summary.PAPER_GAIN / 100
    assert usual.loc[("arousal", "none"), "gain"] > paper > both["gain"].max()
    assert usual.loc[("valence", "none"), "gain"] < 0.01
    assert both.loc["source", "gain_low"] < 0 < both.loc["source", "gain_high"]
    assert both.loc["joint", "gain_high"] < 0


def test_what_the_readme_says_of_statistics_of_the_target():
    usual = means("reproduction", **USUAL).set_index(["task", "batch_norm"])
    for task in ("arousal", "valence"):
        of_task = usual.loc[task]
        assert of_task["baseline"].idxmax() == "joint"
        assert of_task["baseline"].max() > of_task["dann"].max()
    own = means("reproduction", **USUAL | {"normalise": "dataset"}).set_index(
        ["task", "batch_norm"]
    )
    for task in ("arousal", "valence"):
        assert own.loc[(task, "none"), "baseline"] > usual.loc[(task, "none"), "dann"]
    assert own.loc["mean"]["gain"].max() < 0.01


def test_what_the_readme_says_of_the_pairs():
    table = pd.read_csv(RESULTS / "reproduction_summary.csv")
    usual = table[(table[list(USUAL)] == pd.Series(USUAL)).all(axis=1)]
    over_pairs = usual[usual["source"] == "mean"].set_index(["task", "batch_norm"])
    excludes = (over_pairs["gain_low_pairs"] > 0) | (over_pairs["gain_high_pairs"] < 0)
    assert list(over_pairs.index[excludes]) == [("mean", "none")]
    arousal = usual.query("task == 'arousal' and batch_norm == 'none' and source != 'mean'")
    arousal = arousal.set_index(["source", "target"])
    assert arousal["gain"].idxmax() == ("ravdess", "emodb")
    assert arousal["gain"].max() > arousal["gain"].sum() / 2
    assert arousal.loc[("ravdess", "emodb"), "baseline"] < 0.52


def test_what_the_readme_says_of_the_probe():
    """A fresh probe tells the languages apart after DANN about as well as before."""
    table = means("reproduction", task="mean")
    change = table["language_accuracy_dann"] - table["language_accuracy_baseline"]
    assert change.min() > -0.02


def test_invariance_is_complete():
    """Every pair, task, batch norm, representation and seed that the provenance names, in order."""
    about = json.loads((RESULTS / "invariance.json").read_text())
    assert about["hyper_parameters"] == json.loads(json.dumps(settings.as_dict()))
    table = pd.read_csv(RESULTS / "invariance.csv")
    measures = [*invariance.MEASURES, "uar_target"]
    assert list(table.columns) == [*invariance_grid.KEY, *measures]
    chosen = about["settings"]
    pairs = experiments.Grid(tuple(chosen["datasets"])).ordered_pairs()
    seeds = range(chosen["seeds"])
    assert len(pairs) == 6
    assert len(seeds) >= 3
    axes = chosen["tasks"], chosen["batch_norm"], invariance_grid.REPRESENTATIONS, seeds
    expected = [(*pair, *rest) for pair, *rest in itertools.product(pairs, *axes)]
    assert list(table[list(invariance_grid.KEY)].itertuples(index=False, name=None)) == expected
    assert table.drop(columns="uar_target").notna().all(axis=None)


def test_what_invariance_shows():
    """DANN does not remove the language; where it mixes better, RAVDESS is the source."""
    table = invariance_grid.summary(pd.read_csv(RESULTS / "invariance.csv"))
    pairs, means = table[table["source"] != "mean"], table[table["source"] == "mean"]
    means = means.set_index(["measure", "task", "batch_norm"]).sort_index()
    for name in ("language_accuracy", "language_accuracy_mlp"):
        assert (means.loc[name, "DANN"] > 0.93).all()
        assert (means.loc[name, "change"] > 0).all()
        assert means.loc[(name, "mean", "none"), "change_low"] > 0
        assert means.loc[(name, "mean", "source"), "change_low"] < 0
    pairs = pairs[pairs["task"] == "mean"].set_index(["measure", "source"]).sort_index()
    nearer = pairs["change"] * np.sign(pairs["chance"] - pairs["baseline"]) > 0
    for name in ("mmd2", "scaled_lisi"):
        assert nearer.loc[(name, "ravdess")].all()
        assert not nearer.loc[name].drop("ravdess").any()
        assert means.loc[(name, "mean"), "change_low"].lt(0).all()
        assert means.loc[(name, "mean"), "change_high"].gt(0).all()
    emotion = means.loc["descriptive_knn_uar_target"]
    assert emotion.loc[("arousal", "none"), "change_low"] > 0
    assert (emotion.loc["valence", "DANN"] < 0.56).all()
    assert (means.loc["silhouette_source", "change_high"] < 0).all()


@pytest.mark.corpora
def test_stored_invariance_of_raw_features_is_computed_again():
    (pair,) = (
        pair
        for pair in experiments.make_pairs(["emodb", "emovo"], ["arousal"])
        if pair.source.language == "de"
    )
    stored = pd.read_csv(RESULTS / "invariance.csv").query(
        "source == 'emodb' and target == 'emovo' and task == 'arousal'"
    )
    for name, computed in (
        (invariance_grid.RAW, invariance.measure(invariance.raw_features(pair), pair)),
        (invariance.CHANCE, invariance.chance(pair)),
    ):
        rows = stored[stored["representation"] == name][list(computed)]
        assert rows.mean().to_dict() == pytest.approx(computed, abs=0.01)


def test_what_the_readme_says_of_the_untuned_settings():
    varied = pd.read_csv(RESULTS / "sensitivity.csv")
    both = varied.groupby(["setting", "value", "batch_norm"])[["oracle_gain", "oracle_baseline"]]
    both = 100 * both.mean()
    weak = both.loc[("max_lambda", 0.1), "oracle_gain"]
    assert weak.between(2.7, 3.5).all()
    assert (weak > both.loc[("max_lambda", settings.MAX_LAMBDA), "oracle_gain"] + 1).all()
    long, usual = (both.loc[("epochs", n, "none")] for n in (2 * settings.EPOCHS, settings.EPOCHS))
    assert long["oracle_gain"] > summary.PAPER_GAIN
    assert long["oracle_baseline"] < usual["oracle_baseline"]


def test_what_the_readme_says_of_the_time():
    """Half an hour on two cores, by the seconds of the trainings alone; then more than a day."""
    rows = result_rows.read(RESULTS / "reproduction.csv").table
    keys = [result_rows.Key(*row) for row in rows[list(result_rows.KEY)].itertuples(index=False)]
    seconds = dict(zip(map(experiments.training_of, keys), rows["seconds"], strict=True))
    hours = sum(seconds.values()) / 2 / 3600
    assert 0.3 < hours < 0.7
    assert hours * 380 / 6 > 24
