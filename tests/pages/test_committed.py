import base64
import io

import nbformat
import pytest
from made_notebooks import PLAYER, display, notebook, stream
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from ser_utils.__main__ import main
from ser_utils.errors import SerError, UnknownNameError
from ser_utils.files import data_folder
from ser_utils.lessons import quiz
from ser_utils.lessons.headline import QUIZ
from ser_utils.pages import committed, execution, outputs, sources
from ser_utils.pages.committed import problems
from ser_utils.pages.execution import Executed
from ser_utils.pages.outputs import WIDGET


def test_fit_notebook_has_no_problems():
    fit = notebook(stream("1\n"))
    fit.cells += [new_markdown_cell("$x$") for _ in range(19)]
    assert problems(outputs.for_storage(fit)) == []


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (display(**{"text/html": PLAYER}), "cell 1: holds a recording"),
        (display(**{"audio/wav": "UklGRg=="}), "cell 1: holds a recording"),
        (display(**{WIDGET: {}}), "cell 1: holds a widget"),
        (display(**{"image/png": "AAAA"}), "cell 1: a figure whose alternative text has no number"),
        (new_output("error", ename="ValueError", evalue="", traceback=[]), "ends in ValueError"),
        (stream("read /srv/corpora/a.wav"), "names a path of a machine: /srv/corpora/a.wav"),
        (stream(r"read C:\Users\me\a.wav"), r"names a path of a machine: C:\Users\me\a.wav"),
        (display(**{"image/png": "A" * 1_000_001}), "1.0 MB; at most 1 MB"),
    ],
)
def test_problem_of_output(output, problem):
    assert any(problem in found for found in problems(notebook(output)))


@pytest.mark.parametrize(
    "text",
    ["and/or, 16/20, anger/joy/fear", "see https://example.org/a/b/c", "SER_DATA/emodb/wav/a.wav"],
)
def test_text_with_slashes_is_no_path(text):
    html = f"<b>{text}</b><br/><img src='data:image/png;base64,iVBO/Rw0/KGgo/AAA='/>"
    found = problems(notebook(stream(text), display(**{"text/html": html})))
    assert not [problem for problem in found if "path" in problem]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda nb: nb.cells.clear(), "0 cells"),
        (lambda nb: nb.cells.extend(new_markdown_cell() for _ in range(40)), "41 cells"),
        (lambda nb: nb.cells[0].outputs.clear(), "has not been executed"),
        (lambda nb: nb.cells[0].update(source="1\n" * 26), "cell 1: 26 lines of code"),
        (lambda nb: nb.metadata.update(widgets={}), "widget state"),
        (lambda nb: nb.cells.append(new_markdown_cell(r"$\nonsense$")), r"show: \nonsense"),
    ],
)
def test_problem_of_notebook(change, problem):
    changed = notebook(stream("1\n"))
    change(changed)
    assert any(problem in found for found in problems(changed))


def test_check_names_what_is_wrong(project):
    folder = project(**{"01_first": "first"})
    missing = "01_first.ipynb: missing; write it with `make notebooks`"
    assert committed.check(folder) == [missing]
    changed = sources.read(folder / "01_first.py")
    changed.cells[1].source = "SOURCE = 4"
    nbformat.write(outputs.for_storage(changed), folder / "01_first.ipynb")
    nbformat.write(new_notebook(), folder / "09_orphan.ipynb")
    found = "\n".join(committed.check(folder))
    assert "09_orphan.ipynb: no source 09_orphan.py" in found
    assert "01_first.ipynb: 3 cells; 20 to 40 are wanted" in found
    assert '-SOURCE = "auto"' in found
    assert "+SOURCE = 4" in found


# --- What is written ----------------------------------------------------------------------------


@pytest.fixture
def ran(monkeypatch):
    """Names of the notebooks that were executed: each prints its SER_DATA; the second fails."""
    names = []

    def execute(source, name, parameters, folder):
        names.append(name)
        source.cells[1].outputs = [stream(f"{data_folder()}\n")]
        injected = new_code_cell("SOURCE = 1", metadata={"tags": ["injected-parameters"]})
        source.cells.insert(2, injected)
        return Executed(name, source, 61.7, "cell 1 failed" if name == "02_second" else "")

    monkeypatch.setattr(execution, "execute", execute)
    return names


