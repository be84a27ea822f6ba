"""The guide for teachers: its plans add up, its answers are those of the stored notebooks."""

import importlib.util
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from ser_utils.pages import boxes, builds, outputs, sources

PROJECT = Path(__file__).parents[2]
GUIDE = (PROJECT / "docs/teaching.md").read_text(encoding="utf-8")
STORED = {
    py.stem: nbformat.read(py.with_suffix(".ipynb"), as_version=4)
    for py in sources.find(PROJECT / "notebooks")
}
each = pytest.mark.parametrize("name", STORED)
HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)


def section(title: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    (found,) = re.findall(rf"(?ms)^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", GUIDE)
    return found


def rows(text: str) -> list[list[str]]:
    """The rows of the tables in a text, without their heads."""
    lines = [line.strip("| \n").split("|") for line in re.findall(r"^\|.*", text, re.MULTILINE)]
    cells = [[cell.strip() for cell in line] for line in lines]
    head = next(i for i, row in enumerate(cells) if set("".join(row)) <= {"-", ":"})
    return cells[head + 1 :]


def short(heading: str) -> str:
    """Exercises go by their number alone."""
    return re.sub(r"^(Exercise \d+):.*", r"\1", heading)


def sections(notebook) -> dict[str, list[int]]:
    """Sections of a notebook: the cells at which each asks to predict.

    A heading right above another one has no section of its own.
    """
    found, current = {"Opening": []}, "Opening"
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            *parts, last = re.split(r"^(?=#{2,3} )", cell.source, flags=re.MULTILINE)
            for part in (*parts, last):
                if heading := HEADING.match(part):
                    current = short(heading[1])
                    if part is last or HEADING.sub("", part).strip():
                        found[current] = []
                if "**Predict.**" in part:
                    found[current].append(position)
    return found


# Minutes ------------------------------------------------------------------------------------------


def minutes(name: str) -> dict[str, list[int]]:
    """Minutes of each section: read, predict, run, discuss, write, all."""
    table = rows(section(f"Minutes for {name}"))
    return {row[0]: [int(minute or 0) for minute in row[1:]] for row in table}


@each
def test_each_section_has_its_minutes_and_each_question_time_to_think(name):
    asked, planned = sections(STORED[name]), minutes(name)
    assert list(planned) == list(asked)
    assert {title for title, of in planned.items() if of[1]} == {t for t, of in asked.items() if of}
    assert all(sum(of[:-1]) == of[-1] for of in planned.values())
    text = "\n".join(cell.source for cell in STORED[name].cells)
    for title, stated in re.findall(
        r"^### (Exercise \d+): .*\((\d+) minutes\)$", text, re.MULTILINE
    ):
        assert planned[title][4] == int(stated)


@each
def test_people_wait_at_least_as_long_as_the_computer_needs(name):
    seconds = STORED[name].metadata.ser_utils.seconds
    assert sum(of[2] for of in minutes(name).values()) >= seconds / 60


PLANS = re.findall(r"^#### (.+) \((\d+) minutes\)$", GUIDE, re.MULTILINE)


def test_there_are_plans_for_two_sessions_half_a_day_and_six_sessions():
    assert [int(of) for _, of in PLANS] == [90, 90, 240, *[90] * 6]


@pytest.mark.parametrize(("title", "stated"), PLANS)
def test_a_plan_adds_up_to_what_its_heading_says(title, stated):
    table = rows(section(f"{title} ({stated} minutes)"))
    assert sum(int(row[-1]) for row in table) == int(stated)
    for name, titles, planned in table:
        if name in STORED:
            of = minutes(name)
            assert sum(of[title][-1] for title in titles.split("; ")) == int(planned), titles


@each
def test_minutes_of_the_computer_are_those_that_the_notebook_states(name):
    """These are compared with the measured ones where notebooks are tested."""
    stated = dict(rows(section("How long each step takes")))
    assert list(stated) == list(STORED)
    assert f"**Time**: about {stated[name]} minute" in STORED[name].cells[0].source


# Answers ------------------------------------------------------------------------------------------


def answers(name: str) -> list[tuple[str, str]]:
    """Headings and answers, in order; "Is it so?" keeps its question mark."""
    items = re.split(r"^- ", section(f"Answers for {name}"), flags=re.MULTILINE)[1:]
    found = [re.match(r"\*\*(.+?)\*\* (.*)", item, re.DOTALL).groups() for item in items]
    return [(title.removesuffix("."), text) for title, text in found]


@each
def test_each_question_has_an_answer(name):
    asked = [title for title, of in sections(STORED[name]).items() for _ in of]
    assert [title for title, _ in answers(name)] == asked


@each
def test_numbers_of_an_answer_are_printed_between_its_question_and_the_next(name):
    asked = [cell for of in sections(STORED[name]).values() for cell in of]
    assert asked == sorted(asked)
    for begin, end, (title, text) in zip(asked, [*asked[1:], None], answers(name), strict=True):
        shown = outputs.code_cells(new_notebook(cells=STORED[name].cells[begin:end]))
        box = new_markdown_cell(f"> **In the stored run.** {' '.join(text.split())}")
        shown = new_notebook(cells=[*shown, box])
        assert [number for _, number in boxes.unprinted(shown)] == [], title


def test_a_number_that_is_not_printed_is_found(monkeypatch):
    monkeypatch.setitem(globals(), "GUIDE", GUIDE.replace("82.5 against 80.0", "82.5 against 80.9"))
    with pytest.raises(AssertionError, match=r"80\.9"):
        test_numbers_of_an_answer_are_printed_between_its_question_and_the_next("02_baseline")


# Marks and sizes ----------------------------------------------------------------------------------


def test_points_of_the_rubric_add_up():
    text = (PROJECT / "docs/project.md").read_text(encoding="utf-8")
    points = sum(int(row[-1]) for row in rows(text))
    assert f"{points} points in all" in text


def test_students_see_what_they_are_marked_by_and_not_the_guide_with_its_answers():
    """A folder for students gets each text that a notebook leads to."""
    texts = {
        py.stem: "\n".join(cell.source for cell in sources.read(py, builds.STUDENTS).cells)
        for py in sources.find(PROJECT / "notebooks")
    }
    assert "(../docs/project.md)" in texts["08_beyond"]
    assert "(project.md)" in section("Assessment")
    assert not [name for name, text in texts.items() if "docs/teaching.md" in text]


def test_sizes_are_those_stated_elsewhere():
    sizes = dict(rows(section("Sizes")))
    spec = importlib.util.spec_from_file_location("bootstrap", PROJECT / "bootstrap.py")
    spec.loader.exec_module(bootstrap := importlib.util.module_from_spec(spec))
    assert sizes["free disk to install, without a GPU's libraries"] == f"{bootstrap.SMALL} GB"
    assert sizes["free disk to install on Linux with them"] == f"{bootstrap.LARGE} GB"
    data = (PROJECT / "data/README.md").read_text(encoding="utf-8")
    for name, title in (("ravdess", "RAVDESS"), ("emodb", "EMO-DB")):
        (row,) = re.findall(rf"^\| \[`{name}`\].*", data, re.MULTILINE)
        assert f"| {sizes[f'download of {title}']} ✓ |" in row
    assert f"about {sizes['each synthetic corpus, in the cache']} each" in data
    np.save(kept := io.BytesIO(), np.zeros(88, np.float32))
    assert sizes["a file of features"] == f"{len(kept.getvalue())} bytes"
