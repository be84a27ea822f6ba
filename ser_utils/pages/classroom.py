"""Folders of notebooks for a course: those that students fill in, and those of the teacher.

Each has the texts and pictures that its notebooks lead to, so that it can be handed out.
"""

import re
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ser_utils.files import write_text, written_whole
from ser_utils.pages import builds, execution, outputs, sources
from ser_utils.pages.parameters import Parameters

#: Files that a notebook shows or leads to, from the folder of the sources.
_BESIDE = re.compile(r"(?:\.\./docs|pictures)/[\w./-]*\w")


def for_students(folder: Path, out: Path) -> None:
    """Write the notebooks of a folder without solutions and outputs.

    One that is there already may hold somebody's answers, so it stays as it is.
    """
    for py in sources.find(folder):
        ipynb = out / f"{py.stem}.ipynb"
        if ipynb.exists():
            print(f"{ipynb} stays as it is; remove it to have it anew.")
        else:
            _write(sources.read(py, builds.STUDENTS), folder, ipynb)
    print(f"The notebooks for students: {out.resolve()}")


def for_teachers(parameters: Parameters, folder: Path, out: Path) -> int:
    """Execute the notebooks of a folder with solutions and notes; 1 is returned if one failed."""
    for run in execution.execute_all(sources.find(folder), parameters, builds.TEACHERS):
        if run.failure:
            return 1
        run_of = {"seconds": round(run.seconds), **vars(parameters)}
        notebook = outputs.for_storage(run.notebook, **run_of)
        _write(notebook, folder, out / f"{run.name}.ipynb")
    print(f"The notebooks of the teacher: {out.resolve()}")
    return 0


def _write(notebook: NotebookNode, folder: Path, ipynb: Path) -> None:
    """Write a notebook, and beside it its quiz and the files that it names, found from `folder`."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for name in _BESIDE.findall(cell.source):
                _copy(folder / name, ipynb.parent / name.removeprefix("../"))
            cell.source = cell.source.replace("../docs/", "docs/")
    _copy(folder / "../docs/quiz.json", ipynb.parent / "docs/quiz.json")
    with written_whole(ipynb) as temporary:
        nbformat.write(notebook, temporary)


def _copy(file: Path, to: Path) -> None:
    if not to.exists() and file.is_file():
        if file.suffix == ".md":
            text = file.read_text(encoding="utf-8")
            write_text(to, text.replace("../notebooks/", "../"))
        else:
            with written_whole(to) as temporary:
                shutil.copyfile(file, temporary)