def test_rewrite_stores_what_ran_and_keeps_what_failed(project, parameters, ran, capsys):
    folder = project(**{"01_first": "first", "02_second": "failing", "03_third": "first"})
    kept = folder / "02_second.ipynb"
    kept.write_text("as it was")
    assert committed.rewrite(parameters, folder) == 1
    assert ran == ["01_first", "02_second"]

    stored = nbformat.read(folder / "01_first.ipynb", as_version=4)
    assert stored.metadata.ser_utils == {"seconds": 62, **vars(parameters)}
    assert stored.cells[1].outputs[0].text == "SER_DATA\n"
    assert len(stored.cells) == 3
    assert kept.read_text() == "as it was"
    # A notebook this short is not fit to be committed, and is said not to be.
    assert "3 cells; 20 to 40 are wanted" in capsys.readouterr().err


def test_a_tagged_figure_lies_beside_the_notebooks(project, parameters, ran, monkeypatch):
    picture = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(picture, "png")
    drawn = display(**{"image/png": base64.b64encode(picture.getvalue()).decode()})

    def execute(source, name, parameters, folder):
        source.cells[1].outputs = [stream("text"), drawn]
        source.cells[1].metadata.tags = ["picture-map"]
        return Executed(name, source, 1.0, "")

    monkeypatch.setattr(execution, "execute", execute)
    folder = project(**{"01_first": "first"})
    committed.rewrite(parameters, folder)
    path = folder / "pictures" / "map.png"
    with Image.open(path) as written:
        assert written.convert("RGB").getpixel((0, 0)) == (255, 0, 0)
    problem = "01_first.ipynb: pictures/map.png is not its figure"
    assert problem not in committed.check(folder)
    for spoil in (lambda: path.write_bytes(picture.getvalue() + b"x"), path.unlink):
        spoil()
        assert problem in committed.check(folder)


def test_a_stop_while_a_notebook_is_written_keeps_what_was_there(
    project, parameters, ran, monkeypatch
):
    def stopped(notebook, path):
        path.write_text("half")
        raise SystemExit

    folder = project(**{"01_first": "first"})
    kept = folder / "01_first.ipynb"
    kept.write_text("as it was")
    monkeypatch.setattr(nbformat, "write", stopped)
    with pytest.raises(SystemExit):
        committed.rewrite(parameters, folder)
    assert kept.read_text() == "as it was"
    assert sorted(folder.iterdir()) == [kept, folder / "01_first.py"]


def test_rewrite_runs_only_what_is_named(project, parameters, ran):
    folder = project(**{"01_first": "first", "03_third": "first", "04_fourth": "first"})
    committed.rewrite(parameters, folder, ["04_fourth", "03"])
    assert ran == ["03_third", "04_fourth"]
    with pytest.raises(UnknownNameError, match="'01_frist'; did you mean '01_first'"):
        committed.rewrite(parameters, folder, ["01_frist"])


def test_text_is_brought_in_step_without_a_run(project, parameters, ran):
    folder = project(**{"01_first": "first"})
    py, ipynb = folder / "01_first.py", folder / "01_first.ipynb"
    committed.rewrite(parameters, folder)
    before = nbformat.read(ipynb, as_version=4)
    committed.retell(py)
    assert nbformat.read(ipynb, as_version=4) == before

    py.write_text(py.read_text().replace("and more.", "and less.") + "\n# %% [markdown]\n# New.\n")
    committed.retell(py)
    after = nbformat.read(ipynb, as_version=4)
    assert sources.differences(py, ipynb) == []
    assert "and less." in after.cells[0].source
    assert after.cells[0].id != before.cells[0].id
    assert after.cells[1:-1] == before.cells[1:]
    assert after.metadata == before.metadata
    assert ran == ["01_first"]

    kept = ipynb.read_bytes()
    py.write_text(py.read_text().replace("print(SOURCE", "print(1, SOURCE"))
    with pytest.raises(SerError, match=r"01_first\.ipynb has run other code than 01_first\.py"):
        committed.retell(py)
    assert ipynb.read_bytes() == kept


def test_a_quiz_is_brought_in_step_without_a_run(project, parameters, ran):
    folder = project(**{"01_first": "first"})
    committed.rewrite(parameters, folder)
    ipynb = folder / "01_first.ipynb"
    stored = nbformat.read(ipynb, as_version=4)
    stored.cells[1].outputs = [display(**{QUIZ: "01_features", "text/html": "as it was"})]
    nbformat.write(stored, ipynb)
    assert main(["notebooks", "--text", "--folder", str(folder)]) == 0
    (output,) = nbformat.read(ipynb, as_version=4).cells[1].outputs
    assert output.data["text/html"] == quiz.text("01_features")
    assert ran == ["01_first"]
