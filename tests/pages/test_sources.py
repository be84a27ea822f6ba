import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_output

from ser_utils.errors import SerError
from ser_utils.pages import outputs, sources

SOURCE = """\
# %% [markdown]
# # 01 · Hearing the shift
#
# **You will be able to**
# - *hear* what [differs](other.md)
#   between `two` languages, $x$;
# - do more.

# %% tags=["parameters"]
SOURCE = "auto"


# %%
def double(x):
    return 2 * x


# %%
double(21)
"""


@pytest.fixture
def py(tmp_path):
    file = tmp_path / "01_features.py"
    file.write_text(SOURCE)
    return file


def write_executed(py, notebook):
    ipynb = py.with_suffix(".ipynb")
    nbformat.write(outputs.for_storage(notebook), ipynb)
    return ipynb


def test_read_gives_cells_without_outputs(py):
    cells = sources.read(py).cells
    assert [cell.cell_type for cell in cells] == ["markdown", "code", "code", "code"]
    assert cells[1].metadata == {"tags": ["parameters"]}
    assert cells[2].source == "def double(x):\n    return 2 * x"


def test_title_and_objective(py):
    read = sources.read(py)
    assert sources.title(read) == "01 · Hearing the shift"
    assert sources.objective(read) == "hear what differs between two languages, x"


def test_in_step(py):
    executed = sources.read(py)
    executed.cells[3].outputs = [new_output("stream", name="stdout", text="42")]
    assert sources.differences(py, write_executed(py, executed)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells[3].update(source="double(4)"),
        lambda cells: cells.pop(2),
        lambda cells: cells.append(new_markdown_cell("more")),
        lambda cells: cells[1].update(metadata={}),
    ],
)
def test_out_of_step(py, change):
    executed = sources.read(py)
    change(executed.cells)
    assert sources.differences(py, write_executed(py, executed))


def test_sources_are_in_order_and_must_exist(tmp_path):
    with pytest.raises(SerError, match="no notebook"):
        sources.find(tmp_path)
    for name in ("02_b.py", "01_a.py", "helper.py"):
        (tmp_path / name).touch()
    assert [py.name for py in sources.find(tmp_path)] == ["01_a.py", "02_b.py"]
