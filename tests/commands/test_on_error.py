"""Bad files: an error of one line that says how to leave them out, or left out and listed."""

import argparse
import json
import os
import re
from pathlib import Path

import pytest
from bad_files import BAD, write_bad

from ser_utils.__main__ import _parser, main
from ser_utils.errors import SerWarning
from ser_utils.pages import committed, explore, sources

FOLDER = Path(__file__).parents[2] / "notebooks"
PAIR = ["--source", "tones-en", "--target", "tones-de"]
GRID = ["--datasets", "tones-en", "tones-de", "--tasks", "arousal", "--seeds", "1", "--jobs", "1"]


@pytest.fixture
def bad(tones, tmp_path, monkeypatch):
    """Put a file of each kind that cannot be used into the source, and one into the target."""
    (tmp_path / "bad").mkdir()
    monkeypatch.setenv("SER_DATA", str(tmp_path))
    paths = write_bad(tmp_path / "bad")
    for name, added in (("tones-en", list(paths.values())), ("tones-de", [paths["silent"]])):
        table = tones[name]
        for row, path in enumerate(added, start=len(table)):
            table.loc[row] = dict(table.loc[0], path=str(path))
    return paths


def run(*command, warns="tones-en: 12 of 24 files were left out"):
    """Run a command, and return its status and the texts of its warnings."""
    with pytest.warns(SerWarning, match=warns) as caught:
        status = main([str(part) for part in command])
    return status, [str(warning.message) for warning in caught]


