"""The notebooks that are committed, `.ipynb` beside their sources: written, and checked.

Figures of theirs that the README shows lie beside them, in `pictures`.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ser_utils.errors import SerError, unknown_name
from ser_utils.files import written_whole
from ser_utils.pages import boxes, execution, formulas, outputs, sources
from ser_utils.pages.parameters import Parameters

_ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/<~$&;-])/(?:[\w.+-]+/)+[\w.+-]+"  # of Unix
    r"|\b[A-Za-z]:\\[\w.+-]+\\[\w\\.+-]+"  # of Windows
)


def rewrite(parameters: Parameters, folder: Path, names: Sequence[str] = ()) -> int:
    """Execute notebooks and write them beside their sources, in the form that is committed.

    They are named as in "01_features" or "01"; all of them are run if no name is given. The exit
    status is 1 if one failed, which then keeps its file, or is not fit to be committed.
    """
    status = 0
    for run in execution.execute_all(named(sources.find(folder), names), parameters):
        if run.failure:
            return 1
        notebook = outputs.for_storage(run.notebook, seconds=round(run.seconds), **vars(parameters))
        with written_whole(folder / f"{run.name}.ipynb") as temporary:
            nbformat.write(notebook, temporary)
        for path, content in _pictures(notebook, folder).items():
            path.parent.mkdir(exist_ok=True)
            with written_whole(path) as temporary:
                temporary.write_bytes(content)
        for problem in problems(notebook):
            status = 1
            print(f"    {problem}", file=sys.stderr)
    return status


def retell(py: Path) -> None:
    """Bring text and quiz of a committed notebook in step with their sources, without a run.

    Raises
    ------
    SerError
        If its code is not that of the source, so that it has to be executed.
    """
    ipynb, notebook = py.with_suffix(".ipynb"), sources.read(py)
    stored = outputs.for_page(nbformat.read(ipynb, as_version=4))
    ran, cells = outputs.code_cells(stored), outputs.code_cells(notebook)
    if [cell.source for cell in ran] != [cell.source for cell in cells]:
        raise SerError(f"{ipynb.name} has run other code than {py.name} holds; `make notebooks`")
    for cell, before in zip(cells, ran, strict=True):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    notebook.metadata = stored.metadata
    with written_whole(ipynb) as temporary:
        nbformat.write(notebook, temporary)


def _pictures(notebook: NotebookNode, folder: Path) -> dict[Path, bytes]:
    return {folder / "pictures" / name: png for name, png in outputs.pictures(notebook).items()}


def named(found: list[Path], names: Sequence[str]) -> list[Path]:
    """Choose sources by names as in "01_features" or "01"; all of them if no name is given."""
    by_name = {name: py for py in found for name in (py.stem[:2], py.stem)}
    for name in names:
        if name not in by_name:
            raise unknown_name("notebook", name, [py.stem for py in found])
    return sorted({by_name[name] for name in names}) or found


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
        for path, content in _pictures(notebook, folder).items():
            if not path.is_file() or path.read_bytes() != content:
                found.append(f"{ipynb.name}: pictures/{path.name} is not its figure")
        if lines := sources.differences(py, ipynb):
            diff = "\n    ".join(lines)
            found.append(f"{ipynb.name}: out of step with {py.name}; `make notebooks`\n    {diff}")
    return found


def problems(notebook: NotebookNode) -> list[str]:
    """Say why a notebook is not fit to be committed: a line per problem, with its cell (from 1)."""
    cells, megabytes = len(notebook.cells), len(nbformat.writes(notebook).encode()) / 1e6
    executed = any(cell.get("outputs") for cell in notebook.cells)
    synthetic = "outputs of synthetic speech; `make notebooks SER_DATA=...` with real corpora"
    wrong = {
        f"{cells} cells; 20 to 40 are wanted": not 20 <= cells <= 40,
        "no outputs: it has not been executed": not executed,
        synthetic: "synthetic" in notebook.metadata.get("ser_utils", {}).get("source", ""),
        "widget state in the metadata": "widgets" in notebook.metadata,
        f"{megabytes:.1f} MB; at most 1 MB are wanted": megabytes > 1,
    }
    found = [problem for problem, is_so in wrong.items() if is_so]
    for number, cell in enumerate(notebook.cells, start=1):
        found += [f"cell {number}: {problem}" for problem in _cell_problems(cell)]
    for position, number in boxes.unprinted(notebook):
        found.append(f"cell {position + 1}: a box says {number}, which no cell above it prints")
    return found


def _cell_problems(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "markdown":
        for formula in formulas.unreadable(cell.source):
            yield f"formula that no page can show: {formula}"
    if cell.cell_type == "code" and (lines := len(cell.source.splitlines())) > 25:
        yield f"{lines} lines of code; at most 25 are wanted"
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if output.get("name") == "stderr":
            yield f"prints to standard error: {output.text.strip().splitlines()[0]}"
        if output.output_type == "error":
            yield f"ends in {output.ename}"
        seen = output.get("metadata", {}).get("image/png", {}).get("alt", "")
        if "image/png" in data and not re.search(r"\d", seen):
            yield "a figure whose alternative text has no number: `figures.style.tell` gives one"
        if any(outputs.is_recording(mime, content) for mime, content in data.items()):
            yield "holds a recording"
        if outputs.WIDGET in data:
            yield "holds a widget"
        texts = [output.get("text", ""), *(data.get(mime, "") for mime in outputs.TEXTS)]
        # A picture in base64 has slashes too.
        text = re.sub(r"data:[\w/+.-]+;base64,[\w+/=]+", "", "\n".join(texts))
        yield from (f"names a path of a machine: {path}" for path in _ABSOLUTE_PATH.findall(text))
