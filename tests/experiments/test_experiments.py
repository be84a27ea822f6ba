import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ser_utils import domains, evaluation, experiments, metrics, settings, training
from ser_utils.__main__ import main
from ser_utils.errors import DomainError, MissingCorpusError, ResultsError, UnknownNameError
from ser_utils.experiments import Grid, parallel, reports, result_rows, search

NAMES = ("toy-en", "toy-de")


def table_of(path) -> pd.DataFrame:
    """Return what a run computed: all but how long it took."""
    return result_rows.read(path).table.drop(columns="seconds")


# Which trainings there are ----------------------------------------------------------------------


def test_a_row_for_every_combination(toys):
    grid = Grid(
        datasets=NAMES,
        tasks=("arousal", "valence"),
        normalise=("source", "dataset"),
        batch_norm=("none", "joint", "layer"),
        statistics=("running", "target"),
        methods=("baseline", "dann"),
        protocols=("transductive", "inductive"),
        seeds=3,
    )
    keys = grid.rows()
    assert len(keys) == len(set(keys)) == 2 * 2 * 2 * 3 * 2 * 2 * 2 * 3
    assert len({experiments.training_of(key) for key in keys}) == len(keys) / 2


def test_only_corpora_of_different_languages_are_paired():
    grid = Grid(("ravdess", "emodb", "synthetic-en"))
    assert sorted(grid.ordered_pairs()) == [
        ("emodb", "ravdess"),
        ("emodb", "synthetic-en"),
        ("ravdess", "emodb"),
        ("synthetic-en", "emodb"),
    ]


