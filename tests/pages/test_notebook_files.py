import base64
import io
from copy import deepcopy

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from tqdm import tqdm

from ser_utils.errors import SerError
from ser_utils.files import cache_folder, data_folder
from ser_utils.pages import notebook_files
from ser_utils.pages.notebook_files import INTERACTIVE, LISTEN, as_terminal, problems, shown, stored

WIDGET = "application/vnd.jupyter.widget-view+json"
PLAYER = '<audio controls><source src="data:audio/wav;base64,UklGRg==" type="audio/wav"/>No</audio>'
SOURCE = """\
# %% [markdown]
# # 01 · Hearing the shift
#
# **You will be able to**
# - *hear* what [differs](other.md)
#   between `two` languages, $x$;
# - do more.

# %% tags=["parameters"]
SOURCE = "auto"


# %%
def double(x):
    return 2 * x


# %%
double(21)
"""


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def display(**data):
    return new_output("display_data", data=data)


def notebook(*outputs, **metadata):
    cell = new_code_cell("1", outputs=list(outputs), execution_count=3)
    return new_notebook(cells=[cell], metadata=metadata)


def outputs_of(clean, *outputs):
    return clean(notebook(*outputs)).cells[0].outputs


@pytest.fixture
def py(tmp_path):
    file = tmp_path / "01_features.py"
    file.write_text(SOURCE)
    return file


def write_executed(py, notebook):
    ipynb = py.with_suffix(".ipynb")
    nbformat.write(stored(notebook), ipynb)
    return ipynb


# --- As a terminal would show it ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("a\nb\n", "a\nb\n"),
        ("10 %\r100 %\n", "100 %\n"),
        ("100 %\r10 %\n", "10 %%\n"),
        ("bar\r   \r", ""),
        ("one\ntwo\x1b[A\rONE\n", "ONE\ntwo"),
        ("long line\rshort\x1b[K\n", "short\n"),
        ("ab\bc", "ac"),
        ("\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n"),
    ],
)
def test_as_terminal(text, resolved):
    assert as_terminal(text) == resolved


@given(st.text("ab \r\n\b", max_size=40))
def test_as_terminal_leaves_what_it_resolved(text):
    assert as_terminal(as_terminal(text)) == as_terminal(text)


@pytest.mark.parametrize("inner_leave", [False, True])
def test_progress_bars_that_do_not_stay_vanish(inner_leave):
    printed = io.StringIO()
    for _ in tqdm(range(3), file=printed, leave=False, mininterval=0):
        for _ in tqdm(range(3), file=printed, leave=inner_leave, mininterval=0, desc="inner"):
            pass
    left = as_terminal(printed.getvalue()).split("\n")
    assert sum("3/3" in line for line in left) == (3 if inner_leave else 0)


# --- What is shown, and what is stored ----------------------------------------------------------


def test_progress_in_pieces_vanishes_between_other_output():
    pieces = [stream("\r 50%|##", "stderr"), stream("loss 1\n"), stream("\r       \r", "stderr")]
    (output,) = outputs_of(shown, *pieces)
    assert output.text == "loss 1\n"


def test_progress_bar_widget_vanishes():
    assert not outputs_of(shown, display(**{WIDGET: {}, "text/plain": "  0%|    | 0/30"}))


def test_widget_becomes_note():
    (output,) = outputs_of(shown, display(**{WIDGET: {"model_id": "1"}, "text/plain": "Box()"}))
    assert output.data == {"text/html": f"<em>{INTERACTIVE}</em>", "text/plain": INTERACTIVE}


def test_shown_keeps_sound_and_leaves_its_argument():
    before = notebook(display(**{"text/html": PLAYER}), stream("10 %\r20 %\n"), widgets={"a": 1})
    copy = deepcopy(before)
    after = shown(before)
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
    (output,) = outputs_of(stored, display(**data))
    assert output.data == {"text/html": html, "text/plain": LISTEN}


