"""The notebooks themselves: fit to be committed, and true to their contract."""

import math
import re
from pathlib import Path

import nbformat
import pytest

from ser_utils.pages import builds, committed, sources

FOLDER = Path(__file__).parents[2] / "notebooks"
SOURCES = sorted(FOLDER.glob("[0-9][0-9]_*.py"))

each = pytest.mark.parametrize("py", SOURCES, ids=lambda py: py.stem)


def markdown(py):
    return [cell.source for cell in sources.read(py).cells if cell.cell_type == "markdown"]


def test_there_are_notebooks():
    assert SOURCES


def test_stored_notebooks_are_fit_and_in_step():
    assert committed.check(FOLDER) == []


@each
def test_stated_minutes_are_those_measured(py):
    stored = nbformat.read(py.with_suffix(".ipynb"), as_version=4)
    stated = re.search(r"\*\*Time\*\*: about (\d+) minutes? on 2 CPU cores", stored.cells[0].source)
    assert stated, "the first cell says how long it takes"
    measured = math.ceil(stored.metadata.ser_utils.seconds / 60)
    assert measured <= int(stated[1]) <= measured + 1


def tags(cell):
    return set(cell.metadata.get("tags", ()))


@each
def test_each_exercise_has_a_hint_and_a_solution_and_each_question_an_answer(py):
    cells = sources.read(py, builds.TEACHERS).cells
    known = {"parameters", "headline", *builds.TAGS}
    assert not {tag for cell in cells for tag in tags(cell) - known if "picture-" not in tag}
    checks = [at for at, cell in enumerate(cells) if "exercises.check_" in cell.source]
    assert len(checks) >= 4
    for exercise, solution in zip(checks[::2], checks[1::2], strict=True):
        assert cells[exercise - 1].source.splitlines()[-1]  # the text that asks for it
        assert not tags(cells[exercise])
        assert cells[exercise + 1].source.startswith("<details><summary>Hint</summary>")
        assert solution == exercise + 2
        assert "solution" in tags(cells[solution])
    asked = [
        at
        for at, cell in enumerate(cells)
        if re.search(r"\*\*(?:Predict|Open question)\.\*\*", cell.source)
    ]
    assert len(asked) >= 3
    for at in asked:
        assert "answer" in tags(cells[at + 1]), cells[at].source


@each
def test_one_exercise_takes_ten_minutes_and_one_question_is_open(py):
    text = "\n".join(markdown(py))
    assert len(re.findall(r"^### Exercise \d: .*\(10 minutes\)$", text, re.MULTILINE)) == 1
    assert len(re.findall(r"^> \*\*Open question\.\*\* ", text, re.MULTILINE)) == 1


@each
def test_students_get_no_line_of_a_solution(py):
    theirs = "\n".join(cell.source for cell in sources.read(py, builds.STUDENTS).cells)
    cells = sources.read(py, builds.TEACHERS).cells
    of_solutions = [cell.source for cell in cells if "solution" in tags(cell)]
    assert of_solutions
    assert not [text for text in of_solutions if text in theirs]
    assert theirs.count("# your code here") == theirs.count("exercises.check_")


def test_readme_states_the_same_minutes():
    readme = (FOLDER.parent / "README.md").read_text()
    for py in SOURCES:
        stated = re.search(r"\*\*Time\*\*: about (\d+) minute", markdown(py)[0])[1]
        (row,) = re.findall(rf"^\| \[{py.stem}\].*\| (\d+) \|$", readme, re.MULTILINE)
        assert row == stated, py.stem
