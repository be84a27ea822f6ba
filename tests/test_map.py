"""The map at the front door names what there is, and the house keeps its shape."""

import re
from pathlib import Path

import pytest

import ser_utils

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "ser_utils"
CORE = [file.stem for file in PACKAGE.glob("*.py") if not file.stem.startswith("__")]
WINGS = [file.parent.name for file in PACKAGE.glob("*/__init__.py")]
CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text()


@pytest.mark.parametrize("name", [*CORE, *WINGS])
def test_the_map_names_every_file_of_the_core_and_every_wing(name):
    assert f"`{name}`" in ser_utils.__doc__
    assert re.search(rf"`{name}/?`", CONTRIBUTING)


def test_the_map_names_nothing_else():
    names = set(re.findall(r"^`(\w+)`", ser_utils.__doc__, flags=re.MULTILINE))
    assert names <= {*CORE, *WINGS}


def test_the_core_is_small_and_no_file_is_long():
    assert len(list(PACKAGE.glob("*.py"))) <= 20
    lengths = {file: len(file.read_text().splitlines()) for file in PACKAGE.rglob("*.py")}
    assert {file.name: n for file, n in lengths.items() if n > 300} == {}


def test_what_contributing_says_to_copy_is_there():
    linked = re.findall(r"\]\(([\w./-]+)\)", CONTRIBUTING)
    assert len(linked) >= 8
    assert [path for path in linked if not (PROJECT / path).is_file()] == []
    for name in re.findall(r"copy `(\w+)` in", CONTRIBUTING):
        assert any(name in file.read_text() for file in PACKAGE.rglob("*.py")), name


def test_tests_mirror_the_package():
    """A test file of a wing is named for a file of it, or for what several of them do together."""
    for folder in [path for path in PACKAGE.rglob("*") if (path / "__init__.py").is_file()]:
        tests = PROJECT / "tests" / folder.relative_to(PACKAGE)
        assert tests.is_dir(), f"no tests of {folder.name}"
        assert list(tests.rglob("test_*.py")), f"no tests of {folder.name}"