def test_nothing_of_the_machine_is_stored():
    text = f"{data_folder()}/emodb/a.wav {cache_folder()}/x.npz {notebook_files.__file__}:3: look"
    (printed, result) = outputs_of(
        stored,
        stream(text),
        new_output("execute_result", data={"text/plain": "<object at 0x7f001122>"}),
    )
    assert "SER_DATA/emodb/a.wav SER_CACHE/x.npz" in printed.text
    assert result.data["text/plain"] == "<object>"
    assert not [problem for problem in problems(notebook(printed, result)) if "path" in problem]


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
    (output,) = outputs_of(stored, new_output("display_data", data=data, metadata=alt))
    assert output.metadata == alt


def test_pictures_are_stored_in_few_colours_that_a_reader_cannot_tell_from_many():
    x, y = np.meshgrid(np.arange(200), np.arange(200))
    original = np.stack([x, y, 0 * x], axis=2).astype(np.uint8)
    (once,) = outputs_of(stored, display(**{"image/png": png(original)}))
    assert len(np.unique(pixels(once).reshape(-1, 3), axis=0)) <= 256
    assert np.abs(pixels(once) - original).max() < 20
    (twice,) = outputs_of(stored, once)
    assert np.array_equal(pixels(twice), pixels(once))
    few = original // 100 * 100
    few[5, 5] = (200, 50, 150)  # a colour of one pixel
    (unchanged,) = outputs_of(stored, display(**{"image/png": png(few)}))
    assert np.array_equal(pixels(unchanged), few)


def test_stored_is_independent_of_the_run():
    def run(moment):
        executed = notebook(stream("1\n"), papermill={"start_time": moment}, widgets={})
        executed.cells[0].metadata = {"papermill": {"duration": moment}, "tags": []}
        executed.cells[0].execution_count = moment
        injected = new_code_cell(f"SOURCE = {moment}", metadata={"tags": ["injected-parameters"]})
        executed.cells.insert(0, injected)
        return stored(executed, seconds=9, source="emodb")

    first, second = run(1), run(2)
    assert nbformat.writes(first) == nbformat.writes(second)
    assert nbformat.writes(stored(first)) == nbformat.writes(first)
    assert first.metadata.ser_utils == {"seconds": 9, "source": "emodb"}
    assert len(first.cells) == 1
    assert first.cells[0].metadata == {}


def test_cell_ids_follow_from_cells():
    one, two, three = (new_markdown_cell(text) for text in ("a", "b", "a"))
    ids = [cell.id for cell in stored(new_notebook(cells=[one, two, three])).cells]
    assert len(set(ids)) == 3
    assert [cell.id for cell in stored(new_notebook(cells=[one, three])).cells] == ids[::2]


# --- What is not fit to be committed ------------------------------------------------------------


def test_fit_notebook_has_no_problems():
    fit = notebook(stream("1\n"))
    fit.cells += [new_markdown_cell("$x$") for _ in range(19)]
    assert problems(stored(fit)) == []


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (display(**{"text/html": PLAYER}), "cell 1: holds a recording"),
        (display(**{"audio/wav": "UklGRg=="}), "cell 1: holds a recording"),
        (display(**{WIDGET: {}}), "cell 1: holds a widget"),
        (new_output("error", ename="ValueError", evalue="", traceback=[]), "ends in ValueError"),
        (stream("read /srv/corpora/a.wav"), "names a path of a machine: /srv/corpora/a.wav"),
        (stream(r"read C:\Users\me\a.wav"), r"names a path of a machine: C:\Users\me\a.wav"),
        (display(**{"image/png": "A" * 1_000_001}), "1.0 MB; at most 1 MB"),
    ],
)
def test_problem_of_output(output, problem):
    assert any(problem in found for found in problems(notebook(output)))


