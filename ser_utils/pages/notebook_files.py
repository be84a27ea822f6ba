"""The notebooks as files: `.py` is what people review, `.ipynb` is the same, executed and cleaned.

The source of a notebook is `NN_title.py` in the percent format; beside it lies `NN_title.ipynb`
with the outputs of one run, in the form that `stored` gives: no recording of a corpus, no widget
state, nothing of the machine it ran on. `check` says where the two differ and what is not fit to
be committed.
"""

import ast
import base64
import difflib
import hashlib
import io
import re
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from PIL import Image

from ser_utils.errors import SerError
from ser_utils.files import PROJECT, cache_folder, data_folder
from ser_utils.pages.notebook_html import unreadable_formulas

LISTEN = "Run this cell to listen."
INTERACTIVE = "Interactive: run the notebook to use it; the static figure above shows the same."

MAX_BYTES = 1_000_000
MAX_CODE_LINES = 25
CELLS = range(20, 41)

_WIDGET = "application/vnd.jupyter.widget-view+json"
_TEXTS = ("text/plain", "text/html", "text/markdown")
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE = {"name": "python", "file_extension": ".py", "pygments_lexer": "ipython3"}
#: What tools note in a cell about one run of it.
_OF_ONE_RUN = ("papermill", "execution", "ExecuteTime", "trusted")


def sources(folder: Path) -> list[Path]:
    """List the sources `NN_title.py` of all notebooks, in their order.

    Raises
    ------
    SerError
        If the folder holds none.
    """
    found = sorted(folder.glob("[0-9][0-9]_*.py"))
    if not found:
        raise SerError(f"there is no notebook NN_title.py in {folder.resolve()}")
    return found


def read(py: Path) -> NotebookNode:
    """Read the source of a notebook: cells without outputs."""
    notebook = jupytext.read(py, fmt="py:percent")
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)  # blank lines of the source
    notebook.metadata = NotebookNode(kernelspec=_KERNEL, language_info=_LANGUAGE)
    return _with_stable_ids(notebook)


def differences(py: Path, ipynb: Path) -> list[str]:
    """Compare the cells of a source and of the notebook beside it.

    Returns
    -------
    list of str
        Lines of a unified diff; none if the two are in step.
    """
    ours, theirs = (_percent(nb) for nb in (read(py), nbformat.read(ipynb, as_version=4)))
    return list(difflib.unified_diff(ours, theirs, py.name, ipynb.name, n=1, lineterm=""))


def shown(notebook: NotebookNode) -> NotebookNode:
    """Clean the outputs of an executed notebook for a reader who does not run it.

    Progress bars end as a terminal would show them, and a widget, which is dead without a kernel,
    becomes a note. Everything else is kept, players with their sound too.
    """
    notebook = deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    for cell in _code_cells(notebook):
        outputs = map(_without_widget, _streams_joined(cell.outputs))
        cell.outputs = [output for output in outputs if not _is_empty(output)]
    return notebook


def stored(notebook: NotebookNode, **settings: object) -> NotebookNode:
    """Clean an executed notebook into the form that is committed.

    Parameters
    ----------
    notebook : NotebookNode
        As executed; it is left unchanged.
    **settings
        What the run was, kept in `metadata.ser_utils`: seconds, source, target, task.

    Returns
    -------
    NotebookNode
        With the cells of its source and its outputs as `shown`, without recordings, without
        anything of the machine, with pictures of 256 colours, and with cell ids that follow from
        the cells.
    """
    notebook = shown(notebook)
    settings = settings or notebook.metadata.get("ser_utils", {})
    notebook.metadata = NotebookNode(
        kernelspec=_KERNEL, language_info=_LANGUAGE, ser_utils=settings
    )
    notebook.cells = [cell for cell in notebook.cells if not _has_tag(cell, "injected-parameters")]
    for cell in notebook.cells:
        _forget_run(cell)
    for count, cell in enumerate(_code_cells(notebook), start=1):
        cell.execution_count = count if cell.outputs or cell.execution_count else None
        cell.outputs = [_without_machine(_without_recording(output)) for output in cell.outputs]
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _of_few_colours(output.data["image/png"])
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    return _with_stable_ids(notebook)


def problems(notebook: NotebookNode) -> list[str]:
    """Say why a notebook is not fit to be committed.

    Returns
    -------
    list of str
        One line a problem, with the number of the cell (from 1); none if it is fit.
    """
    found = []
    if len(notebook.cells) not in CELLS:
        found.append(f"{len(notebook.cells)} cells; {CELLS[0]} to {CELLS[-1]} are wanted")
    if not any(cell.outputs for cell in _code_cells(notebook)):
        found.append("no outputs: it has not been executed")
    if "synthetic" in notebook.metadata.get("ser_utils", {}).get("source", ""):
        found.append("outputs of synthetic speech; `make notebooks SER_DATA=...` with real corpora")
    if "widgets" in notebook.metadata:
        found.append("widget state in the metadata")
    if (size := len(nbformat.writes(notebook).encode())) > MAX_BYTES:
        found.append(f"{size / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are wanted")
    for number, cell in enumerate(notebook.cells, start=1):
        found += [f"cell {number}: {problem}" for problem in _cell_problems(cell)]
    return found


