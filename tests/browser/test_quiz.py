"""The quiz of a notebook as a kernel displays it, in a real browser without a network."""

import made_quiz
import pytest
from accessibility import grave

pytestmark = pytest.mark.browser

ANSWERS = sum(len(asked["answers"]) for asked in made_quiz.QUESTIONS)
#: What is around it in a notebook. JupyterLab has a MathJax like this.
PAGE = """<!doctype html><html lang="en"><title>A notebook</title>
<style>:root {{ color-scheme: light dark; background: Canvas; }}</style>
<script>window.MathJax = {{ version: "3.2.2" }};</script>
<main>{}</main>"""
#: Once all questions are there.
ASKED = f".Quiz >> nth={len(made_quiz.QUESTIONS) - 1}"


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quiz")
    page = PAGE.format(made_quiz.displayed(folder)["text/html"])
    (folder / "page.html").write_text(page, encoding="utf-8")
    return (folder / "page.html").as_uri()


def plain(text):
    return text.replace("`", "")


def test_it_folds_where_no_script_runs(visit, address):
    page = visit(address, ready=".quiz-text", java_script_enabled=False)
    assert page.locator("details:visible").count() == ANSWERS
    assert page.locator(".Quiz").count() == 0


def test_it_asks_once_and_answers_each_choice_without_a_network(visit, address):
    page = visit(address, ready=ASKED, offline=True)
    assert page.locator("details:visible").count() == 0
    assert page.locator("label:visible").count() == ANSWERS
    for number, asked in enumerate(made_quiz.QUESTIONS, start=1):
        box = page.locator(".Quiz").nth(number - 1)
        shown = f"{number}. {asked['question']} ({asked['section']})"
        assert box.locator(".MultipleChoiceQn").inner_text() == shown
        for answer in asked["answers"]:
            button = box.locator("label").filter(has_text=plain(answer["answer"]))
            assert button.locator("code").count() == answer["answer"].count("`") / 2
            button.click()
            said = box.locator(".Feedback")
            assert said.inner_text() == plain(answer["feedback"])
            assert said.get_attribute("class").split()[1] == (
                "correct" if answer["correct"] else "incorrect"
            )
    assert page.errors == []
    assert page.asked == [address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_suits_light_and_dark_a_phone_a_keyboard_and_a_screen_reader(visit, address, scheme):
    page = visit(address, ready=ASKED, color_scheme=scheme)
    for number, asked in enumerate(made_quiz.QUESTIONS):
        box = page.locator(".Quiz").nth(number)
        box.locator("input").nth(number % 2).press("Space")
        assert box.locator(".Feedback").inner_text() in [
            plain(answer["feedback"]) for answer in asked["answers"]
        ]
    page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
    assert grave(page) == []
    page.set_viewport_size({"width": 390, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
