import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from ser_utils import datasets, domains, metrics, settings, training
from ser_utils.alignment import DomainAdversary
from ser_utils.datasets.corpus import Corpus
from ser_utils.embeddings import probes
from ser_utils.errors import ResultsError, SerWarning
from ser_utils.experiments import (
    invariance,
    paper_table,
    parallel,
    provenance,
    result_rows,
    runs,
    scoring,
    search,
    selection,
    sensitivity,
    speaker_utterances,
    summary,
    systems,
)
from ser_utils.experiments.grid import Grid
from ser_utils.figures import results as results_figures

NAMES = ("toy-en", "toy-de")
GRID = Grid(NAMES, ("arousal",), methods=("baseline", "dann"), seeds=2)
REPRODUCE = scoring.EXPERIMENT


def table_of(path) -> pd.DataFrame:
    """Return what a run computed: all but how long it took."""
    return result_rows.read(path).table.drop(columns="seconds")


def test_rows_do_not_depend_on_the_number_of_processes_nor_on_who_computes(toys, tmp_path):
    distributed = pytest.importorskip("distributed")
    runs.run(REPRODUCE, GRID, tmp_path / "one.csv", jobs=1)
    runs.run(REPRODUCE, GRID, tmp_path / "two.csv", jobs=2)
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None)
    with cluster:
        address = cluster.scheduler_address
        runs.run(REPRODUCE, GRID, tmp_path / "dask.csv", scheduler=address)
    one = table_of(tmp_path / "one.csv")
    assert len(one) == 8
    for other in ("two", "dask"):
        pd.testing.assert_frame_equal(one, table_of(tmp_path / f"{other}.csv"))
        counts = result_rows.speakers_file(tmp_path / f"{other}.csv").read_bytes()
        assert counts == result_rows.speakers_file(tmp_path / "one.csv").read_bytes()


def test_several_languages_are_one_source_longhand(toys, small_nets, tmp_path, monkeypatch):
    table = toys["toy-en"].table.assign(dataset="toy-it", language="it")
    table["speaker"] = "it" + table["speaker"]
    toys["toy-it"] = replace(toys["toy-en"], table=table)
    monkeypatch.setitem(datasets.CORPORA, "toy-it", Corpus("toy-it", "", "it", "", None, None))
    names = (*NAMES, "toy-it")
    grid = Grid(names, ("arousal",), methods=("dann",), seeds=1, leave_one_language_out=True)
    assert runs.run(REPRODUCE, grid, tmp_path / "out.csv") == 0
    rows = table_of(tmp_path / "out.csv").set_index(["source", "target"])
    assert len(rows) == 3
    pair = domains.pair([toys["toy-en"], toys["toy-it"]], toys["toy-de"], task="arousal")
    model = scoring.MODELS["egemaps"](pair)
    dann = training.fit(
        model, pair, align=DomainAdversary(), balance_languages=True, progress=False
    )
    test = pair.evaluation
    uar = metrics.uar(test.labels, dann.predict(test))
    assert rows.loc[("toy-en+toy-it", "toy-de"), "uar_target"] == pytest.approx(uar, abs=1e-6)


def test_a_target_of_one_speaker_has_all_rows_but_a_ceiling(toys, small_nets, tmp_path, capsys):
    table = toys["toy-de"].table.assign(speaker="alone")
    toys["toy-de"] = replace(toys["toy-de"], table=table)
    grid = replace(GRID, methods=("baseline", "dann", "supervised"), pairs=(NAMES,))
    with pytest.warns(SerWarning, match="language_accuracy is left empty"):
        assert runs.run(REPRODUCE, grid, tmp_path / "out.csv") == 0
    assert "Without a ceiling, which learns from other speakers: toy-de has one." in (
        capsys.readouterr().out
    )
    found = result_rows.read(tmp_path / "out.csv")
    assert found.table["method"].tolist() == ["baseline"] * 2 + ["dann"] * 2
    assert found.table["language_accuracy"].isna().all()
    means = summary.table(found)
    assert means["gain"].notna().all()
    assert means["ceiling"].isna().all()
    assert "nan" not in paper_table.markdown(means)


