"""The notebooks themselves: fit to be committed, true to their contract, and executed.

A notebook is executed once, on the synthetic pair, together with the solutions of its exercises.
"""

import math
import re
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from nbformat.v4 import new_code_cell

from ser_utils import datasets, features
from ser_utils.files import cache_folder
from ser_utils.pages import committed, sources
from ser_utils.pages.execution import execute
from ser_utils.pages.parameters import Parameters

FOLDER = Path(__file__).parents[2] / "notebooks"
SOURCES = sorted(FOLDER.glob("[0-9][0-9]_*.py"))
PARAMETERS = Parameters("synthetic-en", "synthetic-de", "arousal")

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


@each
def test_reader_predicts_and_exercises(py):
    assert sum("**Predict" in text for text in markdown(py)) >= 2
    assert len(sources.solutions(sources.read(py))) >= 2


@pytest.fixture(scope="module")
def extracted() -> None:
    """Keep the features of the pair in the cache, so that no two notebooks compute the same."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with FileLock(cache_folder() / "tests-of-notebooks.lock"):
        for name in (PARAMETERS.source, PARAMETERS.target):
            features.extract(datasets.load(name), progress=False)


@each
@pytest.mark.notebooks
@pytest.mark.usefixtures("extracted")
def test_executes_and_solutions_pass_their_checks(py):
    notebook = sources.read(py)
    solutions = sources.solutions(notebook)
    for position, code in reversed(solutions):
        notebook.cells.insert(position + 1, new_code_cell(code, metadata={"tags": ["solution"]}))
    run = execute(notebook, py.stem, PARAMETERS, FOLDER)
    failure = run.failure
    assert not failure, failure

    verdicts = {"solution": [], "exercise": []}
    for cell in run.notebook.cells:
        if "exercises.check_" in cell.source and cell.cell_type == "code":
            kind = "solution" if "solution" in cell.metadata.get("tags", ()) else "exercise"
            printed = "".join(output.get("text", "") for output in cell.outputs)
            verdicts[kind] += re.findall(r"^[✓✗].*", printed, re.MULTILINE)
    assert len(verdicts["solution"]) >= len(solutions)
    assert all(verdict.startswith("✓") for verdict in verdicts["solution"]), verdicts["solution"]
    # As the reader finds them, the exercises are still open.
    assert verdicts["exercise"]
    assert all(verdict.startswith("✗") for verdict in verdicts["exercise"]), verdicts["exercise"]


def test_readme_states_the_same_minutes():
    readme = (FOLDER.parent / "README.md").read_text()
    for py in SOURCES:
        stated = re.search(r"\*\*Time\*\*: about (\d+) minute", markdown(py)[0])[1]
        (row,) = re.findall(rf"^\| \[{py.stem}\].*\| (\d+) \|$", readme, re.MULTILINE)
        assert row == stated, py.stem
