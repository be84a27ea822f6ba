"""What is stored under results/ is what the commands compute, and the README says the same.

Readers run the commands on corpora of their own, into the same files. So most tests are of
relations, which hold for anybody's results. The README's sentences are about the results that are
committed, and are tested on these only.
"""

import inspect
import json
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ser_utils import datasets, domains, features, models, settings, training
from ser_utils.commands.experiments import into_readme
from ser_utils.embeddings import invariance
from ser_utils.experiments import invariance as invariance_experiment
from ser_utils.experiments import (
    paper_table,
    provenance,
    result_rows,
    scoring,
    search,
    selection,
    standings,
    summary,
    systems,
)
from ser_utils.experiments.grid import Grid

PROJECT = Path(__file__).parents[1]
RESULTS = PROJECT / "results"


@cache
def is_committed(name: str) -> bool:
    """Whether a stored table is the one of the last commit."""
    command = ["git", "-C", str(PROJECT), "diff", "--quiet", "HEAD", "--", f"results/{name}.csv"]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def require_committed(*names: str) -> None:
    for name in names:
        if not is_committed(name):
            pytest.skip(f"results/{name}.csv is not the one that the texts are about")


def require_same_copies(name: str, *corpora: str) -> None:
    """Skip what recomputes a result on other recordings than it was computed on."""
    copies = provenance.copies(RESULTS / f"{name}.csv")
    for corpus in corpora:
        if copies[corpus] != "same":
            pytest.skip(f"copy of {corpus} that results/{name}.csv is of: {copies[corpus]}")


@cache
def stored(name: str) -> result_rows.Rows:
    return result_rows.read(RESULTS / f"{name}.csv")


@cache
def summarised(name: str) -> pd.DataFrame:
    return summary.table(selection.with_chosen(stored(name)))


@cache
def standing() -> standings.Standings:
    return standings.Standings(selection.with_chosen(stored("reproduction")))


@cache
def standings_table() -> pd.DataFrame:
    return standings.table(standing())


def keys_of(name: str) -> list[result_rows.Key]:
    table = stored(name).table[list(result_rows.KEY)]
    return [result_rows.Key(*row) for row in table.itertuples(index=False)]


def grid_of(name: str) -> Grid:
    """Return the grid that a provenance names."""
    chosen = json.loads((RESULTS / f"{name}.json").read_text())["settings"]
    tuples = {k: tuple(v) for k, v in chosen.items() if isinstance(v, list)}
    return Grid(**chosen | tuples)


# Relations --------------------------------------------------------------------------------------


#: Files of trainings, as `reproduce` writes them.
GRIDS = ["reproduction", "inductive", "batch_norm", "synthetic"]
#: What `summarise` makes of them.
MADE = ("_summary", "_speakers", "_standings", "_selection")


def test_each_table_has_its_provenance():
    tables = sorted(RESULTS.glob("*.csv"))
    assert tables
    for table in tables:
        name = table.stem
        for made in MADE:
            name = name.removesuffix(made)
        about = json.loads((RESULTS / f"{name}.json").read_text())
        assert {"command", "versions", "date", "settings", "hyper_parameters"} <= about.keys()


@pytest.mark.parametrize("name", GRIDS)
def test_rows_are_those_of_the_grid_that_the_provenance_names(name):
    keys, expected = keys_of(name), grid_of(name).rows()
    assert keys == [key for key in expected if key in set(keys)]
    if is_committed(name):
        assert keys == expected


@pytest.mark.parametrize("name", [*GRIDS, "sensitivity", "invariance"])
def test_results_are_of_the_settings_in_force(name):
    require_committed(name)
    assert not provenance.changed_since(RESULTS / f"{name}.csv")


@pytest.mark.parametrize("name", GRIDS)
def test_scores_follow_from_the_counts_by_speaker(name):
    rows = stored(name)
    recalls = rows.hits.sum(axis=1) / rows.totals.sum(axis=1)
    np.testing.assert_allclose(recalls.mean(axis=1), rows.table["uar_target"], atol=1e-6)


@pytest.mark.parametrize("name", GRIDS)
def test_summaries_say_what_the_trainings_say(name):
    table = summarised(name)
    of_file = pd.read_csv(RESULTS / f"{name}_summary.csv")
    pd.testing.assert_frame_equal(table.round(4), of_file, check_dtype=False)
    assert (RESULTS / f"{name}_summary.md").read_text() == paper_table.markdown(table)


