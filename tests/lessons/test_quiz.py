import re

import made_quiz
import pytest

from ser_utils.errors import UnknownNameError
from ser_utils.figures import style
from ser_utils.lessons import quiz
from ser_utils.lessons.headline import QUIZ


@pytest.fixture
def made(tmp_path, monkeypatch):
    path = made_quiz.write(tmp_path)
    monkeypatch.setattr(quiz, "in_checkout", lambda *_: path)
    return "made"


def test_each_answer_folds_its_feedback_with_texts_escaped_and_code_as_code(made):
    *lines, question, right, wrong = quiz.text(made).splitlines()
    assert "<b>6.</b> Is 1 &lt; &#36;2&#36;? <em>(Here &amp; now)</em></p>" in question
    assert right == (
        "<details><summary>a &lt; b, <code>c[0]&#40;&lt;d&gt;)</code></summary>"
        "Yes, <code>&lt;/script&gt;</code> &amp; more.</details>"
    )
    assert wrong == (
        "<details><summary><code>a</code>, <code>b</code></summary>No, [a]&#40;b).</details>"
    )
    assert [line.startswith("<details><summary>") for line in lines] == 5 * [False, *4 * [True]]


def test_a_kernel_displays_text_and_script_in_one_output(made, tmp_path):
    data = made_quiz.displayed(tmp_path)
    assert data[QUIZ] == made
    assert "<" not in data["text/plain"]
    seen, script = data["text/html"].split("<script>")
    assert quiz.text(made) in seen
    assert script.count("</script>") == 1


def test_a_name_of_no_quiz_is_an_error(made):
    with pytest.raises(UnknownNameError, match="unknown quiz 'mad'; did you mean 'made'"):
        quiz.text("mad")


def test_its_colours_are_those_of_the_figures():
    figures = {*style.DOMAIN_COLOURS, *style.CLASS_COLOURS, *style.EMOTION_COLOURS.values()}
    assert set(re.findall("#[0-9A-F]{6}", quiz.STYLE)) <= figures | {style.NOTE}