def test_every_command_that_reads_recordings_can_leave_bad_ones_out():
    (commands,) = (a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    helps = {name: command.format_help() for name, command in commands.choices.items()}
    without = {name for name in helps if "--on-error" not in helps[name]}
    assert without == {
        *("datasets", "download", "data", "doctor", "lab"),
        *("student", "slides", "site", "check-notebooks", "summarise", "ladder"),
    }


@pytest.mark.parametrize(
    "command",
    [
        *(["train", *PAIR, "--out", "x"], ["explore", *PAIR], ["tutorial", *PAIR]),
        *([name, *GRID, "--out", "x"] for name in ("reproduce", "search", "sensitivity")),
        *([name, *GRID, "--out", "x"] for name in ("invariance", "validators")),
        ["speaker-utterances", *GRID, "--out", "x"],
    ],
    ids=lambda command: command[0],
)
def test_a_bad_file_is_an_error_of_one_line(command, bad, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = ["--folder", str(FOLDER)] if command[0] == "tutorial" else []
    assert main([*command, *folder]) == 2
    *_, line = capsys.readouterr().err.splitlines()  # a slow machine shows how far it is, before
    assert re.match(r"ser_utils: \S+\.wav: .*--on-error skip .*ON_ERROR=skip", line)
    assert not (tmp_path / "x").exists()


def test_train_and_predict_leave_them_out(bad, tones, tmp_path, monkeypatch, capsys):
    model = tmp_path / "model.safetensors"
    command = ["train", *PAIR, "--method", "baseline", "--out", model]
    status, texts = run(*command, "--on-error", "skip")
    assert status == 0
    assert any(text.startswith("tones-de: 1 of 13 files") for text in texts)
    printed = capsys.readouterr().out
    for kind, path in bad.items():
        assert re.search(rf"left out: {re.escape(str(path))}: .*({BAD[kind]})", printed), kind

    monkeypatch.setenv("ON_ERROR", "skip")
    assert run(*command)[0] == 0
    capsys.readouterr()
    good = tones["tones-de"]["path"][0]
    command = ["predict", good, *bad.values(), "--model", model, "--json"]
    status, texts = run(*command, warns="12 of 13 files were left out")
    assert status == 0
    assert [row["file"] for row in json.loads(capsys.readouterr().out)] == [good]
    assert all(str(path) in texts[0] for path in bad.values())
    assert main(["predict", *map(str, bad.values()), "--model", str(model)]) == 2
    assert "every file was left out (12)" in capsys.readouterr().err

    monkeypatch.setenv("ON_ERROR", "ignore")
    with pytest.raises(SystemExit, match="2"):
        main(["check", "tones-en"])
    assert "'ignore' is neither raise nor skip" in capsys.readouterr().err


def test_grids_tell_what_they_left_out_and_go_on_only_without_the_same(
    bad, tones, small_nets, tmp_path, capsys
):
    out = tmp_path / "out.csv"
    command = ["reproduce", *GRID, "--methods", "baseline", "dann", "--batch-norm", "source"]
    command += ["--normalise", "source", "--on-error", "skip", "--out", out]
    assert run(*command)[0] == 0
    said = capsys.readouterr().out
    about = json.loads(out.with_suffix(".json").read_text())
    assert about["settings"]["on_error"] == "skip"
    assert len(about["corpora"]["tones-en"]["skipped"]) == 12
    (of_target,) = about["corpora"]["tones-de"]["skipped"]
    assert of_target.startswith(f"bad{os.sep}silent.wav: is silent")
    assert str(tmp_path) not in json.dumps(about["corpora"])
    assert "Left out of tones-en (12): " in said
    assert f"Left out of tones-de (1): {of_target}" in said

    assert main(["summarise", str(out)]) == 0
    assert f"Left out of tones-de (1): {of_target}" in (tmp_path / "out_summary.md").read_text()
    assert "on the copy of tones-en, tones-de that is" in capsys.readouterr().out

    before = out.read_bytes()
    assert run(*command)[0] == 0
    assert out.read_bytes() == before
    tones["tones-en"].drop(index=23, inplace=True)  # the file that was gone, so not counted
    capsys.readouterr()
    assert run(*command, warns="tones-en: 11 of 23")[0] == 2
    refused = "copies of its corpora (tones-en: 23 files but for 12 -> 23 others but for 11)"
    assert refused in capsys.readouterr().err
    assert out.read_bytes() == before


def test_check_warns_of_what_would_be_left_out(bad, tmp_path, capsys):
    assert main(["check", "tones-en"]) == 2
    assert "error: files that cannot be used: 12" in capsys.readouterr().out
    assert main(["check", "tones-en", "--on-error", "skip"]) == 1
    assert "warning: files that cannot be used: 12" in capsys.readouterr().out


def test_a_corpus_of_bad_files_only_is_an_error(bad, tones, tmp_path, capsys):
    tones["tones-en"].drop(index=range(12), inplace=True)
    # Nothing else is wrong with it.
    said = {"emotion": ["anger", "sadness"] * 6, "speaker": list("aabbccddeeff")}
    for column, values in said.items():
        tones["tones-en"][column] = values
    command = ["train", *PAIR, "--on-error", "skip", "--out", str(tmp_path / "model")]
    assert main(command) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert "tones-en: nothing is left, since every file was left out (12); the first is" in line


# Notebooks --------------------------------------------------------------------------------------

LOADING = [py for py in sources.find(FOLDER) if "choice.corpora" in py.read_text()]


@pytest.mark.parametrize("py", LOADING, ids=lambda py: py.stem)
def test_notebooks_leave_them_out(py, bad):
    """Their first cell, their parameters, and the lines that load the pair."""
    code = [cell.source for cell in sources.read(py).cells if cell.cell_type == "code"]
    (parameters,) = (source for source in code if source.startswith('SOURCE = "auto"'))
    (loading,) = (source for source in code if "choice.corpora" in source)
    loading = re.match(r"(?s).*?\ntarget = [^\n]*", loading)[0]
    assert 'ON_ERROR = "raise"' in parameters
    here = {}
    exec(code[0], here)
    exec('SOURCE, TARGET, TASK, ON_ERROR = "tones-en", "tones-de", "arousal", "skip"', here)
    with pytest.warns(SerWarning, match="tones-en: 12 of 24 files were left out") as caught:
        exec(loading, here)
    listed = "\n".join(str(warning.message) for warning in caught)
    assert all(str(path) in listed for path in bad.values())
    tables = [getattr(here[side], "table", here[side]) for side in ("source", "target")]
    assert list(map(len, tables)) == [12, 12]


def test_the_tutorial_lists_them(bad, tmp_path, monkeypatch):
    (tmp_path / "01_first.py").write_text(
        '# %% [markdown]\n# # 01 · First\n\n# %% tags=["parameters"]\nON_ERROR = "raise"\n\n'
        "# %%\nprint(f'told to {ON_ERROR}')\n"
    )
    out = tmp_path / "pages"
    command = ["tutorial", *PAIR, "--folder", tmp_path, "--out", out, "--on-error", "skip"]
    assert run(*command)[0] == 0
    assert "told to skip" in (out / "notebooks/01_first.html").read_text()
    index = (out / "index.html").read_text()
    assert "left out</strong> of tones-en: 12" in index
    assert "left out</strong> of tones-de: 1" in index
    assert all(str(path) in index for path in bad.values())

    given = []
    monkeypatch.setattr(committed, "rewrite", lambda *arguments: given.append(arguments) or 0)
    assert main(["notebooks", *PAIR, "--folder", str(tmp_path), "--on-error", "skip"]) == 0
    assert given[0][0].on_error == "skip"


def test_the_explorer_maps_what_is_left(bad, monkeypatch, tmp_path):
    def train(pair, *how, **more):
        raise EOFError(len(pair.source), len(pair.target))

    monkeypatch.setattr(explore.scoring, "train", train)
    command = ["explore", *PAIR, "--no-browser", "--out", str(tmp_path), "--on-error", "skip"]
    with pytest.warns(SerWarning, match="12 of 24"), pytest.raises(EOFError, match="12, 12"):
        main(command)
