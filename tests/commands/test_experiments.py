import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from ser_utils.__main__ import main
from ser_utils.commands.experiments import README_MARKS, into_readme
from ser_utils.errors import ResultsError
from ser_utils.experiments import invariance, result_rows, runs, scoring
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.systems import CANDIDATES, REPRODUCED
from ser_utils.files import PROJECT

COMMANDS = ["reproduce", "search", "sensitivity", "validators", "invariance", "speaker-utterances"]
#: Of these, batch norm and systems are given.
FIXED = {"search": ("joint", "dann_5_1"), "speaker-utterances": ("source", "baseline")}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--datasets", "emobd"], "did you mean 'emodb'"),
        (["--datasets", "emodb"], "two languages"),
        (["--tasks", "joy"], "unknown task 'joy'"),
        (["--seeds", "0"], "the number of seeds is 0"),
        (["--datasets", "ravdess", "emodb"], "'ravdess' is not on this machine"),
    ],
)
def test_mistakes_are_one_clear_line_before_anything_runs(
    command, arguments, message, capsys, ser_data, tmp_path
):
    assert main([command, *arguments, "--out", str(tmp_path / "out.csv")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pairs", "ravdess"], "SOURCE:TARGET"),
        (["--pairs", "ravdess:ravdess"], "of one language"),
        (["--batch-norm", "jiont"], "did you mean 'joint'"),
    ],
)
def test_mistakes_of_reproduce(arguments, message, capsys):
    assert main(["reproduce", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize("command", COMMANDS)
def test_a_grid_is_of_what_was_asked_for(command, toys, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(runs, "run", lambda *arguments: given.append(arguments) or 3)
    asked = ["--datasets", *toys, "--tasks", "valence", "--seeds", "2", "--jobs", "1"]
    norms = [] if command in (*FIXED, "invariance") else ["--batch-norm", "joint"]
    out = tmp_path / "out.csv"
    assert main([command, *asked, *norms, "--out", str(out), "--scheduler", "tcp://here:1"]) == 1
    ((experiment, grid, *rest),) = given
    assert rest == [out, 1, "tcp://here:1"]
    assert (grid.datasets, grid.tasks, grid.seeds) == (tuple(toys), ("valence",), 2)
    if command == "invariance":
        assert grid.selection == "results/reproduction_selection.csv"
        return
    if command in FIXED:
        assert (*grid.batch_norm, *grid.methods) == FIXED[command]
    else:
        assert grid.batch_norm == ("joint",)
        methods = {"sensitivity": ("bounded", "dann_5_1"), "validators": tuple(CANDIDATES)}
        assert grid.methods == methods.get(command, REPRODUCED)
    assert {key.source for key in experiment.rows(grid)} == set(toys)


def test_reproduce_runs_the_pairs_and_conditions_that_were_asked_for(toys, small_nets, tmp_path):
    out = tmp_path / "out.csv"
    asked = ["--datasets", *toys, "--pairs", ":".join(toys), "--methods", "baseline"]
    asked += ["--protocol", "inductive", "--normalise", "dataset", "--seeds", "1"]
    assert main(["reproduce", *asked, "--batch-norm", "none", "--out", str(out)]) == 0
    table = result_rows.read(out).table
    assert table["task"].tolist() == ["arousal", "valence"]
    expected = [*toys, "dataset", "none", "baseline", "inductive"]
    columns = ["source", "target", "normalise", "batch_norm", "method", "protocol"]
    assert table[columns].to_numpy().tolist() == [expected] * 2
    settings = json.loads(out.with_suffix(".json").read_text())["settings"]
    assert settings["pairs"] == [list(toys)]


def test_summarise_writes_tables_a_figure_and_the_readme(toys, small_nets, tmp_path, capsys):
    out, readme = tmp_path / "out.csv", tmp_path / "README.md"
    grid = Grid(tuple(toys), ("arousal",), methods=("baseline", "dann"), seeds=2)
    runs.run(scoring.EXPERIMENT, grid, out)
    readme.write_text("before\n{}\n{}\nafter\n".format(*README_MARKS))
    assert main(["summarise", str(out), "--readme", str(readme)]) == 0
    table = pd.read_csv(tmp_path / "out_summary.csv")
    assert table["source"].tolist() == ["toy-de", "toy-en", "mean"]
    rows = result_rows.read(out).table.pivot_table("uar_target", ["source", "target"], "method")
    gain = (rows["dann"] - rows["baseline"]).mean()
    assert table["gain"].iloc[-1] == pytest.approx(gain, abs=1e-4)
    printed = capsys.readouterr().out
    assert (tmp_path / "out_summary.md").read_text() in printed
    assert "computed on the copy of toy-en, toy-de that is on this machine" in printed
    assert "tabular" in (tmp_path / "out_summary.tex").read_text()
    assert (tmp_path / "out.png").stat().st_size > 5000
    row = f"| arousal | `source` | {100 * rows['baseline'].mean():.1f} |"
    assert row in re.sub(" +", " ", readme.read_text())


def test_summarise_says_where_every_system_stands_once_candidates_were_trained(
    toys, small_nets, tmp_path
):
    out, readme = tmp_path / "out.csv", tmp_path / "README.md"
    methods = ("baseline", "median", "bounded", "dann_1_1", "dann_5_1", "dann")
    axes = {"normalise": ("source", "dataset"), "batch_norm": ("source", "joint"), "seeds": 2}
    runs.run(scoring.EXPERIMENT, Grid(tuple(toys), ("arousal",), methods=methods, **axes), out)
    readme.write_text("{}\n{}\n".format(*README_MARKS))
    headline = tmp_path / "headline.json"
    assert main(["summarise", str(out), "--readme", str(readme), "--headline", str(headline)]) == 0
    told = json.loads(headline.read_text())
    assert told.keys() == {"paper", "same_batch_norm", "free_opponent", "auc"}
    chosen = pd.read_csv(tmp_path / "out_selection.csv").query("chosen and normalise == 'source'")
    assert len(chosen) == 2  # pairs
    rows = result_rows.read(out).table.query("normalise == 'source'")
    by_rule = rows.merge(chosen[["source", "target", "batch_norm", "method"]])["uar_target"].mean()
    plain = rows.query("method == 'baseline' and batch_norm == 'source'")["uar_target"].mean()
    assert told["paper"]["gain"] == pytest.approx(100 * (by_rule - plain), abs=0.01)
    table = pd.read_csv(tmp_path / "out_standings.csv")
    assert {"dann_rule", "oracle_dann", "median"} <= set(table["method"])
    assert f"| DANN, by rule | source | by rule | {100 * by_rule:.1f} |" in re.sub(
        " +", " ", readme.read_text()
    )
    for name in ("standings", "waterfall"):
        assert (tmp_path / f"out_{name}.png").stat().st_size > 5000

    # Once embeddings were measured, it tells which of them is the most invariant, too.
    asked = ["--datasets", *toys, "--tasks", "arousal", "--seeds", "1", "--jobs", "1"]
    asked += ["--selection", str(tmp_path / "out_selection.csv")]
    assert main(["invariance", *asked, "--out", str(tmp_path / "invariance.csv")]) == 0
    assert main(["summarise", str(out), "--headline", str(headline)]) == 0
    again = json.loads(headline.read_text())
    assert {name: again[name] for name in told} == told
    measured = invariance.read(tmp_path / "invariance.csv")
    of = measured["representation"].str.startswith("DANN")
    means = measured[of].groupby(["normalise", "representation"])["language_accuracy"].mean()
    assert again["invariant"]["probe_linear"] == pytest.approx(100 * means.min(), abs=0.01)


def test_invariance_of_another_file_is_refused(tmp_path):
    for text, problem in ((None, "cannot be read"), ("a,b\n1,2\n", "other columns")):
        if text:
            (tmp_path / "x.csv").write_text(text)
        with pytest.raises(ResultsError, match=problem):
            invariance.read(tmp_path / "x.csv")


def test_a_stop_while_the_figure_is_written_leaves_none(toys, small_nets, tmp_path, monkeypatch):
    def stopped(figure, path, **options):
        Path(path).write_bytes(b"half")
        raise SystemExit

    out = tmp_path / "out.csv"
    runs.run(scoring.EXPERIMENT, Grid(tuple(toys), methods=("baseline", "dann"), seeds=2), out)
    monkeypatch.setattr(Figure, "savefig", stopped)
    with pytest.raises(SystemExit):
        main(["summarise", str(out)])
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".png", ".tmp")]


def test_summarise_does_without_the_baseline_of_the_paper(toys, small_nets, tmp_path, capsys):
    """As of the inductive protocol, whose candidates stand beside no such baseline."""
    out = tmp_path / "out.csv"
    methods = ("baseline", "dann", "dann_5_1")
    axes = {"methods": methods, "protocols": ("inductive",), "seeds": 2}
    runs.run(scoring.EXPERIMENT, Grid(tuple(toys), ("arousal",), **axes), out)
    assert main(["summarise", str(out)]) == 0
    assert not (tmp_path / "out_standings.csv").exists()
    assert main(["summarise", str(out), "--headline", str(tmp_path / "headline.json")]) == 2
    assert "no free opponent was run" in capsys.readouterr().err


def test_summarise_says_what_is_missing(tmp_path, capsys):
    assert main(["summarise", str(tmp_path / "nothing.csv")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nothing.csv cannot be read" in line


def test_summarise_compares_what_is_there(toys, small_nets, tmp_path, capsys):
    out = tmp_path / "out.csv"
    runs.run(scoring.EXPERIMENT, Grid(tuple(toys), ("arousal",), seeds=1), out)
    assert main(["summarise", str(out), "--compare", "baseline", "coral"]) == 2
    assert "no baseline and coral share a pair" in capsys.readouterr().err


def test_into_readme_replaces_what_is_between_the_marks():
    start, end = README_MARKS
    readme = f"before\n{start}\nold\n{end}\nafter\n"
    assert into_readme(readme, "new") == f"before\n{start}\n\nnew\n\n{end}\nafter\n"


#: Where text is ASCII unless a program says otherwise: of any other encoding there is nothing here.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

GROW_AND_SUMMARISE = """
import sys
from collections import namedtuple
from pathlib import Path
from ser_utils.__main__ import main
from ser_utils.experiments import provenance
from ser_utils.experiments.streamed import StreamedRows, Table

folder, results = map(Path, sys.argv[1:])
keys = [namedtuple("Key", "source")("m\\xfcnchen")]
for done in (set(), set(keys)):
    rows = StreamedRows([Table(folder / "grown.csv", ["uar"])], keys)
    assert rows.done == done
    rows.append({keys[0]: [0.5]})
provenance.write(folder / "grown.csv", {"settings": {}, "hyper_parameters": {}})
provenance.read(folder / "grown.csv")
sys.exit(main(["summarise", str(results), "--readme", str(folder / "README.md")]))
"""


def test_files_are_in_utf8_whatever_the_machine_prefers(tmp_path):
    for file in (PROJECT / "results").glob("synthetic*"):
        shutil.copy(file, tmp_path)
    about = tmp_path / "synthetic.json"
    # Of no copy in particular, which would be rendered to compare them.
    about.write_text(json.dumps(json.loads(about.read_text()) | {"corpora": {}}))
    readme = tmp_path / "README.md"
    readme.write_text("ü\n{}\n{}\nü\n".format(*README_MARKS), encoding="utf-8")
    command = [sys.executable, "-c", GROW_AND_SUMMARISE, tmp_path, tmp_path / "synthetic.csv"]
    environment = os.environ | ASCII | {"PYTHONPATH": str(PROJECT)}
    ran = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "grown.csv").read_text(encoding="utf-8") == "source,uar\nmünchen,0.5\n"
    assert readme.read_text(encoding="utf-8").startswith("ü\n")
    table = (tmp_path / "synthetic_summary.md").read_text(encoding="utf-8")
    assert "→" in table
    assert table.replace("→", "\\u2192").splitlines()[0] in ran.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), (b"\xff", "cannot be read"), (b"no marks", "no place for results")],
)
def test_summarise_says_what_is_wrong_with_a_readme_first(content, message, tmp_path, capsys):
    if content is not None:
        (tmp_path / "README.md").write_bytes(content)
    readme = str(tmp_path / "README.md")
    assert main(["summarise", str(tmp_path / "nothing.csv"), "--readme", readme]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
