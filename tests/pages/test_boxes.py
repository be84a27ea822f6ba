import pytest
from made_notebooks import display, notebook, stream
from nbformat.v4 import new_markdown_cell

from ser_utils.pages import boxes, committed

FIGURE = display(
    **{
        "text/plain": "<Figure size 960x480 with 6 Axes>",
        "text/html": "<p style='max-width:50em'>Recall by epoch, from 40.5 to 71 %.</p>",
    }
)


def stating(text, *outputs):
    """Return a notebook of one cell with these outputs, and below it a text."""
    made = notebook(*outputs)
    made.cells.append(new_markdown_cell(text))
    return made


def test_a_box_is_a_quotation_under_the_name_of_a_run():
    on_corpora = "> **On RAVDESS -> EMO-DB.** The gain is 5\n> and more."
    stored, question = "> **In the stored run.** 7.", "> **Predict.** By 6 points?"
    text = f"Three of 4.\n\n{on_corpora}\n\n{question}\n\n{stored}"
    assert boxes.of(text) == [on_corpora, stored]


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("57.9 % (seed 0)", "seed 0: 57.9"),
        ("by 4.9 points, +4.9", "gain +4.9"),
        ("−2.5 points", "gain -2.5 [-7.1, 1.8]"),
        ("the interval [-7.1, 1.8]", "gain -2.5 [-7.1, 1.8]"),
        ("7,016 deviations", "7,016"),
        ("0.3 ([notebook](03_gradient.ipynb)), eGeMAPSv02, 12th", "λ = 0.3"),
        ("40.5 and 71 %", ""),  # in the caption of the figure
    ],
)
def test_what_is_printed_may_be_said(said, printed):
    assert boxes.unprinted(stating(f"> **On A -> B.** {said}.", stream(printed), FIGURE)) == []


@pytest.mark.parametrize(
    ("said", "missing", "printed"),
    [
        ("58 %", "58", "57.9 %"),
        ("57.9 %\n> and 12.5 %", "12.5", "57.9 %"),
        ("4.9 points", "4.9", "gain -4.9"),
        ("-4.9 points", "-4.9", "gain +4.9"),
        ("between 3 and 7", "7", "3-8, and x7"),
        ("960 wide", "960", "3"),  # the repr of a figure is not read by anybody
        ("50", "50", "3"),  # nor are tags
    ],
)
def test_what_is_not_printed_is_named_with_its_cell(said, missing, printed):
    stated = stating(f"> **On A -> B.** {said}.", stream(printed), FIGURE)
    assert boxes.unprinted(stated) == [(1, missing)]
    problem = f"cell 2: a box says {missing}, which no cell above it prints"
    assert problem in committed.problems(stated)


def test_what_is_printed_below_a_box_is_too_late():
    upside_down = stating("> **In the stored run.** 3.", stream("3"))
    upside_down.cells.reverse()
    assert boxes.unprinted(upside_down) == [(0, "3")]


def test_text_outside_of_boxes_may_say_any_number():
    assert boxes.unprinted(stating("Chance is 50 %.\n\n> **Predict.** More than 60?")) == []