def test_one_ceiling_serves_every_source_normalisation_and_composition_of_two_domains():
    grid = Grid(
        ("ravdess", "emodb", "emovo"),
        normalise=("source", "dataset"),
        batch_norm=("none", "source", "joint", "separate"),
        methods=("supervised",),
        seeds=1,
    )
    trainings = {experiments.training_of(key) for key in grid.rows()}
    assert {(t.target, t.task, t.batch_norm) for t in trainings} == {
        (target, task, batch_norm)
        for target in grid.datasets
        for task in grid.tasks
        for batch_norm in ("none", "source")
    }
    assert len(trainings) == 12


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"datasets": ("emobd", "emodb")}, UnknownNameError, "did you mean 'emodb'"),
        ({"tasks": ("arrousal",)}, UnknownNameError, "arousal"),
        ({"batch_norm": ("jiont",)}, UnknownNameError, "joint"),
        ({"normalise": ("sauce",)}, UnknownNameError, "source"),
        ({"statistics": ("runing",)}, UnknownNameError, "running"),
        ({"methods": ("dan",)}, UnknownNameError, "dann"),
        ({"protocols": ("deductive",)}, UnknownNameError, "inductive"),
        ({"features": "egemap"}, UnknownNameError, "egemaps"),
        ({"pairs": (("emodb",),)}, UnknownNameError, "SOURCE:TARGET"),
        ({"pairs": (("emodb", "emobd"),)}, UnknownNameError, "did you mean 'emodb'"),
        ({"datasets": ("ravdess", "synthetic-en")}, DomainError, "two languages"),
        ({"datasets": ("emodb",)}, DomainError, "two languages"),
        ({"seeds": 0}, DomainError, "at least one seed"),
        ({}, MissingCorpusError, "not on this machine"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_runs(
    changes, error, message, ser_data, tmp_path
):
    grid = replace(Grid(("emodb", "emovo")), **changes)
    with pytest.raises(error, match=message):
        experiments.run(grid, tmp_path / "out.csv")
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--datasets", "emodb"], "two languages"),
        (["--seeds", "0"], "at least one seed"),
        (["--pairs", "ravdess"], "SOURCE:TARGET"),
        (["--batch-norm", "jiont"], "did you mean 'joint'"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments, message, capsys):
    assert main(["reproduce", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


# What each one scores ---------------------------------------------------------------------------


def test_a_row_is_one_training_scored_longhand(toys, small_nets, tmp_path):
    grid = Grid(NAMES, ("arousal",), ("dataset",), ("separate",), ("running", "target"))
    grid = replace(grid, methods=("dann",), seeds=2)
    assert experiments.run(grid, tmp_path / "out.csv") == 0
    rows = result_rows.read(tmp_path / "out.csv")
    assert len(rows.table) == 8
    pair = domains.pair(toys["toy-en"], toys["toy-de"], task="arousal", normalise="dataset")
    test = pair.evaluation
    run = experiments.train(pair, "separate", "dann", seed=1)
    for statistics in ("running", "target"):
        predictions = run.with_statistics(statistics, pair.target).predict(test)
        at = rows.table.query(
            "source == 'toy-en' and seed == 1 and statistics == @statistics"
        ).index.item()
        row = rows.table.loc[at]
        assert row["uar_target"] == pytest.approx(metrics.uar(test.labels, predictions), 1e-5)
        assert row["uar_source"] == pytest.approx(evaluation.held_out_uar(run, pair.source), 1e-5)
        assert (row["uar_majority"], row["epochs"]) == (0.5, settings.EPOCHS)
        for speaker in set(test.speakers):
            column = rows.speakers.index(speaker)
            for c in (0, 1):
                own = (test.speakers == speaker) & (test.labels == c)
                assert rows.totals[at, column, c] == own.sum()
                assert rows.hits[at, column, c] == (predictions[own] == c).sum()


def test_inductive_rows_are_scored_on_speakers_not_adapted_to(toys, small_nets, tmp_path):
    grid = Grid(NAMES, ("arousal",), methods=("dann", "supervised"), protocols=("inductive",))
    experiments.run(replace(grid, seeds=3, pairs=(NAMES,)), tmp_path / "out.csv")
    rows = result_rows.read(tmp_path / "out.csv")
    for seed in range(3):
        pair = domains.pair(toys["toy-en"], toys["toy-de"], protocol="inductive", seed=seed)
        adapted_to = set(pair.target.speakers)
        for at in rows.table.query("seed == @seed").index:
            scored = {s for s, n in zip(rows.speakers, rows.totals[at].sum(1), strict=True) if n}
            assert len(scored) == 3
            assert not scored & adapted_to


def test_the_ceiling_is_tested_on_speakers_that_it_did_not_learn(toys, monkeypatch):
    folds = []
    fit = training.fit

    def spy(model, pair, **options):
        folds.append((set(pair.source.speakers), set(pair.evaluation.speakers)))
        return fit(model, pair, **options | {"epochs": 15, "batch_size": 8})

    monkeypatch.setattr(training, "fit", spy)
    key = Grid(NAMES, methods=("supervised",)).rows()[0]._replace(target="toy-de")
    key = experiments.training_of(key)
    score = experiments.score(key, ["running"], toys["toy-de"], toys["toy-de"])["running"]
    assert len(folds) == 5
    assert not any(known & tested for known, tested in folds)
    assert set().union(*(tested for _, tested in folds)) == set(score.recognised)
    assert score.uar_target > 0.7  # it learned from the labels
    assert np.isnan([score.uar_source, score.language_accuracy]).all()


def test_spectrograms_are_read_by_the_cnn(toy_pair, small_nets):
    pair = toy_pair(speakers=5, frames=40)
    run = experiments.train(pair, "source", "dann", seed=0)
    assert run.predict(pair.evaluation).shape == (len(pair.evaluation),)


# All of them ------------------------------------------------------------------------------------

GRID = Grid(NAMES, ("arousal",), methods=("baseline", "dann"), seeds=2)


def test_rows_do_not_depend_on_the_number_of_processes_nor_on_who_computes(toys, tmp_path):
    distributed = pytest.importorskip("distributed")
    experiments.run(GRID, tmp_path / "one.csv", jobs=1)
    experiments.run(GRID, tmp_path / "two.csv", jobs=2)
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster:
        address = cluster.scheduler_address
        experiments.run(GRID, tmp_path / "dask.csv", scheduler=address)
    one = table_of(tmp_path / "one.csv")
    assert len(one) == 8
    for other in ("two", "dask"):
        pd.testing.assert_frame_equal(one, table_of(tmp_path / f"{other}.csv"))
        counts = result_rows.speakers_file(tmp_path / f"{other}.csv").read_bytes()
        assert counts == result_rows.speakers_file(tmp_path / "one.csv").read_bytes()


def test_a_killed_run_goes_on_where_it_was(toys, toy_script, tmp_path):
    """SIGKILL after some rows, then half a row cut off: nothing is lost but that row, or twice."""
    out = tmp_path / "out.csv"
    script = toy_script + (
        "from pathlib import Path\n"
        "datasets.CORPORA.update(CORPORA)\n"
        "experiments.datasets.load = lambda name: name\n"
        "experiments.features.extract = lambda name, kind='egemaps': TOYS[name]\n"
        f"grid = experiments.Grid({NAMES}, ('arousal',), methods=('baseline', 'dann'), seeds=12)\n"
        f"experiments.run(grid, Path({str(out)!r}), jobs=1)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.DEVNULL, start_new_session=True
    )
    while process.poll() is None and not (out.exists() and out.read_text().count("\n") > 4):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    before = out.read_text().splitlines()[1:-1]
    out.write_text(out.read_text()[:-20])
    grid = replace(GRID, seeds=12)
    file = result_rows.ResultFile(
        out, grid.rows(), {f"{code}-{i}" for code in ("en", "de") for i in range(5)}
    )
    assert len(file.done) >= 3
    experiments.run(replace(GRID, seeds=12), out, jobs=2)
    table = table_of(out)
    assert len(table) == len(grid.rows()) == len(table.drop_duplicates(list(result_rows.KEY)))
    assert set(before) <= set(out.read_text().splitlines())  # kept, not computed again


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(toys, tmp_path, monkeypatch, capsys):
    stream = parallel.stream

    def interrupted(*arguments, **options):
        for count, result in enumerate(stream(*arguments, **options)):
            if count == 4:
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(parallel, "stream", interrupted)
    with pytest.raises(KeyboardInterrupt):
        experiments.run(GRID, tmp_path / "out.csv", jobs=2)
    assert "4 of 8 rows are in" in (printed := capsys.readouterr().out)
    assert "The same command goes on" in printed
    monkeypatch.undo()
    assert len(table_of(tmp_path / "out.csv")) == 4


def test_a_finished_run_trains_nothing_again(toys, small_nets, tmp_path, monkeypatch):
    experiments.run(GRID, tmp_path / "out.csv")
    before = (tmp_path / "out.csv").read_bytes()
    monkeypatch.setattr(experiments, "score", None)
    assert experiments.run(GRID, tmp_path / "out.csv") == 0
    assert (tmp_path / "out.csv").read_bytes() == before


def test_a_failed_training_is_told_with_its_cause_and_the_others_go_on(
    toys, small_nets, tmp_path, monkeypatch, capsys
):
    score = experiments.score

    def failing(key, *arguments):
        if key.method == "dann" and key.seed == 1 and key.source == "toy-en":
            raise RuntimeError("a wire came loose")
        return score(key, *arguments)

    monkeypatch.setattr(experiments, "score", failing)
    assert experiments.run(GRID, tmp_path / "out.csv") == 1
    captured = capsys.readouterr()
    assert "toy-en, toy-de" in captured.out + captured.err
    assert "RuntimeError: a wire came loose" in captured.out + captured.err
    assert len(table_of(tmp_path / "out.csv")) == 7
    monkeypatch.setattr(experiments, "score", score)
    assert experiments.run(GRID, tmp_path / "out.csv") == 0
    assert len(table_of(tmp_path / "out.csv")) == 8


def test_a_file_of_another_experiment_or_other_settings_is_refused(
    toys, small_nets, tmp_path, monkeypatch
):
    out = tmp_path / "out.csv"
    experiments.run(GRID, out)
    with pytest.raises(ResultsError, match="another experiment"):
        experiments.run(replace(GRID, methods=("baseline",)), out)
    monkeypatch.setattr(settings, "EPOCHS", 31)
    with pytest.raises(ResultsError, match="epochs 30 -> 31"):
        experiments.run(GRID, out)
    monkeypatch.undo()
    out.with_suffix(".json").unlink()
    with pytest.raises(ResultsError, match="does not tell under which settings"):
        reports.check_same_settings(out)


# The search -------------------------------------------------------------------------------------


def test_search_scores_without_target_labels(toys, small_nets, monkeypatch):
    monkeypatch.setattr(search, "GRID", {"learning_rate": [1e-4, 1e-2], "dropout": [0.2]})
    table = search.search(NAMES, ["arousal"], seeds=1)
    assert table["chosen"].sum() == 1
    assert not any("target" in column for column in table)

    pair = domains.pair(toys["toy-en"], toys["toy-de"])
    setting = {"learning_rate": 1e-3, "dropout": 0.2}
    blind = replace(pair, evaluation=None)
    assert search._score_without_target_labels(
        pair, setting, 0
    ) == search._score_without_target_labels(blind, setting, 0)


def test_search_rule():
    """The best recall on the source, whatever the probe says."""
    table = pd.DataFrame({"uar_source": [0.79, 0.80, 0.70], "language_accuracy": [0.7, 0.9, 0.5]})
    assert search.choose(table).tolist() == [False, True, False]


# What is made of it -----------------------------------------------------------------------------


def test_summarise_writes_tables_a_figure_and_the_readme(toys, small_nets, tmp_path, capsys):
    out, readme = tmp_path / "out.csv", tmp_path / "README.md"
    experiments.run(GRID, out)
    readme.write_text("before\n{}\n{}\nafter\n".format(*reports.README_MARKS))
    assert main(["summarise", str(out), "--readme", str(readme)]) == 0
    table = pd.read_csv(tmp_path / "out_summary.csv")
    assert table["source"].tolist() == ["toy-de", "toy-en", "mean"]
    rows = table_of(out).pivot_table("uar_target", ["source", "target"], "method")
    gain = (rows["dann"] - rows["baseline"]).mean()
    assert table["gain"].iloc[-1] == pytest.approx(gain, abs=1e-4)
    assert (tmp_path / "out_summary.md").read_text() in capsys.readouterr().out
    assert "tabular" in (tmp_path / "out_summary.tex").read_text()
    assert (tmp_path / "out.png").stat().st_size > 5000
    row = f"| arousal | `source` | {100 * rows['baseline'].mean():.1f} |"
    assert row in readme.read_text()


def test_summarise_says_what_is_missing(tmp_path, capsys):
    assert main(["summarise", str(tmp_path / "nothing.csv")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nothing.csv cannot be read" in line
