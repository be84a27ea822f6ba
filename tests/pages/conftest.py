"""A project with notebooks of a few cells."""

import pytest

from ser_utils.pages.parameters import Parameters

FIRST = """\
# %% [markdown]
# # 01 · First
#
# **You will be able to**
# - say what you *see*
#   here;
# - and more.

# %% tags=["parameters"]
SOURCE = "auto"
TARGET = "auto"

# %%
import os
from pathlib import Path

from IPython.display import display

print(SOURCE, TARGET, "TASK" in globals(), Path.cwd().name)
print(os.environ["SER_DATA"])
"""
FAILING = """\
# %% [markdown]
# # 02 · Second

# %%
print("before")

# %% tags=["parameters"]
SOURCE = "auto"

# %%
def invert(x):
    return 1 / x


invert(0)

# %%
print("after")
"""


@pytest.fixture
def parameters() -> Parameters:
    """Return what notebooks run on in these tests."""
    return Parameters("synthetic-it", "synthetic-ur", "valence")


@pytest.fixture
def project(tmp_path, monkeypatch, ser_data):
    """Return a function that writes sources into the folder `notebooks`, and returns that folder.

    Its argument is a source by name; "first" and "failing" stand for those above.
    """
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SER_DATA", "corpora")  # seen from here, not from the notebooks
    monkeypatch.setenv("SER_CACHE", "cache")

    def write(**texts):
        for name, text in texts.items():
            text = {"first": FIRST, "failing": FAILING}.get(text, text)
            (folder / f"{name}.py").write_text(text)
        return folder

    return write


@pytest.fixture
def first() -> str:
    """Return the source of a notebook that runs to its end."""
    return FIRST