def test_the_tables_of_the_readmes_are_what_summarise_writes():
    text = (PROJECT / "README.md").read_text()
    story = paper_table.standings(standings.story(standings_table()))
    assert into_readme(text, story) == text
    text = (PROJECT / "data/README.md").read_text()
    assert into_readme(text, paper_table.overview(summarised("synthetic"))) == text


def test_standings_say_what_the_trainings_say():
    of_file = pd.read_csv(RESULTS / "reproduction_standings.csv")
    table = standings_table()
    pd.testing.assert_frame_equal(table.round(2), of_file, check_dtype=False)
    told = json.loads((RESULTS / "headline.json").read_text())
    invariant = told.pop("invariant")
    assert told == standings.headline(standing())
    whole = f"{paper_table.comparisons(told)}\n\n{paper_table.standings(table)}\n"
    assert (RESULTS / "reproduction_standings.md").read_text() == whole
    measured = invariance_experiment.summary(stored_invariance())
    assert invariant == pytest.approx(invariance_experiment.most_invariant(measured))


def test_the_rule_chose_what_the_trainings_say():
    of_file = pd.read_csv(RESULTS / "reproduction_selection.csv")
    chosen = selection.choose(stored("reproduction").table)
    pd.testing.assert_frame_equal(chosen.round(4), of_file, check_dtype=False)


def test_search_table_follows_its_rule():
    table = pd.read_csv(RESULTS / "search.csv")
    assert (table["kept"] == (table["behind"] <= table["noise"])).all()
    kept = table[table["kept"]]
    assert table.index[table["chosen"]] == kept["language_accuracy"].idxmin()


@cache
def stored_invariance() -> pd.DataFrame:
    return invariance_experiment.read(RESULTS / "invariance.csv")


def test_invariance_has_the_rows_of_the_grid_that_its_provenance_names():
    table = stored_invariance()
    keys = list(table[list(invariance_experiment.KEY)].itertuples(index=False, name=None))
    grid = replace(grid_of("invariance"), selection=RESULTS / "reproduction_selection.csv")
    expected = list(map(tuple, invariance_experiment.rows(grid)))
    assert keys == [key for key in expected if key in set(keys)]
    assert not is_committed("invariance") or keys == expected
    assert table.drop(columns="uar_target").notna().all(axis=None)


def test_a_synthetic_language_is_learnable_but_not_easy():
    """Computed anew for one language, from rendering to recall."""
    german = features.extract(datasets.load("synthetic-de"), progress=False)
    grid = Grid(("synthetic-en", "synthetic-de"), methods=("supervised",), seeds=1)
    (score,) = scoring.score(grid.rows()[:1], german, german)
    assert 0.70 <= score.uar_target <= 0.92


# From the recordings ----------------------------------------------------------------------------


@pytest.mark.corpora
@pytest.mark.parametrize("method", systems.SYSTEMS)
def test_a_stored_row_is_computed_again(method):
    require_same_copies("reproduction", "emovo", "emodb")
    emovo, emodb = (
        features.extract(datasets.load(name), progress=False) for name in ("emovo", "emodb")
    )
    first = result_rows.Key(
        *("emovo", "emodb", "arousal", "source", "source", "running", method, "egemaps"),
        *("transductive", 0),
    )
    uar = dict(
        zip(keys_of("reproduction"), stored("reproduction").table["uar_target"], strict=True)
    )
    keys = [first._replace(seed=seed) for seed in range(3)]
    scores = [scoring.score([key], emovo, emodb)[0].uar_target for key in keys]
    # Another processor rounds differently, which may tip an utterance or two.
    assert np.mean(scores) == pytest.approx(np.mean([uar[key] for key in keys]), abs=0.015)


@pytest.mark.corpora
def test_stored_invariance_of_raw_features_is_computed_again():
    require_same_copies("invariance", "emodb", "emovo")
    pair = domains.pair(datasets.load("emodb"), datasets.load("emovo"), progress=False)
    rows = pd.read_csv(RESULTS / "invariance.csv").query(
        "source == 'emodb' and target == 'emovo' and task == 'arousal'"
    )
    for name, computed in (
        (invariance_experiment.RAW, invariance.measure(invariance.raw_features(pair), pair)),
        (invariance.CHANCE, invariance.chance(pair)),
    ):
        of_name = rows[rows["representation"] == name][list(computed)]
        assert of_name.mean().to_dict() == pytest.approx(computed, abs=0.01)


# What the texts say of the committed results ----------------------------------------------------


