import base64
import io
from copy import deepcopy

import nbformat
import numpy as np
import pytest
from made_notebooks import PLAYER, display, notebook, stream
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from tqdm import tqdm

from ser_utils.files import cache_folder, data_folder
from ser_utils.lessons import quiz
from ser_utils.lessons.headline import EXPLORER, QUIZ
from ser_utils.pages import committed, outputs
from ser_utils.pages.outputs import (
    INTERACTIVE,
    LISTEN,
    WIDGET,
    for_page,
    for_storage,
    holds_explorer,
)


def outputs_of(clean, *outputs):
    return clean(notebook(*outputs)).cells[0].outputs


# --- As a page shows them -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "left"),
    [
        (["a\nb\n"], "a\nb\n"),
        (["10 %\r100 %\n"], "100 %\n"),
        (["working  10 %\rwork", "ing 100 %\ndone\n"], "working 100 %\ndone\n"),
        (["\x1b[31mred\x1b[0m\n"], "\x1b[31mred\x1b[0m\n"),
    ],
)
def test_what_is_printed_in_pieces_is_shown_as_a_terminal_would(pieces, left):
    (output,) = outputs_of(for_page, *map(stream, pieces))
    assert output.text == left


@pytest.mark.parametrize("inner_leave", [False, True])
def test_progress_bars_that_do_not_stay_vanish(inner_leave):
    printed = io.StringIO()
    for _ in tqdm(range(3), file=printed, leave=False, mininterval=0):
        for _ in tqdm(range(3), file=printed, leave=inner_leave, mininterval=0, desc="inner"):
            pass
    left = outputs_of(for_page, *(stream(piece, "stderr") for piece in printed.getvalue()))
    lines = "".join(output.text for output in left).split("\n")
    assert sum("3/3" in line for line in lines) == (3 if inner_leave else 0)
    assert bool(left) == inner_leave


def test_progress_in_pieces_vanishes_between_other_output():
    pieces = [stream("\r 50%|##", "stderr"), stream("loss 1\n"), stream("\r       \r", "stderr")]
    (output,) = outputs_of(for_page, *pieces)
    assert output.text == "loss 1\n"


def test_progress_bar_widget_vanishes():
    assert not outputs_of(for_page, display(**{WIDGET: {}, "text/plain": "  0%|    | 0/30"}))


def test_widget_becomes_note():
    (output,) = outputs_of(for_page, display(**{WIDGET: {"model_id": "1"}, "text/plain": "Box()"}))
    assert output.data == {"text/html": f"<em>{INTERACTIVE}</em>", "text/plain": INTERACTIVE}


def test_an_explorer_becomes_a_link_to_its_page_or_a_note():
    shown = display(**{EXPLORER: "", "text/html": "<iframe>", "text/plain": "Explorer"})
    (output,) = for_page(notebook(shown), "explore/index.html").cells[0].outputs
    assert '<a href="explore/index.html">' in output.data["text/html"]
    (output,) = outputs_of(for_page, shown)
    note = {"text/html": f"<em>{INTERACTIVE}</em>", "text/plain": INTERACTIVE}
    assert output.data == note | {EXPLORER: ""}
    assert holds_explorer(notebook(shown))


def test_what_is_stored_of_an_explorer_can_become_a_link():
    shown = display(**{EXPLORER: "", "text/html": "<iframe>", "text/plain": "Explorer"})
    (output,) = for_page(for_storage(notebook(shown)), "explore/index.html").cells[0].outputs
    assert '<a href="explore/index.html">' in output.data["text/html"]
    assert not holds_explorer(notebook(output))


@pytest.mark.parametrize("clean", [for_page, for_storage])
def test_a_quiz_is_its_text_without_a_script(clean):
    name = "03_gradient_reversal"
    shown = {QUIZ: name, "text/html": "<div id='random'></div><script></script>"}
    (output,) = outputs_of(clean, display(**shown))
    assert output.data == {QUIZ: name, "text/html": quiz.text(name)}