def check(folder: Path) -> list[str]:
    """Check all notebooks of a folder, without executing them.

    Returns
    -------
    list of str
        One entry a problem, with the name of its notebook.
    """
    found = []
    pairs = {py: py.with_suffix(".ipynb") for py in sources(folder)}
    for ipynb in sorted(folder.glob("*.ipynb")):
        if ipynb not in pairs.values():
            found.append(f"{ipynb.name}: no source {ipynb.stem}.py beside it")
    for py, ipynb in pairs.items():
        if not ipynb.is_file():
            found.append(f"{ipynb.name}: missing; write it with `make notebooks`")
            continue
        found += [
            f"{ipynb.name}: {problem}" for problem in problems(nbformat.read(ipynb, as_version=4))
        ]
        if lines := differences(py, ipynb):
            diff = "\n    ".join(lines)
            found.append(f"{ipynb.name}: out of step with {py.name}; `make notebooks`\n    {diff}")
    return found


def title(notebook: NotebookNode) -> str:
    """Return the first heading of a notebook."""
    heading = re.search(r"^# +(.+)", notebook.cells[0].source, re.MULTILINE)
    return heading[1] if heading else "Untitled"


def objective(notebook: NotebookNode) -> str:
    """Return the first objective of a notebook, without its markup: the first item of its list."""
    item = re.search(r"(?ms)^[-*] +(.+?)(?=^[-*] |^$|\Z)", notebook.cells[0].source)
    text = " ".join(item[1].split()).rstrip(";.,") if item else ""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"(\*\*|[*_`$])(\S.*?)\1", r"\2", text)


def solutions(notebook: NotebookNode) -> list[tuple[int, str]]:
    """Find the folded solutions of the exercises.

    A solution is a ```python block in the `<details>` of a markdown cell. The exercise is the code
    cell above it that hands the reader's function to a check of `ser_utils.lessons.exercises`.

    Returns
    -------
    list of (int, str)
        Position of the markdown cell, and the code of the solution, which ends in that check.
    """
    found, checks = [], []
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            checks = _checks(cell.source) or checks
        elif "<details" in cell.source:
            for block in re.findall(r"(?ms)^```python\n(.*?)^```", cell.source):
                code = block if _checks(block) else "\n".join([block, *checks])
                found.append((position, code))
    return found


# --- Sources ------------------------------------------------------------------------------------


def _percent(notebook: NotebookNode) -> list[str]:
    bare = NotebookNode(nbformat=4, nbformat_minor=5, metadata={}, cells=notebook.cells)
    return jupytext.writes(bare, fmt="py:percent").splitlines()


def _checks(code: str) -> list[str]:
    """Find the calls of `exercises.check_...` in the code of a cell."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a cell with IPython magic is no exercise
        return []
    calls = (node.value for node in tree.body if isinstance(node, ast.Expr))
    texts = (ast.unparse(call) for call in calls)
    return [text for text in texts if text.startswith("exercises.check_")]


# --- Outputs ------------------------------------------------------------------------------------


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _has_tag(cell: NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", ())


def _forget_run(cell: NotebookNode) -> None:
    for key in _OF_ONE_RUN:
        cell.metadata.pop(key, None)
    if not cell.metadata.get("tags", True):
        del cell.metadata["tags"]


def _with_stable_ids(notebook: NotebookNode) -> NotebookNode:
    """Name each cell after its content, so that a change of one cell is a diff of one cell."""
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[name] += 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return notebook


def _streams_joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join what was printed in pieces, and resolve its carriage returns.

    Standard error is joined across a whole cell: a progress bar is drawn in pieces, between which
    other output appears, and only together do they say what is left of it.
    """
    joined: list[NotebookNode] = []
    for output in outputs:
        name = output.get("name")  # of a stream; other outputs have none
        pieces = joined if name == "stderr" else joined[-1:]
        begun = next((piece for piece in pieces if name and piece.get("name") == name), None)
        if begun:
            begun.text += output.text
        else:
            joined.append(output)
    for output in joined:
        if output.output_type == "stream":
            output.text = as_terminal(output.text)
    return joined