def says(*sentences: str) -> bool:
    """Whether the README says all of this, in whatever lines."""
    text = " ".join((PROJECT / "README.md").read_text().split())
    return all(sentence in text for sentence in sentences)


def means(name: str, **chosen) -> pd.DataFrame:
    """Means over pairs of a summary, under these settings."""
    table = summarised(name).query("source == 'mean'")
    return table[(table[list(chosen)] == pd.Series(chosen)).all(axis=1)]


USUAL = {"normalise": "source", "statistics": "running", "protocol": "transductive"}


def test_settings_in_use_are_those_that_the_search_chose():
    require_committed("search")
    chosen = pd.read_csv(RESULTS / "search.csv").query("chosen").iloc[0]
    defaults = {
        name: parameter.default
        for function in (training.fit, models.mlp)
        for name, parameter in inspect.signature(function).parameters.items()
    }
    for name in search.VARIED:
        assert settings.as_dict()[name] == defaults[name] == chosen[name]


def test_synthetic_corpora_are_a_fair_miniature():
    """Within a language the ceiling is a speaker-disjoint UAR; across, the baseline."""
    require_committed("synthetic")
    table = summarised("synthetic").query("task == 'arousal'")
    assert table["ceiling"].between(0.70, 0.92).all()
    mean = table[table["source"] == "mean"].iloc[0]
    assert mean["ceiling"] - mean["baseline"] >= 0.05


def test_what_the_readme_says_of_batch_norm():
    require_committed("batch_norm")
    assert says("**By running statistics**", "under `target` and `joint` it gains some points")
    table = means("batch_norm", task="mean")
    table = table.set_index(["normalise", "statistics", "batch_norm"]).sort_index()
    gain = 100 * table["batch_norm_gain"]
    running = gain["source", "running"]
    assert running[["target", "joint"]].min() > 2
    assert table.loc["source", "running", ["target", "joint"], :]["batch_norm_gain_low"].min() > 0
    assert running["source"] <= 0
    assert says("**By statistics of the target**", "the baseline gains nearly as much")
    by_target = table.loc["source", "target"].drop(["none", "layer"])
    assert by_target["batch_norm_gain_low"].min() > 0
    lifted = {
        system: by_target[system] - table.loc[("source", "target", "none"), system]
        for system in systems.COMPARED
    }
    assert (lifted["baseline"] > 0.8 * lifted["dann"]).all()
    assert says("no composition differs from none by more than a point")
    assert gain["dataset"].abs().max() <= 1
    assert says("`layer`, which normalises without mixing utterances, is no better than none")
    assert 100 * means("batch_norm", batch_norm="layer")["batch_norm_gain"].max() < 0.15


def test_what_the_readme_says_of_the_gains():
    require_committed("reproduction")
    usual = means("reproduction", **USUAL).set_index(["task", "batch_norm"])
    both = usual.loc["mean"]
    assert says(
        "**DANN gains where nothing else adapts**", "on every pair, averaged over the tasks"
    )
    assert both.loc["none", "pairs_that_gain"] == both.loc["none", "pairs"] == 6
    assert both.loc["none", "gain_low"] > 0
    assert says(f"for arousal by more than the paper's {summary.PAPER_GAIN}", "stays below 3.91")
    paper = summary.PAPER_GAIN / 100
    assert usual.loc[("arousal", "none"), "gain"] > paper > both["gain"].max()
    assert usual.loc[("valence", "none"), "gain"] < 0.01
    assert says("the gain over both tasks is not certain, and under `joint` DANN loses")
    assert both.loc["source", "gain_low"] < 0 < both.loc["source", "gain_high"]
    assert both.loc["joint", "gain_high"] < 0


def test_what_the_readme_says_of_statistics_of_the_target():
    require_committed("reproduction")
    assert says(
        "**Statistics of the target do as much.**", "is of such a *baseline*, under `joint`"
    )
    usual = means("reproduction", **USUAL).set_index(["task", "batch_norm"])
    by_dataset = USUAL | {"normalise": "dataset"}
    own = means("reproduction", **by_dataset).set_index(["task", "batch_norm"])
    for task in ("arousal", "valence"):
        of_task = usual.loc[task]
        assert of_task["baseline"].idxmax() == "joint"
        assert of_task["baseline"].max() > of_task["dann"].max()
        assert own.loc[(task, "none"), "baseline"] > usual.loc[(task, "none"), "dann"]
    assert says("leaves DANN less than a point to add")
    assert own.loc["mean"]["gain"].max() < 0.01


