import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from ser_utils.errors import DomainError, MissingCorpusError, SerError, UnknownNameError
from ser_utils.pages import notebook_files, tutorial
from ser_utils.pages.tutorial import HEADLINE, Settings, build, execute, headline, resolve, rewrite

SETTINGS = Settings("synthetic-it", "synthetic-ur", "valence")
FIRST = """\
# %% [markdown]
# # 01 · First
#
# **You will be able to**
# - say what you *see*
#   here;
# - and more.

# %% tags=["parameters"]
SOURCE = "auto"
TARGET = "auto"

# %%
import os
from pathlib import Path

from IPython.display import display

print(SOURCE, TARGET, "TASK" in globals(), Path.cwd().name)
print(os.environ["SER_DATA"])
"""
HEADLINE_CELL = f"""
# %%
rows = [
    {{"system": "baseline", "uar": 0.6, "low": 0.55, "high": 0.65}},
    {{"system": "DANN", "uar": 0.64, "low": 0.6, "high": 0.68}},
]
result = {{"source": SOURCE, "target": TARGET, "task": "valence", "rows": rows,
          "majority": 0.5, "gain": 0.04, "gain_low": -0.01, "gain_high": 0.09}}
display({{"{HEADLINE}": result, "text/plain": "a table"}}, raw=True)
"""
FAILING = """\
# %% [markdown]
# # 02 · Second

# %%
print("before")

# %% tags=["parameters"]
SOURCE = "auto"

# %%
def invert(x):
    return 1 / x


invert(0)

# %%
print("after")
"""


@pytest.fixture
def project(tmp_path, monkeypatch, ser_data):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SER_DATA", "corpora")  # seen from here, not from the notebooks
    monkeypatch.setenv("SER_CACHE", "cache")

    def write(**sources):
        for name, source in sources.items():
            (tmp_path / "notebooks" / f"{name}.py").write_text(source)
        return tmp_path

    return write


def texts(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs)


# --- What runs on what --------------------------------------------------------------------------


def test_auto_is_the_real_pair_where_both_are_present(ser_data, capsys):
    assert resolve() == Settings("synthetic-en", "synthetic-de", "arousal")
    assert "Synthetic speech" in capsys.readouterr().out
    for name in ("ravdess/03-01-05-01-01-01-01.wav", "emodb/03a01Wa.wav"):
        (ser_data / name).parent.mkdir()
        (ser_data / name).touch()
    assert resolve(task="valence") == Settings("ravdess", "emodb", "valence")
    assert resolve("emodb", "ravdess") == Settings("emodb", "ravdess", "arousal")


@pytest.mark.parametrize("position", [1, 2])
def test_failing_cell_is_counted_as_in_the_source(position, project):
    folder = project(**{"02_second": FAILING})
    notebook = notebook_files.read(folder / "notebooks" / "02_second.py")
    notebook.cells[position].source += "\nraise ValueError('here')"
    run = execute(notebook, "02_second", SETTINGS, folder)
    assert run.failure.startswith(f"cell {position + 1} failed with ValueError: here")


def test_killed_kernel_is_a_failure(project):
    folder = project(**{"02_second": FAILING})
    notebook = notebook_files.read(folder / "notebooks" / "02_second.py")
    notebook.cells[2].source = "import os; os.kill(os.getpid(), 9)"
    run = execute(notebook, "02_second", SETTINGS, folder)
    assert "died" in run.failure
    assert texts(run.notebook) == "before\n"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("emobd", "auto"), UnknownNameError, "did you mean 'emodb'"),
        (("auto", "nowhere"), UnknownNameError, "unknown corpus 'nowhere'"),
        (("auto", "auto", "joy"), UnknownNameError, "unknown task 'joy'"),
        (("synthetic-en", "emodb"), MissingCorpusError, "To get it"),
    ],
)
def test_what_cannot_run_is_refused(arguments, error, message, ser_data, capsys):
    with pytest.raises(error, match=message):
        resolve(*arguments)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("source", ["rated", "synthetic-en+rated"])
def test_a_corpus_without_any_emotion_is_refused(source, ser_data, capsys):
    def write(*emotions):
        rows = [f"{i}.wav,a,en,0.5,{emotion}" for i, emotion in enumerate(emotions)]
        table = "\n".join(["path,speaker,language,arousal,emotion", *rows])
        (ser_data / "rated" / "table.csv").write_text(table)

    (ser_data / "rated").mkdir()
    for name in ("0.wav", "1.wav"):
        (ser_data / "rated" / name).touch()
    write("", "")
    with pytest.raises(DomainError, match=r"^'rated' has no emotions, .* scheme=THRESHOLD") as got:
        resolve(source)
    assert "\n" not in str(got.value)
    assert capsys.readouterr().out == ""
    write("", "anger")
    assert resolve(source).source == source


