import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from ser_utils.embeddings.projection import Projection
from ser_utils.files import PROJECT

sys.path.insert(0, str(PROJECT))
from benchmarks import __main__ as command
from benchmarks import alignments, extraction, growth, measuring, parity, training, waiting


def timings(**seconds):
    """Timings of systems by repetition."""
    rows = [(i, 0, name, s) for name, all_of in seconds.items() for i, s in enumerate(all_of)]
    return pd.DataFrame(rows, columns=["repetition", "position", "system", "seconds"])


def test_every_system_runs_once_per_repetition_and_not_always_in_the_same_order():
    calls = []
    systems = {name: lambda i, name=name: calls.append((i, name)) or 10 * i for name in "abc"}
    runs, results = measuring.alternate(systems, 8)
    assert list(zip(runs["repetition"], runs["system"], strict=True)) == calls
    assert results == {name: [10 * i for i in range(8)] for name in "abc"}
    orders = runs.groupby("repetition")["system"].agg("".join)
    assert all(sorted(order) == list("abc") for order in orders)
    assert orders.nunique() > 1
    assert runs["position"].tolist() == [0, 1, 2] * 8


def test_alternate_times_the_system_it_names(monkeypatch):
    now = [0.0]

    def taking(seconds):
        return lambda _: now.append(now[-1] + seconds)

    monkeypatch.setattr(measuring.time, "perf_counter", lambda: now[-1])
    runs, _ = measuring.alternate({"fast": taking(1.0), "slow": taking(2.5)}, 3)
    assert measuring.medians(runs).to_dict() == {"fast": 1.0, "slow": 2.5}


def test_ratio_compares_runs_of_the_same_repetition():
    # The second repetition met a slow minute: ratios 2, 3 and 4, though the medians are 3 and 2.
    runs = timings(peer=[2.0, 30.0, 3.0], here=[1.0, 10.0, 0.75])
    assert measuring.ratio(runs, "peer", "here") == pytest.approx(3.0)
    assert measuring.medians(runs).to_dict() == {"peer": 3.0, "here": 1.0}


@pytest.mark.parametrize(("measured", "word"), [(1.8, "reached"), (1.79, "missed")])
def test_a_missed_bar_is_called_missed(measured, word):
    assert word in measuring.against(1.8, measured)


def test_training_report_compares_each_library_under_its_own_batch_norm():
    rng = np.random.default_rng(0)
    seconds = {"ser_utils joint": 1.0, "ser_utils separate": 2.0, "ser_utils source": 3.0}
    seconds |= {"skada joint": 4.0, "pytorch-adapt separate": 5.0}
    runs = timings(**{name: [s] * 6 for name, s in seconds.items()})
    runs["uar"] = rng.uniform(0.5, 0.8, len(runs))
    rows = {
        tuple(cells[:2]): cells[2:]
        for line in training.report(runs).splitlines()
        if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 6
    }
    skada, adapt = rows["skada", "`joint`"], rows["pytorch-adapt", "`separate`"]
    assert skada[:2] == ["4.00", "4.00"]
    assert adapt[:2] == ["5.00", "2.50"]
    uar = {name: 100 * group.to_numpy() for name, group in runs.groupby("system")["uar"]}
    theirs, ours = uar["skada joint"], uar["ser_utils joint"]
    assert skada[2] == f"{theirs.mean():.1f} ({theirs.std(ddof=1):.1f})"
    # Welch's interval, longhand.
    a, b = ours.var(ddof=1) / 6, theirs.var(ddof=1) / 6
    freedom = (a + b) ** 2 / (a**2 / 5 + b**2 / 5)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(a + b)
    gain = ours.mean() - theirs.mean()
    assert skada[3] == f"{gain:+.1f} [{gain - half:+.1f}, {gain + half:+.1f}]"
    assert "4.00 times as fast as skada. The bar of 2.5 is reached." in training.report(runs)


@pytest.mark.parametrize(("slowest", "verdict"), [(3.0, "kept by all"), (3.2, "by CORAL.")])
def test_an_alignment_that_takes_too_long_is_named(slowest, verdict):
    seconds = dict.fromkeys(alignments.MEASURED, 4.0) | {alignments.BASELINE: 2.0}
    runs = timings(**{name: [s] for name, s in (seconds | {"coral": 2 * slowest}).items()})
    text = alignments.report(runs)
    assert f"| CORAL | {2 * slowest:.2f} | {slowest:.2f} |" in text
    assert verdict in text


