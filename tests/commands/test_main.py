import json
import os
import re
import subprocess
import sys

import pytest

from ser_utils import datasets, metrics
from ser_utils.__main__ import main
from ser_utils.files import in_checkout


def test_datasets_lists_every_corpus(capsys):
    assert main(["datasets"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in datasets.names())


def test_every_command_has_a_help(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    commands = re.findall(r"^    ([a-z-]+)\s", capsys.readouterr().out, re.MULTILINE)
    assert commands[0] == "datasets"
    for command in commands:
        with pytest.raises(SystemExit, match="0"):
            main([command, "--help"])
        assert f"python -m ser_utils {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["tutorial", "teacher", "notebooks", "explore"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "emobd"], "unknown corpus 'emobd'; did you mean 'emodb'"),
        (["--target", "nowhere"], "unknown corpus 'nowhere'"),
        (["--task", "joy"], "unknown task 'joy'"),
        (["--source", "ravdess", "--target", "emodb"], "is not on this machine"),
    ],
)
def test_mistakes_are_refused_in_one_line_before_anything_runs(
    command, arguments, message, capsys, ser_data
):
    assert main([command, *arguments]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert len(printed.err.splitlines()) == 1
    assert printed.out == ""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "01_features.py").write_text("# %%\n1\n")
    return str(tmp_path)


def test_unknown_notebook_is_refused(folder, capsys):
    assert main(["notebooks", "01_feature", "--folder", folder]) == 2
    assert "did you mean '01_features'" in capsys.readouterr().err


def test_folder_without_notebooks_is_refused(tmp_path, capsys):
    assert main(["check-notebooks", "--folder", str(tmp_path)]) == 2
    assert "there is no notebook" in capsys.readouterr().err


def test_check_notebooks_fails_on_a_problem(folder, capsys):
    assert main(["check-notebooks", "--folder", folder]) == 1
    assert "01_features.ipynb: missing" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", ".", "/"])
@pytest.mark.parametrize(
    "option", ["train --out", "reproduce --out", "search --out", "check x --html", "check x --json"]
)
def test_what_is_no_name_for_a_file_is_refused(option, name, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([*option.split(), name])
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.endswith(f"{option.split()[-1]}: {name!r} is no name for a file")


# Train and predict ------------------------------------------------------------------------------


@pytest.fixture
def checkpoint(tones, tmp_path, capsys):  # capsys: what it prints is tested
    path = tmp_path / "model.safetensors"
    corpora = ["--source", "tones-en", "--target", "tones-de"]
    choices = ["--method", "baseline", "--batch-norm", "separate", "--normalise", "dataset"]
    assert main(["train", *corpora, *choices, "--seed", "3", "--out", str(path)]) == 0
    return path


def test_train_writes_the_training_it_was_asked_for_and_its_scores(checkpoint, tones, capsys):
    from ser_utils import domains, evaluation, features, training
    from ser_utils.experiments import scoring

    printed = capsys.readouterr().out
    pair = domains.pair(*map(features.extract, tones.values()), normalise="dataset")
    expected = scoring.train(pair, "separate", "baseline", seed=3)
    trained = training.load(checkpoint)
    assert trained.settings == expected.settings
    probabilities = trained.probabilities(pair.evaluation)
    assert (probabilities == expected.probabilities(pair.evaluation)).all()
    uar = metrics.uar(pair.evaluation.labels, probabilities.argmax(axis=1))
    held_out = evaluation.held_out_uar(trained, pair.source)
    assert f"{100 * held_out:.1f} on held-out speakers of the source" in printed
    assert f"{100 * uar:.1f} [" in printed
    assert "baseline: en -> de, arousal, egemaps, dataset normalisation" in printed


def test_train_takes_one_voice_as_the_target_but_not_as_the_source(tones, tmp_path, capsys):
    tones["tones-de"]["speaker"] = "tones-de-0"
    command = ["train", "--method", "baseline", "--out", str(tmp_path / "model.safetensors")]
    assert main([*command, "--source", "tones-en", "--target", "tones-de"]) == 0
    capsys.readouterr()
    assert main([*command, "--source", "tones-de", "--target", "tones-en"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "tones-de cannot be the source, of which training holds speakers out" in line


def test_predict_prints_a_row_a_file_and_what_it_is_worth(checkpoint, tones, capsys):
    from ser_utils import prediction, training

    files = tones["tones-de"]["path"].tolist()
    table = prediction.predict(training.load(checkpoint), files)
    capsys.readouterr()
    assert main(["predict", *files, "--model", str(checkpoint)]) == 0
    printed = capsys.readouterr()
    assert printed.out.split("\n")[0].split() == ["file", "seconds", "low", "high", "predicted"]
    for line, row in zip(printed.out.splitlines()[1:], table.itertuples(), strict=True):
        file, seconds, low, high, predicted = line.split()
        assert (file, predicted) == (row.file, row.predicted)
        numbers = [float(x) for x in (seconds, low, high)]
        assert numbers == pytest.approx([row.seconds, row.low, row.high], abs=1e-3)
    assert "acted or synthetic speech of tones-en (en), for tones-de (de)" in printed.err
    assert main(["predict", *files, "--model", str(checkpoint), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == table.to_dict("records")


def test_predict_refuses_bad_files_and_checkpoints_in_one_line(checkpoint, tones, tmp_path, capsys):
    good = tones["tones-de"]["path"][0]
    noise = tmp_path / "noise.wav"
    noise.write_bytes(b"noise")
    capsys.readouterr()
    for files, model, named in (
        ([good, str(noise)], checkpoint, "noise.wav"),
        ([str(tmp_path / "none.wav")], checkpoint, "none.wav"),
        ([good], noise, "noise.wav"),
        ([good], tmp_path / "none.safetensors", "none.safetensors"),
    ):
        assert main(["predict", *files, "--model", str(model)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert len(printed.err.splitlines()) == 1
        assert named in printed.err


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--task", "joy"], "unknown task 'joy'"),
        (["--method", "dan"], "did you mean 'dann'"),
        (["--method", "supervised"], "learns from labels of the target"),
        (["--batch-norm", "sauce"], "did you mean 'source'"),
        (["--normalise", "sauce"], "did you mean 'source'"),
        (["--features", "mfcc"], "unknown feature set 'mfcc'"),
        (["--target", "tones-en"], "tones-en:tones-en is of one language"),
    ],
)
def test_train_refuses_mistakes_before_it_starts(option, message, tones, tmp_path, capsys):
    corpora = ["--source", "tones-en", "--target", "tones-de"]
    assert main(["train", *corpora, *option, "--out", str(tmp_path / "model")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_commands_start_without_heavy_imports():
    heavy = {"torch", "librosa", "sklearn", "opensmile"}
    code = (
        "import sys; from ser_utils.__main__ import main; main(['datasets']); "
        f"main(['tutorial', '--task', 'joy']); print({heavy!r} & set(sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert process.stdout.splitlines()[-1] == "set()"


def test_lab_opens_the_notebooks_where_the_corpora_are(monkeypatch, tmp_path):
    from jupyterlab.labapp import LabApp

    opened = []
    monkeypatch.setattr(LabApp, "launch_instance", opened.append)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SER_DATA", "corpora")
    assert main(["lab"]) == 0
    assert opened == [[f"--ServerApp.root_dir={in_checkout('notebooks')}"]]
    assert os.environ["SER_DATA"] == str(tmp_path.resolve() / "corpora")