def test_what_the_readme_says_of_the_pairs():
    require_committed("reproduction")
    assert says("**Three corpora are few.**", "only one line keeps an interval that excludes 0")
    table = summarised("reproduction")
    usual = table[(table[list(USUAL)] == pd.Series(USUAL)).all(axis=1)]
    over_pairs = usual[usual["source"] == "mean"].set_index(["task", "batch_norm"])
    excludes = (over_pairs["gain_low_pairs"] > 0) | (over_pairs["gain_high_pairs"] < 0)
    assert list(over_pairs.index[excludes]) == [("mean", "none")]
    assert says("comes from RAVDESS → EMO-DB, where the baseline is at chance")
    arousal = usual.query("task == 'arousal' and batch_norm == 'none' and source != 'mean'")
    arousal = arousal.set_index(["source", "target"])
    assert arousal["gain"].idxmax() == ("ravdess", "emodb")
    assert arousal["gain"].max() > arousal["gain"].sum() / 2
    assert arousal.loc[("ravdess", "emodb"), "baseline"] < 0.52


def test_what_the_readme_says_of_the_language():
    require_committed("reproduction", "invariance")
    means_of_rows = means("reproduction", task="mean")
    change = means_of_rows["language_accuracy_dann"] - means_of_rows["language_accuracy_baseline"]
    assert change.min() > -0.02
    table = invariance_experiment.summary(pd.read_csv(RESULTS / "invariance.csv"))
    pairs, over_pairs = table[table["source"] != "mean"], table[table["source"] == "mean"]
    over_pairs = over_pairs.set_index(["measure", "task", "batch_norm"]).sort_index()
    assert says(
        "**A fresh probe, linear or not, still names the language** of more than nine in ten"
    )
    for name in ("language_accuracy", "language_accuracy_mlp"):
        assert (over_pairs.loc[name, "DANN"] > 0.93).all()
        assert (over_pairs.loc[name, "change"] > 0).all()
    assert says("**The clouds come closer only where RAVDESS is the source**", "no certain change")
    pairs = pairs[pairs["task"] == "mean"].set_index(["measure", "source"]).sort_index()
    nearer = pairs["change"] * np.sign(pairs["chance"] - pairs["baseline"]) > 0
    for name in ("mmd2", "scaled_lisi"):
        assert nearer.loc[(name, "ravdess")].all()
        assert not nearer.loc[name].drop("ravdess").any()
        assert over_pairs.loc[(name, "mean"), "change_low"].lt(0).all()
        assert over_pairs.loc[(name, "mean"), "change_high"].gt(0).all()
    assert says("**Emotion crosses better for arousal without batch norm**", "**There is a cost**")
    emotion = over_pairs.loc["descriptive_knn_uar_target"]
    assert emotion.loc[("arousal", "none"), "change_low"] > 0
    assert (emotion.loc["valence", "DANN"] < 0.56).all()
    assert (over_pairs.loc["silhouette_source", "change_high"] < 0).all()


def test_what_the_readme_says_of_the_untuned_settings():
    require_committed("sensitivity")
    varied = pd.read_csv(RESULTS / "sensitivity.csv")
    both = varied.groupby(["setting", "value", "batch_norm"])[["oracle_gain", "oracle_baseline"]]
    both = 100 * both.mean()
    assert says("a λ that rises to 0.1 instead of 1 would have gained about three points")
    weak = both.loc[("max_lambda", 0.1), "oracle_gain"]
    assert weak.between(2.7, 3.5).all()
    assert (weak > both.loc[("max_lambda", settings.MAX_LAMBDA), "oracle_gain"] + 1).all()
    assert says("with twice the epochs the gain under `none` passes 3.91, while the baseline falls")
    long, usual = (both.loc[("epochs", n, "none")] for n in (2 * settings.EPOCHS, settings.EPOCHS))
    assert long["oracle_gain"] > summary.PAPER_GAIN
    assert long["oracle_baseline"] < usual["oracle_baseline"]


def test_what_the_readme_says_of_the_time():
    """By the seconds of the trainings alone."""
    require_committed("reproduction")
    assert says("Two cores do the grid above in half an hour", "(380 ordered pairs instead of 6)")
    seconds = stored("reproduction").table["seconds"]
    trainings = map(scoring.training_of, keys_of("reproduction"))
    hours = sum(dict(zip(trainings, seconds, strict=True)).values()) / 2 / 3600
    assert 0.3 < hours < 0.7
    assert hours * 380 / 6 > 24  # "more than a day"
