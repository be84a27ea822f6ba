"""One source, three builds."""

import pytest

from ser_utils.pages import builds, sources

SOURCE = """\
# %% [markdown]
# # 01 · Builds

# %% [markdown] tags=["teacher"]
# Bring coffee.
#
# And tea.

# %% [markdown]
# > **Predict.** How much?

# %% [markdown] tags=["answer"]
# Much.

# %% [markdown]
# Look.

# %% tags=["parameters"]
SOURCE = "auto"


# %%
def double(x):
    # your code here


exercises.check_double(double)

# %% [markdown] tags=["hint"]
# Add.


# %% tags=["solution"]
def double(x):
    return x + x


exercises.check_double(double)

# %% [markdown] tags=["solution"]
# It is $2x$.

# %% [markdown]
# ## Open question

# %% [markdown] tags=["answer"]
# Many.

# %% [markdown]
# ## Summary
"""
EXERCISE = "def double(x):\n    # your code here\n\n\nexercises.check_double(double)"
SOLUTION = "def double(x):\n    return x + x\n\n\nexercises.check_double(double)"
HINT = "<details><summary>Hint</summary>\n\nAdd.\n\n</details>"
CODE = f"```python\n{SOLUTION}\n```"
FOLD = f"<details><summary>Solution</summary>\n\n{CODE}\n\nIt is $2x$.\n\n</details>"
PREDICT, TITLE = "> **Predict.** How much?", "# 01 · Builds"
#: For each build, what its cells hold.
CELLS = {
    "READERS": [
        f"{TITLE}\n\n{PREDICT}\n\nLook.",
        'SOURCE = "auto"',
        EXERCISE,
        f"{HINT}\n\n{FOLD}\n\n## Open question\n\n## Summary",
    ],
    "STUDENTS": [
        *(TITLE, PREDICT, builds.EMPTY, "Look.", 'SOURCE = "auto"', EXERCISE, HINT),
        *("## Open question", builds.EMPTY, "## Summary"),
    ],
    "TEACHERS": [
        TITLE,
        "> **For the teacher.** Bring coffee.\n>\n> And tea.",
        *(PREDICT, "> **Expected.** Much.", "Look.", 'SOURCE = "auto"', EXERCISE, HINT, SOLUTION),
        *("It is $2x$.", "## Open question", "> **Expected.** Many.", "## Summary"),
    ],
}


@pytest.fixture
def py(tmp_path):
    file = tmp_path / "01_builds.py"
    file.write_text(SOURCE)
    return file


@pytest.mark.parametrize("build", CELLS)
def test_each_build_has_its_cells(build, py):
    cells = sources.read(py, getattr(builds, build)).cells
    assert [cell.source for cell in cells] == CELLS[build]
    of_parameters = [cell for cell in cells if cell.metadata.get("tags") == ["parameters"]]
    assert [cell.source for cell in of_parameters] == ['SOURCE = "auto"']
    assert len({cell.id for cell in cells}) == len(cells)


def test_readers_get_what_is_read_by_default(py):
    assert sources.read(py) == sources.read(py, builds.READERS)


def test_text_that_no_fold_separates_stays_in_two_cells(py):
    py.write_text("# %% [markdown]\n# one\n\n# %% [markdown]\n# two\n")
    assert [cell.source for cell in sources.read(py).cells] == ["one", "two"]
