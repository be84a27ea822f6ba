"""The quiz: well formed, answerable, and in the notebooks as in its source."""

import json
import re
import shutil
from pathlib import Path

import pytest

from ser_utils.__main__ import main
from ser_utils.pages import quiz, sources

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
def test_the_notebook_has_the_quiz_as_it_is(name):
    source = SOURCES[name].read_text(encoding="utf-8")
    assert quiz.with_quiz(source, QUIZ[name]) == source
    last = sources.read(SOURCES[name]).cells[-1].source.partition(quiz.BEGIN)[2]
    assert last.count("<details>") == last.count("</details>") == 20


ASKED = [
    {
        "question": "Is *this* one?",
        "section": "Here",
        "answers": [{"answer": "a < b, `c`", "correct": True, "feedback": "Yes & `</p>`"}],
    }
]


def test_a_quiz_is_put_at_the_end_once_and_replaced_afterwards():
    source = "# %% [markdown]\n# # One\n\n# %%\n1\n\n# %% [markdown]\n# The end.\n"
    first = quiz.with_quiz(source, ASKED)
    assert first.startswith(source.rstrip())
    assert quiz.with_quiz(first, ASKED) == first
    other = quiz.with_quiz(first, [ASKED[0] | {"question": r"Another \1?"}])
    assert other == first.replace("Is *this* one?", r"Another \1?")
    assert all(line.startswith("#") for line in first.splitlines()[7:])


def test_answers_are_escaped():
    folded = next(line for line in quiz.markdown(ASKED).splitlines() if "<summary>" in line)
    assert folded == (
        "<details><summary>a &lt; b, <code>c</code></summary>"
        "Yes &amp; <code>&lt;/p&gt;</code></details>"
    )


def test_a_command_writes_quiz_and_text_without_a_run(tmp_path):
    name = "03_gradient_reversal"
    ours = [SOURCES[name], SOURCES[name].with_suffix(".ipynb")]
    py, ipynb = (Path(shutil.copy(path, tmp_path)) for path in ours)
    without = py.read_text(encoding="utf-8").partition(f"#\n# {quiz.BEGIN}")[0]
    py.write_text(without, encoding="utf-8")
    ipynb.write_text(
        ipynb.read_text(encoding="utf-8").replace("## Quiz", "## Old"), encoding="utf-8"
    )
    assert main(["notebooks", "03", "--text", "--folder", str(tmp_path)]) == 0
    assert [py.read_bytes(), ipynb.read_bytes()] == [path.read_bytes() for path in ours]