def test_a_page_keeps_sound_and_leaves_its_argument():
    before = notebook(display(**{"text/html": PLAYER}), stream("10 %\r20 %\n"), widgets={"a": 1})
    copy = deepcopy(before)
    after = for_page(before)
    assert before == copy
    assert after.cells[0].outputs[0].data["text/html"] == PLAYER
    assert "widgets" not in after.metadata


@pytest.mark.parametrize(
    ("data", "html"),
    [
        ({"text/html": PLAYER}, f"<em>{LISTEN}</em>"),
        ({"text/html": f"<b>Anger</b> {PLAYER}"}, f"<b>Anger</b> <em>{LISTEN}</em>"),
        ({"text/html": "<a href='data:audio/wav;base64,UklGRg=='>x</a>"}, f"<em>{LISTEN}</em>"),
        ({"audio/wav": "UklGRg=="}, f"<em>{LISTEN}</em>"),
    ],
)
def test_recordings_are_not_stored(data, html):
    (output,) = outputs_of(for_storage, display(**data))
    assert output.data == {"text/html": html, "text/plain": LISTEN}


def test_nothing_of_the_machine_is_stored():
    text = f"{data_folder()}/emodb/a.wav {cache_folder()}/x.npz {outputs.__file__}:3: look"
    (printed, result) = outputs_of(
        for_storage,
        stream(text),
        new_output("execute_result", data={"text/plain": "<object at 0x7f001122>"}),
    )
    assert "SER_DATA/emodb/a.wav SER_CACHE/x.npz" in printed.text
    assert result.data["text/plain"] == "<object>"
    assert not [
        problem for problem in committed.problems(notebook(printed, result)) if "path" in problem
    ]


def png(pixels: np.ndarray) -> str:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()


def pixels(output) -> np.ndarray:
    content = io.BytesIO(base64.b64decode(output.data["image/png"]))
    return np.array(Image.open(content).convert("RGB")).astype(int)


def test_alternative_text_is_stored():
    alt = {"image/png": {"alt": "Two curves."}}
    data = {"image/png": png(np.zeros((4, 4, 3), np.uint8))}
    (output,) = outputs_of(for_storage, new_output("display_data", data=data, metadata=alt))
    assert output.metadata == alt


def test_pictures_are_stored_in_few_colours_that_a_reader_cannot_tell_from_many():
    x, y = np.meshgrid(np.arange(200), np.arange(200))
    original = np.stack([x, y, 0 * x], axis=2).astype(np.uint8)
    (once,) = outputs_of(for_storage, display(**{"image/png": png(original)}))
    assert len(np.unique(pixels(once).reshape(-1, 3), axis=0)) <= 256
    assert np.abs(pixels(once) - original).max() < 20
    (twice,) = outputs_of(for_storage, once)
    assert np.array_equal(pixels(twice), pixels(once))
    few = original // 100 * 100
    few[5, 5] = (200, 50, 150)  # a colour of one pixel
    (unchanged,) = outputs_of(for_storage, display(**{"image/png": png(few)}))
    assert np.array_equal(pixels(unchanged), few)


def test_stored_is_independent_of_the_run():
    def run(moment):
        executed = notebook(stream("1\n"), papermill={"start_time": moment}, widgets={})
        executed.cells[0].metadata = {"papermill": {"duration": moment}, "tags": []}
        executed.cells[0].execution_count = moment
        injected = new_code_cell(f"SOURCE = {moment}", metadata={"tags": ["injected-parameters"]})
        executed.cells.insert(0, injected)
        return for_storage(executed, seconds=9, source="emodb")

    first, second = run(1), run(2)
    assert nbformat.writes(first) == nbformat.writes(second)
    assert nbformat.writes(for_storage(first)) == nbformat.writes(first)
    assert first.metadata.ser_utils == {"seconds": 9, "source": "emodb"}
    assert len(first.cells) == 1
    assert first.cells[0].metadata == {}


def test_cell_ids_follow_from_cells():
    one, two, three = (new_markdown_cell(text) for text in ("a", "b", "a"))
    ids = [cell.id for cell in for_storage(new_notebook(cells=[one, two, three])).cells]
    assert len(set(ids)) == 3
    assert [cell.id for cell in for_storage(new_notebook(cells=[one, three])).cells] == ids[::2]