def test_the_largest_difference_of_all_draws_is_reported():
    ours, theirs = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.5])
    assert parity.difference(ours, theirs) == pytest.approx(0.2)
    rows = [(0, "CORAL", "skada", 1e-7), (1, "CORAL", "skada", 2e-5), (0, "MCC", "skada", 1e-6)]
    table = pd.DataFrame(rows, columns=["repetition", "loss", "library", "difference"])
    text = parity.report(table)
    assert "| CORAL | skada | 2.0e-05 | **no** |" in text
    assert "| MCC | skada | 1.0e-06 | yes |" in text


def test_time_that_grows_with_a_power_has_it_as_exponent():
    sizes = np.array([500, 1000, 20_000])
    assert growth.exponent(sizes, 3e-4 * sizes**1.2) == pytest.approx(1.2)


def test_growth_report_tells_linear_from_more():
    def report(power):
        runs = [(0, 0, size, 1e-4 * size**power) for size in growth.SIZES]
        columns = ["repetition", "position", "utterances", "seconds"]
        return growth.report(pd.DataFrame(runs, columns=columns))

    assert "power of 1.00" in report(1.0)
    assert "reached" in report(1.0)
    assert "missed" in report(1.5)


def test_random_pair_has_the_size_that_is_asked_for():
    pair = growth.random_pair(50)
    assert pair.source.features.shape == pair.target.features.shape == (50, growth.N_FEATURES)
    assert set(pair.source.labels) == {0, 1}


def test_spread_reaches_from_the_first_to_the_last_utterance():
    table = pd.DataFrame({"path": np.arange(1000)})
    assert extraction.spread(table, 4)["path"].tolist() == [0, 333, 666, 999]
    assert extraction.spread(table.head(3), 4)["path"].tolist() == [0, 1, 2]


def test_agreement_is_of_values_to_three_digits():
    values = np.array([[1.0, 2.0, 0.5, 4.0]])
    other = np.array([[1.0001, 2.0, 0.6, 4.0]])
    text = extraction.agreement({extraction.HERE: [values], extraction.PEER: [other]})
    assert text.startswith("75.0 %")


def rows_of_waiting(runs):
    """Cells of the table by what is waited for."""
    lines = waiting.report(runs).splitlines()[2:]
    return {cells[0]: cells[1:] for line in lines if (cells := line.strip("| ").split(" | "))}


def test_waiting_report_calls_missed_what_is_missed():
    seconds = {name: [0.1, 0.3, 100.0] for name in waiting.WAITS}
    seconds["`import ser_utils`"] = [0.1, 0.2, 0.2]
    seconds["the table of ravdess"] = [0.1, 0.6, 100.0]
    rows = rows_of_waiting(timings(**seconds))
    assert rows["`import ser_utils`"] == ["3", "0.2", "0.2", "0.3", "reached"]
    assert rows["the table of ravdess"] == ["3", "0.6", "100", "0.5", "**missed**"]
    assert rows["both maps, from the cache"] == ["3", "0.3", "100", "2", "reached by 2 of 3"]
    assert rows["`from ser_utils import datasets`"] == ["3", "0.3", "100"]  # it has no bar
    assert set(rows) == set(waiting.WAITS)


def test_only_the_statement_is_timed_in_a_new_process():
    setup = (
        "import os, sys, time\nticks = iter([10.0, 12.5])\ntime.perf_counter = lambda: next(ticks)"
    )
    statement = (
        f"assert os.getpid() != {os.getpid()}\n"
        "assert (sys.argv[1:], os.environ['HUE']) == (['a'], 'red')\n"
        "print('by the way')"
    )
    assert waiting.in_new_process(statement, setup, "a", HUE="red") == [2.5]


def test_each_map_of_an_empty_cache_has_a_cache_of_its_own(monkeypatch):
    seen = []

    def new_process(statement, setup, path, **environment):
        seen.append({name: Path(folder) for name, folder in environment.items()})
        assert not any(any(folder.iterdir()) for folder in seen[-1].values())
        return [1.0]

    monkeypatch.setattr(waiting, "in_new_process", new_process)
    for caches in (("SER_CACHE", "NUMBA_CACHE_DIR"), ("SER_CACHE",), ()):
        assert waiting.map_both(Path("embeddings.npy"), *caches) == [1.0]
    assert [list(folders) for folders in seen] == [
        ["SER_CACHE", "NUMBA_CACHE_DIR"],
        ["SER_CACHE"],
        [],
    ]
    assert seen[0]["SER_CACHE"] != seen[1]["SER_CACHE"]