def as_terminal(text: str) -> str:
    r"""Resolve carriage returns, backspaces and cursor movements as a terminal would.

    Examples
    --------
    >>> as_terminal("working  10 %\rworking 100 %\ndone\n")
    'working 100 %\ndone\n'
    """
    if not re.search(r"[\r\b]|\x1b\[\d*[A-K]", text):
        return text
    lines: list[list[str]] = [[]]
    row = column = 0
    for code, count, command, printed in re.findall(
        r"([\r\n\b])|\x1b\[([\d;]*)([A-Za-z])|([^\r\n\b\x1b]+)", text
    ):
        if code == "\n":
            row, column = row + 1, 0
            if row == len(lines):
                lines.append([])
        elif code:
            column = 0 if code == "\r" else max(column - 1, 0)
        elif command == "A":
            row = max(row - int(count or 1), 0)
        elif command == "K":
            del lines[row][column:]
        elif printed:
            line = lines[row]
            line += " " * (column - len(line))
            line[column : column + len(printed)] = printed
            column += len(printed)
    return "\n".join("".join(line).rstrip() for line in lines)


def _without_widget(output: NotebookNode) -> NotebookNode:
    if _WIDGET not in output.get("data", ()):
        return output
    progress = re.search(r"\d+%\|", output.data.get("text/plain", ""))
    note = {} if progress else {"text/html": f"<em>{INTERACTIVE}</em>", "text/plain": INTERACTIVE}
    return nbformat.v4.new_output("display_data", data=note)


def _is_empty(output: NotebookNode) -> bool:
    if output.output_type == "stream":
        return not output.text.strip()
    return output.output_type != "error" and not output.data


def _without_recording(output: NotebookNode) -> NotebookNode:
    """Take the sound out of players, and leave the text around them."""
    data = output.get("data", {})
    if not any(_is_recording(mime, content) for mime, content in data.items()):
        return output
    note = f"<em>{LISTEN}</em>"
    html = re.sub(r"(?s)<audio\b.*?</audio>", note, data.get("text/html", "")).strip()
    if not html or _is_recording("text/html", html):
        html = note
    return nbformat.v4.new_output("display_data", data={"text/html": html, "text/plain": LISTEN})


def _of_few_colours(png: str) -> str:
    """Reduce a picture, in base64, to the 256 colours that suit it: a third of its bytes."""
    smaller = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        # Of Pillow's methods, the one that leaves no colour out because it is rare.
        few = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=0)
        few.save(smaller, "PNG", optimize=True)
    return base64.b64encode(smaller.getvalue()).decode()


def _is_recording(mime: str, content: object) -> bool:
    return mime.startswith("audio/") or (isinstance(content, str) and "data:audio" in content)


def _without_machine(output: NotebookNode) -> NotebookNode:
    """Write folders of this machine as what they are for, and leave out addresses in memory."""
    if output.output_type == "stream":
        output.text = _without_places(output.text)
    for mime in set(_TEXTS) & set(output.get("data", ())):
        output.data[mime] = _without_places(output.data[mime])
    if "metadata" in output:
        output.metadata = {m: v for m, v in output.metadata.items() if m in output.data}
    return output


def _without_places(text: str) -> str:
    places = {
        data_folder(): "SER_DATA",
        cache_folder(): "SER_CACHE",
        Path(sysconfig.get_path("purelib")): "site-packages",
        Path(sys.base_prefix): "python",
        PROJECT: ".",
        Path.home(): "~",
    }
    text = re.sub(r"\S*/ipykernel_\d+/\d+\.py", "cell", text)
    for place in sorted(places, key=lambda place: len(place.parts), reverse=True):
        text = re.sub(rf"{re.escape(str(place))}(?=$|[^\w-])", places[place], text)
    return re.sub(r" at 0x[0-9a-f]{6,}", "", text)


# --- Problems -----------------------------------------------------------------------------------


def _cell_problems(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "markdown":
        for formula in unreadable_formulas(cell.source):
            yield f"formula that no page can show: {formula}"
    if cell.cell_type != "code":
        return
    if (lines := len(cell.source.splitlines())) > MAX_CODE_LINES:
        yield f"{lines} lines of code; at most {MAX_CODE_LINES} are wanted"
    for output in cell.outputs:
        data = output.get("data", {})
        if output.get("name") == "stderr":
            yield f"prints to standard error: {output.text.strip().splitlines()[0]}"
        if output.output_type == "error":
            yield f"ends in {output.ename}"
        if any(_is_recording(mime, content) for mime, content in data.items()):
            yield "holds a recording"
        if _WIDGET in data:
            yield "holds a widget"
        yield from (f"names a path of a machine: {path}" for path in _absolute_paths(output))


def _absolute_paths(output: NotebookNode) -> list[str]:
    texts = [output.get("text", ""), *(output.get("data", {}).get(mime, "") for mime in _TEXTS)]
    # A picture in base64 has slashes too.
    text = re.sub(r"data:[\w/+.-]+;base64,[\w+/=]+", "", "\n".join(texts))
    unix = r"(?<![\w.:/<~$&;-])/(?:[\w.+-]+/)+[\w.+-]+"
    windows = r"\b[A-Za-z]:\\[\w.+-]+\\[\w\\.+-]+"
    return re.findall(f"{unix}|{windows}", text)
