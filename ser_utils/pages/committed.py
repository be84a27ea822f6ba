"""The notebooks that are committed, `.ipynb` beside their sources: written, and checked."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ser_utils.errors import unknown_name
from ser_utils.pages import execution, outputs, sources
from ser_utils.pages.page import unreadable_formulas
from ser_utils.pages.parameters import Parameters

MAX_BYTES = 1_000_000
MAX_CODE_LINES = 25
CELLS = range(20, 41)


def rewrite(parameters: Parameters, folder: Path, names: Sequence[str] = ()) -> int:
    """Execute notebooks and write them beside their sources, in the form that is committed.

    Parameters
    ----------
    parameters, folder
        What they run on, and where they are.
    names : sequence of str
        Of the notebooks, as in "01_features" or "01"; all of them if empty.

    Returns
    -------
    int
        0, or 1 if a notebook failed, which then keeps its file, or is not fit to be committed.

    Raises
    ------
    UnknownNameError
        If there is no notebook of a name.
    """
    failed = False
    for run in execution.execute_all(_named(sources.find(folder), names), parameters):
        if run.failure:
            return 1
        seconds = round(run.seconds)
        notebook = outputs.for_storage(run.notebook, seconds=seconds, **vars(parameters))
        nbformat.write(notebook, folder / f"{run.name}.ipynb")
        for problem in problems(notebook):
            failed = True
            print(f"    {problem}", file=sys.stderr)
    return int(failed)


def _named(found: list[Path], names: Sequence[str]) -> list[Path]:
    by_name = {name: py for py in found for name in (py.stem.split("_")[0], py.stem)}
    for name in names:
        if name not in by_name:
            raise unknown_name("notebook", name, [py.stem for py in found])
    chosen = {by_name[name] for name in names}
    return [py for py in found if not names or py in chosen]


def check(folder: Path) -> list[str]:
    """Check all notebooks of a folder as they are: an entry per problem, with its notebook."""
    pairs = {py: py.with_suffix(".ipynb") for py in sources.find(folder)}
    orphans = sorted(set(folder.glob("*.ipynb")) - set(pairs.values()))
    found = [f"{ipynb.name}: no source {ipynb.stem}.py beside it" for ipynb in orphans]
    for py, ipynb in pairs.items():
        if not ipynb.is_file():
            found.append(f"{ipynb.name}: missing; write it with `make notebooks`")
            continue
        notebook = nbformat.read(ipynb, as_version=4)
        found += [f"{ipynb.name}: {problem}" for problem in problems(notebook)]
        if lines := sources.differences(py, ipynb):
            diff = "\n    ".join(lines)
            found.append(f"{ipynb.name}: out of step with {py.name}; `make notebooks`\n    {diff}")
    return found


def problems(notebook: NotebookNode) -> list[str]:
    """Say why a notebook is not fit to be committed: a line per problem, with its cell (from 1)."""
    found = []
    if len(notebook.cells) not in CELLS:
        found.append(f"{len(notebook.cells)} cells; {CELLS[0]} to {CELLS[-1]} are wanted")
    if not any(cell.outputs for cell in outputs.code_cells(notebook)):
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


def _cell_problems(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "markdown":
        for formula in unreadable_formulas(cell.source):
            yield f"formula that no page can show: {formula}"
    if cell.cell_type != "code":
        return
    if (lines := len(cell.source.splitlines())) > MAX_CODE_LINES:
        yield f"{lines} lines of code; at most {MAX_CODE_LINES} are wanted"
    for output in cell.outputs:
        yield from _output_problems(output)


def _output_problems(output: NotebookNode) -> Iterator[str]:
    data = output.get("data", {})
    if output.get("name") == "stderr":
        yield f"prints to standard error: {output.text.strip().splitlines()[0]}"
    if output.output_type == "error":
        yield f"ends in {output.ename}"
    if any(outputs.is_recording(mime, content) for mime, content in data.items()):
        yield "holds a recording"
    if outputs.WIDGET in data:
        yield "holds a widget"
    yield from (f"names a path of a machine: {path}" for path in _absolute_paths(output))


def _absolute_paths(output: NotebookNode) -> list[str]:
    data = output.get("data", {})
    texts = [output.get("text", ""), *(data.get(mime, "") for mime in outputs.TEXTS)]
    # A picture in base64 has slashes too.
    text = re.sub(r"data:[\w/+.-]+;base64,[\w+/=]+", "", "\n".join(texts))
    unix = r"(?<![\w.:/<~$&;-])/(?:[\w.+-]+/)+[\w.+-]+"
    windows = r"\b[A-Za-z]:\\[\w.+-]+\\[\w\\.+-]+"
    return re.findall(f"{unix}|{windows}", text)
