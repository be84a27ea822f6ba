"""The quiz: well formed, answerable, and in the notebooks as in its source."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from ser_utils.lessons import quiz
from ser_utils.pages import sources

PROJECT = Path(__file__).parents[2]
SOURCES = {py.stem: py for py in sources.find(PROJECT / "notebooks")}
QUIZ = json.loads((PROJECT / "docs/quiz.json").read_text(encoding="utf-8"))
QUESTIONS = [(name, asked) for name, of in QUIZ.items() for asked in of]

each = pytest.mark.parametrize(
    ("name", "asked"),
    QUESTIONS,
    ids=[f"{name[:2]}-{asked['question']}" for name, asked in QUESTIONS],
)


def headings(name):
    source = SOURCES[name].read_text(encoding="utf-8")
    return re.findall(r"^# #{2,3} (.+)$", source, re.MULTILINE)


def test_five_questions_a_notebook_and_none_twice():
    assert {name: len(of) for name, of in QUIZ.items()} == dict.fromkeys(SOURCES, 5)
    texts = [asked["question"] for _, asked in QUESTIONS]
    assert len(set(texts)) == len(texts)


@each
def test_four_answers_of_which_one_is_correct_and_feedback_to_each(name, asked):
    assert set(asked) == {"question", "section", "type", "answers"}
    assert asked["type"] == "multiple_choice"
    assert len({answer["answer"] for answer in asked["answers"]}) == 4
    assert sum(answer["correct"] is True for answer in asked["answers"]) == 1
    for answer in asked["answers"]:
        assert set(answer) == {"answer", "correct", "feedback"}
        assert len(answer["feedback"].split()) >= 4
        assert answer["feedback"].startswith("Yes.") == answer["correct"]
    assert asked["question"].endswith("?")


@each
def test_the_section_that_answers_it_is_there(name, asked):
    assert asked["section"] in headings(name)


def test_neither_place_nor_length_gives_the_answer_away():
    places, longest = [], 0
    for _, asked in QUESTIONS:
        (place,) = (i for i, answer in enumerate(asked["answers"]) if answer["correct"])
        lengths = [len(answer["answer"]) for answer in asked["answers"]]
        places.append(place)
        longest += lengths[place] == max(lengths)
    assert all(5 <= places.count(place) <= 12 for place in range(4))
    assert longest <= len(QUESTIONS) / 3


@each
def test_no_number_of_a_run_is_asked_for(name, asked):
    """Chance, a share of everything, and the size of eGeMAPS hold on any pair."""
    texts = {key: asked[key] for key in ("question", "answers")}
    numbers = re.findall(r"\d+(?:\.\d+)?", json.dumps(texts, ensure_ascii=False))
    assert set(numbers) <= {"0", "1", "2", "10", "50", "88", "100"}


@pytest.mark.parametrize("name", SOURCES)
def test_the_notebook_ends_in_its_quiz_as_it_is(name):
    asks = sources.read(SOURCES[name]).cells[-1]
    assert (asks.cell_type, asks.source) == ("code", f'quiz.ask("{name}")')
    stored = nbformat.read(SOURCES[name].with_suffix(".ipynb"), as_version=4).cells[-1]
    assert [output.data["text/html"] for output in stored.outputs] == [quiz.text(name)]