def test_a_killed_run_goes_on_where_it_was(toys, toy_script, tmp_path):
    """SIGKILL after some rows, then half a row cut off: nothing is lost but that row, or twice."""
    out = tmp_path / "out.csv"
    script = toy_script + (
        "from pathlib import Path\n"
        "from ser_utils.experiments import runs, scoring\n"
        "from ser_utils.experiments.grid import Grid\n"
        "datasets.CORPORA.update(CORPORA)\n"
        "datasets.load, features.extract = load, extract\n"
        f"grid = Grid({NAMES}, ('arousal',), methods=('baseline', 'dann'), seeds=12)\n"
        f"runs.run(scoring.EXPERIMENT, grid, Path({str(out)!r}), jobs=1)\n"
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
    assert len(before) >= 3
    out.write_text(out.read_text()[:-20])
    grid = replace(GRID, seeds=12)
    runs.run(REPRODUCE, grid, out, jobs=2)
    table = table_of(out)
    assert len(table) == len(grid.rows()) == len(table.drop_duplicates(list(result_rows.KEY)))
    assert set(before) <= set(out.read_text().splitlines())  # kept, not computed again


def test_a_table_is_never_there_without_what_tells_how_it_came_about(
    toys, small_nets, tmp_path, monkeypatch
):
    def stopped(*arguments):
        raise SystemExit

    monkeypatch.setattr(provenance, "write", stopped)
    with pytest.raises(SystemExit):
        runs.run(REPRODUCE, GRID, tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def varied(monkeypatch):
    """Two values of each setting in the experiments that vary settings."""
    monkeypatch.setattr(probes.MLP, "max_iter", 2)
    for module, few in (
        (search, {"learning_rate": [1e-4, 1e-2], "dropout": [0.2]}),
        (sensitivity, {"epochs": (1, 2), "max_lambda": (1.0, 3.0)}),
    ):
        for name in list(module.VARIED):
            if name in few:
                monkeypatch.setitem(module.VARIED, name, few[name])
            else:
                monkeypatch.delitem(module.VARIED, name)
    usual = {"epochs": 2, "max_lambda": 1.0, "adversary_width": 8, "steps": 1}
    usual["adversary_learning_rate"] = 1e-2
    monkeypatch.setattr(sensitivity, "USUAL", usual)


@pytest.fixture(autouse=True)
def chosen(monkeypatch):
    """What the rule is said to have chosen."""
    conditions = [(*pair, "arousal", "source") for pair in (NAMES, NAMES[::-1])]
    winners = dict.fromkeys(conditions, ("joint", "dann_5_1"))
    monkeypatch.setattr(selection, "winners", lambda path: winners)


EXPERIMENTS = [
    (scoring.EXPERIMENT, GRID, "out.csv"),
    (search.EXPERIMENT, replace(GRID, methods=("dann",)), "out_trainings.csv"),
    (sensitivity.EXPERIMENT, GRID, "out_trainings.csv"),
    (invariance.EXPERIMENT, GRID, "out.csv"),
    (
        speaker_utterances.EXPERIMENT,
        replace(GRID, normalise=("source", "dataset", "speaker"), methods=("baseline",)),
        "out_trainings.csv",
    ),
]
NAMED = pytest.mark.parametrize(
    ("experiment", "grid", "streamed"),
    EXPERIMENTS,
    ids=["reproduce", "search", "sensitivity", "invariance", "speaker_utterances"],
)


@NAMED
def test_every_experiment_keeps_what_is_done_and_goes_on(
    experiment, grid, streamed, toys, small_nets, varied, tmp_path, monkeypatch, capsys
):
    stream = parallel.stream
    asked = []

    def interrupted(function, items, *arguments):
        asked.append(len(items))
        for count, result in enumerate(stream(function, items, *arguments)):
            if len(asked) == 1 and count == 2:
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(parallel, "stream", interrupted)
    out = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        runs.run(experiment, grid, out)
    keys = experiment.rows(grid)
    trainings = len({experiment.training_of(key) for key in keys})
    begun = pd.read_csv(tmp_path / streamed)
    assert f"{len(begun)} of {len(keys)} rows are in" in (printed := capsys.readouterr().out)
    assert "The same command goes on" in printed
    assert 2 <= len(begun) < len(keys)
    assert out.exists() == (experiment.means is None)

    assert runs.run(experiment, grid, out) == 0
    assert asked == [trainings, trainings - 2]  # no training runs twice
    table = pd.read_csv(tmp_path / streamed)
    assert len(table) == len(keys)
    fields = list(keys[0]._fields)
    assert table[fields].astype(str).agg(tuple, axis=1).tolist() == [
        tuple(str(float(v)) if n == "value" else str(v) for n, v in zip(fields, key, strict=True))
        for key in keys
    ]
    merged = begun.merge(table)
    assert len(merged) == len(begun)  # kept, not computed again
    for path in {out, tmp_path / streamed}:
        about = json.loads(path.with_suffix(".json").read_text())
        assert about["settings"]["datasets"] == list(NAMES)
        assert set(about["corpora"]) == set(NAMES)

    before = out.read_bytes()
    assert runs.run(experiment, grid, out) == 0
    assert asked[2:] == [0]
    assert out.read_bytes() == before


@NAMED
def test_every_experiment_refuses_other_settings_and_other_corpora(
    experiment, grid, streamed, toys, small_nets, varied, tmp_path, monkeypatch
):
    out = tmp_path / "out.csv"
    monkeypatch.setattr(parallel, "stream", lambda *_: iter(()))
    runs.run(experiment, grid, out)
    with monkeypatch.context() as patch:
        patch.setattr(settings, "EPOCHS", 31)
        with pytest.raises(ResultsError, match=r"under other settings \(epochs 30 -> 31\)"):
            runs.run(experiment, grid, out)
    other = tmp_path / "other.wav"
    other.write_bytes(b"other")
    load = datasets.load
    with monkeypatch.context() as patch:
        patch.setattr(datasets, "load", lambda *given, **_: load(*given).assign(path=str(other)))
        with pytest.raises(
            ResultsError, match=r"other copies of its corpora \(toy-.*1 files -> 1 others"
        ):
            runs.run(experiment, grid, out)
    runs.run(experiment, grid, out)


def test_copies_that_are_not_known_are_told_and_not_gone_on_with(
    toys, small_nets, tmp_path, capsys
):
    """Results from before fingerprints: read as they are, but not completed on other copies."""
    out = tmp_path / "out.csv"
    runs.run(REPRODUCE, GRID, out)
    about = json.loads(out.with_suffix(".json").read_text())
    del about["corpora"]
    provenance.write(out, about)
    before = out.read_bytes(), out.with_suffix(".json").read_bytes()
    capsys.readouterr()
    assert runs.run(REPRODUCE, GRID, out) == 0
    assert "not known on which copy of toy-en, toy-de" in capsys.readouterr().out
    assert (out.read_bytes(), out.with_suffix(".json").read_bytes()) == before
    with pytest.raises(ResultsError, match=r"copies .*out\.json does not tell"):
        runs.run(REPRODUCE, replace(GRID, seeds=3), out)


def test_a_failed_training_is_told_with_its_cause_and_the_others_go_on(
    toys, small_nets, tmp_path, capsys
):
    def failing(keys, *arguments):
        key = keys[0]
        if key.method == "dann" and key.seed == 1 and key.source == "toy-en":
            raise RuntimeError("a wire came loose")
        return scoring.score(keys, *arguments)

    out = tmp_path / "out.csv"
    assert runs.run(replace(REPRODUCE, score=failing), GRID, out) == 1
    captured = capsys.readouterr()
    assert "toy-en, toy-de" in captured.out + captured.err
    assert "RuntimeError: a wire came loose" in captured.out + captured.err
    assert len(table_of(out)) == 7
    assert runs.run(REPRODUCE, GRID, out) == 0
    assert len(table_of(out)) == 8


def test_means_are_not_made_of_trainings_some_of_which_failed(toys, small_nets, varied, tmp_path):
    def failing(keys, *arguments):
        if keys[0].seed == 1:
            raise RuntimeError
        return search.score(keys, *arguments)

    grid = replace(GRID, methods=("dann",))
    assert runs.run(replace(search.EXPERIMENT, score=failing), grid, tmp_path / "out.csv") == 4
    assert not (tmp_path / "out.csv").exists()
    assert len(pd.read_csv(tmp_path / "out_trainings.csv")) == 4


def test_a_file_of_another_experiment_is_refused(toys, small_nets, tmp_path):
    out = tmp_path / "out.csv"
    runs.run(REPRODUCE, GRID, out)
    with pytest.raises(ResultsError, match="another experiment"):
        runs.run(REPRODUCE, replace(GRID, methods=("baseline",)), out)
    with pytest.raises(ResultsError, match="other columns"):
        runs.run(invariance.EXPERIMENT, GRID, out)


def test_a_system_of_ones_own_is_run_by_other_processes_and_compared(toys, tmp_path, monkeypatch):
    weak = partial(DomainAdversary, max_lambda=0.01)
    monkeypatch.setitem(systems.SYSTEMS, "weak", systems.System("weak", "weak DANN", "#123", weak))
    grid = replace(GRID, methods=("baseline", "dann", "weak"), pairs=(NAMES,))
    out = tmp_path / "out.csv"
    assert runs.run(REPRODUCE, grid, out, jobs=2) == 0
    results = result_rows.read(out)
    compared = ("baseline", "weak")
    table = summary.table(results, replicates=10, compared=compared)
    assert [system.name for system in summary.compared_in(table)] == list(compared)
    uar = results.table.groupby("method")["uar_target"].mean()
    assert table["weak"].tolist() == pytest.approx([uar["weak"]] * 2)
    assert table["gain"].tolist() == pytest.approx([uar["weak"] - uar["baseline"]] * 2, abs=1e-6)
    assert "dann" not in table
    for text in (paper_table.markdown(table), paper_table.latex(table)):
        assert "weak DANN" in text
        assert not re.search("(?<!weak )DANN", text)
    overview = paper_table.overview(table)
    assert re.search(r"\| baseline +\| weak DANN +\|", overview)
    assert "weak DANN is" in overview
    figure = results_figures.overview(table)
    assert figure.get_suptitle().startswith("Gain of weak DANN over the baseline")
