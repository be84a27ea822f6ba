"""The quiz of each notebook: buttons of JupyterQuiz where its script runs, else text that folds.

Its one source is `docs/quiz.json`: questions by notebook in the schema of JupyterQuiz, and for each
the section that answers it.
"""

import html
import json
import re

from IPython.display import display
from IPython.utils.capture import capture_output
from jupyterquiz import display_quiz

from ser_utils.errors import unknown_name
from ser_utils.files import in_checkout
from ser_utils.lessons.headline import QUIZ

#: The text gives way to the buttons, once they are there. Colours are those of `figures.style`.
STYLE = """<style>
.quiz-text:not(:last-child) { display: none; }
.quiz-text ~ .Quiz { --jq-multiple-choice-bg: #0077BB; --jq-mc-button-border: #777777;
  --jq-correct-color: #117733; --jq-incorrect-color: #CC3311; }
.quiz-text ~ .Quiz, .quiz-text ~ .Quiz * { font-size: inherit; line-height: 1.4; }
.quiz-text ~ .Quiz .Feedback:not(:empty) { background: white; padding: 0.5em; }
.quiz-text ~ .Quiz :has(> :focus-visible) { outline: 0.2em solid #0077BB; }
</style>"""


def ask(name: str) -> None:
    """Display the quiz of a notebook, named as in "01_features"."""
    with capture_output() as captured:
        display_quiz(questions(name), max_width=720)
    box, script = (output.data for output in captured.outputs)
    # If it saw the MathJax of JupyterLab, JupyterQuiz would load another one from the network.
    script = f"<script>(MathJax => {{{script['application/javascript']}}})()</script>"
    shown = f'{box["text/html"]}{STYLE}<div class="quiz-text">{text(name)}</div></div>{script}'
    display({QUIZ: name, "text/html": shown, "text/plain": f"Quiz of {name}"}, raw=True)


def text(name: str) -> str:
    """Write a quiz as HTML in which each answer folds what is said to it."""
    parts = []
    for asked in questions(name):
        parts.append(f"<p style='margin:1em 0 0.3em'>{asked['question']}</p>")
        form = "<details><summary>{answer}</summary>{feedback}</details>"
        parts += [form.format(**answer) for answer in asked["answers"]]
    return "\n".join(parts)


def questions(name: str) -> list[dict]:
    """Return the questions of a notebook as JupyterQuiz takes them, with all texts as HTML."""
    source = in_checkout("docs", "quiz.json").read_text(encoding="utf-8")
    # None of these characters is JSON's own. JupyterQuiz reads $ as a formula, and ]( as a link.
    source = html.escape(source, quote=False).replace("$", "&#36;").replace("](", "]&#40;")
    every = json.loads(re.sub('`([^`"]+)`', r"<code>\1</code>", source))
    if name not in every:
        raise unknown_name("quiz", name, every)
    form = "<b>{}.</b> {question} <em>({section})</em>"
    return [q | {"question": form.format(n, **q)} for n, q in enumerate(every[name], start=1)]
