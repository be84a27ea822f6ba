"""A quiz of a notebook, with one question more whose texts have characters that are markup."""

import json

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from ser_utils.files import PROJECT

ODD = {
    "question": "Is 1 < $2$?",
    "section": "Here & now",
    "type": "multiple_choice",
    "answers": [
        {"answer": "a < b, `c[0](<d>)`", "correct": True, "feedback": "Yes, `</script>` & more."},
        {"answer": "`a`, `b`", "correct": False, "feedback": "No, [a](b)."},
    ],
}
REAL = json.loads((PROJECT / "docs/quiz.json").read_text(encoding="utf-8"))["03_gradient_reversal"]
QUESTIONS = [*REAL, ODD]


def write(folder):
    """Write it as the quiz "made" of a file, and return the path."""
    path = folder / "quiz.json"
    path.write_text(json.dumps({"made": QUESTIONS}), encoding="utf-8")
    return path


def displayed(folder):
    """Return what a kernel displays of it, by type."""
    code = (
        "from pathlib import Path; from ser_utils.lessons import quiz\n"
        f"quiz.in_checkout = lambda *_: Path({str(write(folder))!r})\n"
        "quiz.ask('made')"
    )
    ran = NotebookClient(new_notebook(cells=[new_code_cell(code)])).execute()
    (output,) = ran.cells[0].outputs
    return output.data
