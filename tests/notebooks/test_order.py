"""A cell may be run again, also after those below it: none of them binds anew what it reads."""

import dis
from collections.abc import Sequence
from pathlib import Path
from types import CodeType

import pytest

from ser_utils.pages import builds, sources

SOURCES = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.py"))


def names(cell: str) -> tuple[set[str], set[str]]:
    """What a cell reads of those above it, in functions as well, and what it binds."""
    read, bound = set(), set()
    code = compile(cell, "<cell>", "exec")
    for step in dis.get_instructions(code):
        if step.opname == "STORE_NAME":
            bound.add(step.argval)
        elif step.opname == "LOAD_NAME" and step.argval not in bound:
            read.add(step.argval)
    inner = [part for part in code.co_consts if isinstance(part, CodeType)]
    while inner:
        part = inner.pop()
        inner += [deeper for deeper in part.co_consts if isinstance(deeper, CodeType)]
        steps = dis.get_instructions(part)
        read |= {step.argval for step in steps if step.opname == "LOAD_GLOBAL"} - bound
    return read, bound


def bound_anew(cells: Sequence[str]) -> list[tuple[str, int, int]]:
    """Names, the cell that reads each, and the one that binds it: the same, or one below."""
    found = [names(cell) for cell in cells]
    return [
        (name, above, below)
        for above, (read, _) in enumerate(found)
        for below, (_, bound) in enumerate(found)
        if below >= above
        for name in sorted(read & bound)
    ]


@pytest.mark.parametrize("py", SOURCES, ids=lambda py: py.stem)
def test_no_cell_binds_anew_what_one_above_reads(py):
    cells = sources.read(py, builds.TEACHERS).cells
    assert bound_anew([cell.source for cell in cells if cell.cell_type == "code"]) == []


def test_what_is_bound_anew_is_found():
    cells = ["a = 1\nb = 2", "def f(c):\n    return [a + c for c in range(c)]", "a = b", "b = 3"]
    assert bound_anew(cells) == [("a", 1, 2), ("b", 2, 3)]
    assert bound_anew(["a = 1", "a = a + 1"]) == [("a", 1, 1)]
    assert bound_anew(["a = 1", "b = a", "for c in (1, 2):\n    a2 = c", "c = a2 = 3"]) == []