def test_only_declared_parameters_are_passed(project):
    folder = project(**{"01_first": FIRST})
    py = folder / "notebooks" / "01_first.py"
    run = execute(notebook_files.read(py), py.stem, SETTINGS, py.parent)
    assert run.failure == ""
    assert texts(run.notebook).startswith("synthetic-it synthetic-ur False notebooks\n")
    assert run.seconds > 0


def test_headline_is_the_last_displayed():
    def showing(result):
        output = new_output("display_data", data={HEADLINE: result, "text/plain": ""})
        return new_notebook(cells=[new_code_cell("", outputs=[output])])

    assert headline([new_notebook(), showing({"gain": 1}), showing({"gain": 2})]) == {"gain": 2}
    assert headline([new_notebook()]) is None


# --- Pages --------------------------------------------------------------------------------------


def test_build(project, capsys):
    folder = project(**{"01_first": FIRST + HEADLINE_CELL})
    out = folder / "build" / "tutorial"
    out.mkdir(parents=True)
    (out / "09_of_an_earlier_run.html").touch()
    assert build(SETTINGS, folder / "notebooks", out) == 0

    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:2] == ["01_first", "..."]
    assert printed[-2] == (
        "baseline UAR 0.600, DANN UAR 0.640 on the target (synthetic-ur, valence, synthetic speech)"
    )
    assert str(out / "index.html") in printed[-1]

    assert sorted(page.name for page in out.iterdir()) == ["01_first.html", "index.html"]
    index = (out / "index.html").read_text()
    assert 'href="01_first.html"' in index
    assert "say what you see here" in index
    assert "Synthetic speech." in index
    assert "0.550 to 0.650" in index
    assert "+4.0 points" in index
    assert "-1.0 to" in index
    assert "http" not in index
    # The relative SER_DATA is the same folder in a notebook, which runs elsewhere.
    assert str(folder / "corpora") in (out / "01_first.html").read_text()


def test_build_stops_at_a_failing_cell_and_keeps_what_ran(project, capsys):
    folder = project(**{"01_first": FIRST, "02_second": FAILING, "03_third": FIRST})
    assert build(SETTINGS, folder / "notebooks", folder / "out") == 1

    printed = capsys.readouterr()
    assert "02_second.py: cell 4 failed with ZeroDivisionError" in printed.err
    assert "| invert(0)" in printed.err
    assert "return 1 / x" in printed.err
    assert "Stopped at 02_second." in printed.out

    page = (folder / "out" / "02_second.html").read_text()
    assert "before" in page
    assert "ZeroDivisionError" in page
    index = (folder / "out" / "index.html").read_text()
    assert "failed: cell 4" in index
    assert "No notebook displayed a result" in index
    assert "not run" in index
    assert not (folder / "out" / "03_third.html").exists()


def test_folder_that_cannot_be_written_is_refused(project):
    folder = project(**{"01_first": FIRST})
    (folder / "file").touch()
    with pytest.raises(SerError, match="--out"):
        build(SETTINGS, folder / "notebooks", folder / "file")


# --- Files --------------------------------------------------------------------------------------


def test_rewrite_stores_what_ran_and_keeps_what_failed(project, capsys):
    folder = project(**{"01_first": FIRST, "02_second": FAILING})
    kept = folder / "notebooks" / "02_second.ipynb"
    kept.write_text("as it was")
    assert rewrite(SETTINGS, folder / "notebooks") == 1

    stored = nbformat.read(folder / "notebooks" / "01_first.ipynb", as_version=4)
    settings = {"source": "synthetic-it", "target": "synthetic-ur", "task": "valence"}
    assert settings.items() <= stored.metadata.ser_utils.items()
    assert "SER_DATA" in texts(stored)
    assert len(stored.cells) == 3
    assert kept.read_text() == "as it was"
    # A notebook this short is not fit to be committed, and is said not to be.
    assert "3 cells; 20 to 40 are wanted" in capsys.readouterr().err


def test_rewrite_runs_only_what_is_named(project, monkeypatch):
    folder = project(**{"01_first": FIRST, "02_second": FAILING})
    ran = []
    monkeypatch.setattr(tutorial, "_execute_all", lambda sources, _: ran.extend(sources) or ())
    assert rewrite(SETTINGS, folder / "notebooks", ["02"]) == 0
    assert ran == [folder / "notebooks" / "02_second.py"]
    with pytest.raises(UnknownNameError, match="'01_frist'; did you mean '01_first'"):
        rewrite(SETTINGS, folder / "notebooks", ["01_frist"])
