"""The source of a notebook, `NN_title.py` in the percent format, which is what people review."""

import ast
import difflib
import hashlib
import re
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from ser_utils.errors import SerError

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE = {"name": "python", "file_extension": ".py", "pygments_lexer": "ipython3"}


def find(folder: Path) -> list[Path]:
    """List the sources of all notebooks in a folder, in their order.

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
    notebook.metadata = metadata()
    return with_stable_ids(notebook)


def metadata(**more: object) -> NotebookNode:
    """Return the metadata of every notebook here, and what else is to be kept there."""
    return NotebookNode(kernelspec=_KERNEL, language_info=_LANGUAGE, **more)


def with_stable_ids(notebook: NotebookNode) -> NotebookNode:
    """Name each cell after its content, so that a change of one cell is a diff of one cell."""
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[name] += 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return notebook


def is_injected(cell: NotebookNode) -> bool:
    """Tell whether a cell is none of the source: papermill adds one that passes the parameters."""
    return "injected-parameters" in cell.metadata.get("tags", ())


def differences(py: Path, ipynb: Path) -> list[str]:
    """Compare the cells of a source and of the notebook beside it: lines of a unified diff."""
    ours, theirs = (_percent(nb) for nb in (read(py), nbformat.read(ipynb, as_version=4)))
    return list(difflib.unified_diff(ours, theirs, py.name, ipynb.name, n=1, lineterm=""))


def _percent(notebook: NotebookNode) -> list[str]:
    bare = NotebookNode(nbformat=4, nbformat_minor=5, metadata={}, cells=notebook.cells)
    return jupytext.writes(bare, fmt="py:percent").splitlines()


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


def _checks(code: str) -> list[str]:
    """Find the calls of `exercises.check_...` in the code of a cell."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a cell with IPython magic is no exercise
        return []
    calls = (node.value for node in tree.body if isinstance(node, ast.Expr))
    texts = (ast.unparse(call) for call in calls)
    return [text for text in texts if text.startswith("exercises.check_")]
