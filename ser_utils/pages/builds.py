"""The builds of a notebook: its one source as readers, students, and teachers have it.

Tags of the source say whom a cell is for. Each build says what becomes of them:

==========  =================================  ==============  ===============  ===============
tag         holds                              for readers     for students     for teachers
==========  =================================  ==============  ===============  ===============
`hint`      help with the exercise above       folded          folded           folded
`solution`  an answer to it, code and text     folded          left out         a cell, executed
`answer`    what to expect from students       left out        an empty answer  quoted
`teacher`   a note to the teacher              left out        left out         quoted
==========  =================================  ==============  ===============  ===============
"""

from collections.abc import Callable, Mapping
from itertools import groupby

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

TAGS = ("hint", "solution", "answer", "teacher")
#: What an `answer` is to students.
EMPTY = "*Your answer:*"

_Cells = list[NotebookNode]


def _fold(cells: _Cells) -> _Cells:
    """Fold cells into one of text, under their tag as a title."""
    texts = [
        f"```python\n{cell.source}\n```" if cell.cell_type == "code" else cell.source
        for cell in cells
    ]
    title = _tag(cells[0]).capitalize()
    inside = "\n\n".join(texts)
    return [new_markdown_cell(f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>")]


def _leave_out(cells: _Cells) -> _Cells:
    return []


def _empty(cells: _Cells) -> _Cells:
    return [new_markdown_cell(EMPTY)]


def _quote(cells: _Cells) -> _Cells:
    for cell in cells:
        title = "Expected" if _tag(cell) == "answer" else "For the teacher"
        lines = f"**{title}.** {cell.source}".splitlines()
        cell.source = "\n".join(f"> {line}".rstrip() for line in lines)
    return cells


#: What each build makes of cells of a tag that follow each other.
Build = Mapping[str, Callable[[_Cells], _Cells]]
READERS: Build = dict(zip(TAGS, (_fold, _fold, _leave_out, _leave_out), strict=True))
STUDENTS: Build = dict(zip(TAGS, (_fold, _leave_out, _empty, _leave_out), strict=True))
TEACHERS: Build = dict(zip(TAGS, (_fold, list, _quote, _quote), strict=True))


def make(notebook: NotebookNode, build: Build) -> NotebookNode:
    """Make a build of the notebook in place; return it.

    What stands in text on both sides of a fold or of what is left out is one cell for readers.
    """
    made: _Cells = []
    for tag, run in groupby(notebook.cells, key=_tag):
        cells = build.get(tag, list)(list(run))
        if build is READERS and made and cells:
            above, below = made[-1], cells[0]
            if above.cell_type == below.cell_type == "markdown":
                below.source = f"{made.pop().source}\n\n{below.source}"
        made += cells
    notebook.cells = made
    return notebook


def _tag(cell: NotebookNode) -> str | None:
    return next((tag for tag in cell.metadata.get("tags", ()) if tag in TAGS), None)
