"""The source of a notebook, `NN_title.py` in the percent format, which is what people review."""

import difflib
import hashlib
import re
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from ser_utils.errors import SerError
from ser_utils.pages import builds, glossary

#: Of every notebook here.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "pygments_lexer": "ipython3"},
}


def find(folder: Path) -> list[Path]:
    """List the sources of all notebooks in a folder, in their order; raise if there are none."""
    found = sorted(folder.glob("[0-9][0-9]_*.py"))
    if not found:
        raise SerError(f"there is no notebook NN_title.py in {folder.resolve()}")
    return found


def read(py: Path, build: builds.Build = builds.READERS) -> NotebookNode:
    """Read the source of a notebook, and make a build of it: cells without outputs.

    Terms lead to the glossary where they are first used.
    """
    notebook = glossary.link(jupytext.read(py, fmt="py:percent"), py.parent)
    notebook = builds.make(notebook, build)
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)  # blank lines of the source
    notebook.metadata = METADATA
    return with_stable_ids(notebook)


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
