import subprocess
import sys

import pytest

from ser_utils import datasets
from ser_utils.__main__ import main


def test_datasets_lists_every_corpus(capsys):
    assert main(["datasets"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in datasets.names())


@pytest.mark.parametrize("command", ["tutorial", "notebooks"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "emobd"], "unknown corpus 'emobd'; did you mean 'emodb'"),
        (["--target", "nowhere"], "unknown corpus 'nowhere'"),
        (["--task", "joy"], "unknown task 'joy'"),
        (["--source", "ravdess", "--target", "emodb"], "'ravdess' is not on this machine"),
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


def test_interrupt_ends_in_a_line(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(datasets, "overview", interrupt)
    assert main(["datasets"]) == 130
    assert capsys.readouterr().err == "\nser_utils: interrupted\n"


@pytest.mark.parametrize("command", ["reproduce", "search"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--datasets", "emobd"], "did you mean 'emodb'"),
        (["--tasks", "joy"], "unknown task 'joy'"),
        (["--datasets", "ravdess", "emodb"], "'ravdess' is not on this machine"),
    ],
)
def test_experiments_refuse_mistakes_before_they_start(
    command, arguments, message, capsys, ser_data
):
    assert main([command, *arguments]) == 2
    assert message in capsys.readouterr().err


def test_commands_start_without_heavy_imports():
    heavy = {"torch", "librosa", "sklearn", "opensmile"}
    code = (
        "import sys; from ser_utils.__main__ import main; main(['datasets']); "
        f"main(['tutorial', '--task', 'joy']); print({heavy!r} & set(sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert process.stdout.splitlines()[-1] == "set()"