def test_a_new_process_finds_the_maps_that_are_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE", str(tmp_path))
    embeddings = np.random.default_rng(0).normal(size=(2, 30, 4)).astype(np.float32)
    np.save(tmp_path / "embeddings.npy", embeddings)
    for embedding in embeddings:
        projection = Projection(embedding)
        vars(projection)["_umap"] = SimpleNamespace(embedding_=embedding[:, :2])
        assert projection.points.shape == (30, 2)
    checked = f"{waiting.MAP}\nassert 'umap' not in sys.modules"
    assert waiting.in_new_process(checked, waiting.LOAD, str(tmp_path / "embeddings.npy"))


def test_new_processes_import_what_there_is():
    lines = [*waiting.LOAD.splitlines(), *waiting.CHECK.splitlines()]
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert len(imports) == 4
    exec("\n".join(imports), {})


@pytest.fixture
def mapped(maps):
    """Maps that need no fit."""
    rng = np.random.default_rng(0)
    for system in maps.systems.values():
        vars(system.projection)["points"] = rng.normal(size=(len(maps.table), 2))
    return maps


def test_waiting_keeps_the_seconds_of_every_wait(mapped, monkeypatch):
    kept = []
    waits = {"one": (1, lambda _, i: [10.0 + i]), "two": (1, lambda _, i: [i, 0.5 + i])}
    monkeypatch.setattr(waiting, "WAITS", waits)
    monkeypatch.setattr(waiting, "explore", lambda: mapped)
    monkeypatch.setattr(waiting.measuring, "write", lambda *given: kept.append(given))
    machine = {"cores": 2}
    waiting.run(2, machine)
    [(name, runs, text, about)] = kept
    by_wait = {system: group["seconds"].tolist() for system, group in runs.groupby("system")}
    assert (name, by_wait) == ("waiting", {"one": [10.0, 11.0], "two": [0.0, 0.5, 1.0, 1.5]})
    assert runs["seconds"].dtype == float
    assert f"{mapped.pair}, 24 points." in text
    assert (about["points"], about["machine"]) == (24, machine)


def test_write_replaces_what_is_between_its_marks_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "PACKAGES", ("numpy", "torch"))
    marks = "<!-- {0}: written by make bench -->\nold {0}\n<!-- end of {0} -->"
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{marks.format('growth')}\nbetween\n{marks.format('other')}\nafter")
    runs = timings(here=[1.5, 2.25])
    machine = measuring.machine()
    about = {"epochs": 3, "machine": machine}
    measuring.write("growth", runs, "| new |", about, tmp_path)
    text = readme.read_text()
    assert text.startswith("before\n")
    assert "old growth" not in text
    assert "| new |" in text
    assert f"numpy {np.__version__}" in text
    assert text.endswith(f"between\n{marks.format('other')}\nafter")
    assert json.loads((tmp_path / "growth.json").read_text()) == about
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "growth.csv"), runs)


def test_readme_has_the_marks_of_every_benchmark():
    readme = (PROJECT / "benchmarks" / "README.md").read_text()
    for part in command.PARTS:
        assert "| 42 |" in measuring.between_marks(readme, part, "| 42 |")


def test_help_names_the_benchmarks(capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert all(part in text for part in command.PARTS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["growht"], "unknown benchmark 'growht'; did you mean 'growth'?"),
        (["growth", "--repetitions", "0"], "repetitions is 0"),
        (["growth", "extraction"], "the corpus 'ravdess' is not on this machine"),
    ],
)
def test_what_cannot_run_is_refused_before_anything_runs(arguments, message, ser_data, capsys):
    assert command.main(arguments) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"benchmarks: {message}")
    assert out == ""


def test_a_missing_library_is_named_with_the_way_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(command.PARTS, "growth", ((), ("no_such_library",)))
    assert command.main(["growth"]) == 2
    err = capsys.readouterr().err
    assert "no_such_library" in err
    assert "make bench" in err
