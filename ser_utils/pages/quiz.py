"""The quiz at the end of each notebook, as text that folds: it needs no network, kernel or script.

Its one source is `docs/quiz.json`, a list of questions per notebook in the schema of the library
JupyterQuiz, and for each the section that answers it. JupyterQuiz itself would store 39 kB of
JavaScript in every notebook, under other ids at each run, of which GitHub shows nothing.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ser_utils.files import in_checkout, write_text

BEGIN = "<!-- quiz: written by a command, checked by a test -->"
END = "<!-- end of quiz -->"


def questions() -> dict[str, list[dict]]:
    """Return the questions of each notebook, by names as in "01_features"."""
    return json.loads(in_checkout("docs", "quiz.json").read_text(encoding="utf-8"))


def markdown(asked: Sequence[Mapping]) -> str:
    """Write questions as markdown; each answer folds what is said to it."""
    lines = [BEGIN, "## Quiz", "", "Click on an answer to read what we say to it."]
    for number, question in enumerate(asked, start=1):
        lines += ["", f"**{number}.** {question['question']} *({question['section']})*", ""]
        for answer in question["answers"]:
            choice, feedback = _html(answer["answer"]), _html(answer["feedback"])
            lines.append(f"<details><summary>{choice}</summary>{feedback}</details>")
    return "\n".join([*lines, "", END])


def write(py: Path, asked: Sequence[Mapping]) -> None:
    """Write the quiz of a notebook into its source: in place of the one there, or at the end."""
    write_text(py, with_quiz(py.read_text(encoding="utf-8"), asked))


def with_quiz(source: str, asked: Sequence[Mapping]) -> str:
    """Return a source in the percent format, which ends in a cell of text, with this quiz."""
    block = "\n".join(f"# {line}".rstrip() for line in markdown(asked).splitlines())
    found = re.compile(rf"^# {BEGIN}$.*^# {END}$", re.MULTILINE | re.DOTALL)
    if found.search(source):
        return found.sub(lambda _: block, source)
    return f"{source.rstrip()}\n#\n{block}\n"


def _html(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