@pytest.mark.parametrize(
    "text",
    ["and/or, 16/20, anger/joy/fear", "see https://example.org/a/b/c", "SER_DATA/emodb/wav/a.wav"],
)
def test_text_with_slashes_is_no_path(text):
    html = f"<b>{text}</b><br/><img src='data:image/png;base64,iVBO/Rw0/KGgo/AAA='/>"
    found = problems(notebook(stream(text), display(**{"text/html": html})))
    assert not [problem for problem in found if "path" in problem]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda nb: nb.cells.clear(), "0 cells"),
        (lambda nb: nb.cells.extend(new_markdown_cell() for _ in range(40)), "41 cells"),
        (lambda nb: nb.cells[0].outputs.clear(), "has not been executed"),
        (lambda nb: nb.cells[0].update(source="1\n" * 26), "cell 1: 26 lines of code"),
        (lambda nb: nb.metadata.update(widgets={}), "widget state"),
        (lambda nb: nb.cells.append(new_markdown_cell(r"$\nonsense$")), r"show: \nonsense"),
    ],
)
def test_problem_of_notebook(change, problem):
    changed = notebook(stream("1\n"))
    change(changed)
    assert any(problem in found for found in problems(changed))


# --- Sources ------------------------------------------------------------------------------------


def test_read_gives_cells_without_outputs(py):
    cells = notebook_files.read(py).cells
    assert [cell.cell_type for cell in cells] == ["markdown", "code", "code", "code"]
    assert cells[1].metadata == {"tags": ["parameters"]}
    assert cells[2].source == "def double(x):\n    return 2 * x"


def test_title_and_objective(py):
    read = notebook_files.read(py)
    assert notebook_files.title(read) == "01 · Hearing the shift"
    assert notebook_files.objective(read) == "hear what differs between two languages, x"


def test_in_step(py):
    executed = notebook_files.read(py)
    executed.cells[3].outputs = [stream("42")]
    assert notebook_files.differences(py, write_executed(py, executed)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells[3].update(source="double(4)"),
        lambda cells: cells.pop(2),
        lambda cells: cells.append(new_markdown_cell("more")),
        lambda cells: cells[1].update(metadata={}),
    ],
)
def test_out_of_step(py, change):
    executed = notebook_files.read(py)
    change(executed.cells)
    assert notebook_files.differences(py, write_executed(py, executed))


def test_check_names_what_is_wrong(py, tmp_path):
    assert notebook_files.check(tmp_path) == [
        "01_features.ipynb: missing; write it with `make notebooks`"
    ]
    changed = notebook_files.read(py)
    changed.cells[3].source = "double(4)"
    write_executed(py, changed)
    nbformat.write(new_notebook(), tmp_path / "09_orphan.ipynb")
    found = "\n".join(notebook_files.check(tmp_path))
    assert "09_orphan.ipynb: no source 09_orphan.py" in found
    assert "01_features.ipynb: 4 cells; 20 to 40 are wanted" in found
    assert "-double(21)" in found
    assert "+double(4)" in found


def test_sources_are_in_order_and_must_exist(tmp_path):
    with pytest.raises(SerError, match="no notebook"):
        notebook_files.sources(tmp_path)
    for name in ("02_b.py", "01_a.py", "helper.py"):
        (tmp_path / name).touch()
    assert [py.name for py in notebook_files.sources(tmp_path)] == ["01_a.py", "02_b.py"]


def test_solutions_are_paired_with_the_check_of_their_exercise():
    fold = "<details>\n<summary>Solution</summary>\n\n```python\n{}\n```\n\n</details>"
    cells = [
        new_code_cell("def f(x): ...\n\n\nexercises.check_f(f)"),
        new_markdown_cell("A hint, no solution: ```python```"),
        new_code_cell("%matplotlib inline"),
        new_markdown_cell(fold.format("def f(x): return x")),
        new_code_cell("exercises.check_g(g, 2)"),
        new_markdown_cell(fold.format("g = 1")),
        new_markdown_cell(fold.format("g = 1\nexercises.check_g(g, 3)")),
    ]
    assert notebook_files.solutions(new_notebook(cells=cells)) == [
        (3, "def f(x): return x\n\nexercises.check_f(f)"),
        (5, "g = 1\n\nexercises.check_g(g, 2)"),
        (6, "g = 1\nexercises.check_g(g, 3)\n"),
    ]
