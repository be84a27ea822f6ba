"""Folders that a teacher hands out, and keeps."""

import nbformat
import pytest

from ser_utils.__main__ import main
from ser_utils.pages import builds, classroom

COURSE = """\
# %% [markdown]
# # 01 · First
#
# A **[term](../docs/glossary.md#term)**, and a picture: ![map](pictures/map.png).
# [Lost](../docs/lost.md)

# %% tags=["parameters"]
SOURCE = "auto"

# %% [markdown]
# > **Predict.** How much?

# %% [markdown] tags=["answer"]
# Much.

# %%
answer = 1
print("open")

# %% tags=["solution"]
answer = 42
print(SOURCE, answer)
"""


@pytest.fixture
def course(project, tmp_path):
    """A folder of notebooks, with what they lead to beside it."""
    folder = project(**{"01_first": COURSE})
    (folder / "pictures").mkdir()
    (folder / "pictures/map.png").write_bytes(b"a picture")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.md").write_text("### term\n\n[1](../notebooks/01_first.ipynb)")
    (tmp_path / "docs/teaching.md").write_text("All answers.")
    (tmp_path / "docs/quiz.json").write_text("{}")
    return folder


def texts(ipynb):
    return [cell.source for cell in nbformat.read(ipynb, as_version=4).cells]


def files(out):
    return {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}


def test_students_get_notebooks_without_answers_and_what_these_lead_to(course, tmp_path, capsys):
    out = tmp_path / "student"
    assert main(["student", "--folder", str(course), "--out", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    beside = {"docs/glossary.md", "docs/quiz.json", "pictures/map.png"}
    assert files(out) == {"01_first.ipynb", *beside}
    first, *others = texts(out / "01_first.ipynb")
    assert "(docs/glossary.md#term)" in first
    assert others[2] == builds.EMPTY
    assert not any("42" in text or "Much" in text for text in others)
    assert (out / "docs/glossary.md").read_text() == "### term\n\n[1](../01_first.ipynb)"
    assert (out / "pictures/map.png").read_bytes() == b"a picture"


def test_what_a_student_has_written_is_kept(course, tmp_path, capsys):
    out = tmp_path / "student"
    classroom.for_students(course, out)
    (out / "01_first.ipynb").write_text("my answers")
    classroom.for_students(course, out)
    assert (out / "01_first.ipynb").read_text() == "my answers"
    assert "01_first.ipynb stays as it is; remove it" in capsys.readouterr().out


def test_teachers_get_solutions_run_and_answers(course, parameters, tmp_path):
    out = tmp_path / "teacher"
    assert classroom.for_teachers(parameters, course, out) == 0
    assert "docs/glossary.md" in files(out)
    assert "> **Expected.** Much." in texts(out / "01_first.ipynb")
    notebook = nbformat.read(out / "01_first.ipynb", as_version=4)
    assert notebook.metadata.ser_utils.source == parameters.source
    printed = [output.text for cell in notebook.cells for output in cell.get("outputs", ())]
    assert printed == ["open\n", f"{parameters.source} 42\n"]


def test_a_failure_is_told_and_ends_the_build(course, parameters, tmp_path, capsys):
    (course / "02_second.py").write_text("# %% [markdown]\n# # 02\n\n# %%\n1 / 0\n")
    (course / "03_third.py").write_text("# %% [markdown]\n# # 03\n")
    assert classroom.for_teachers(parameters, course, tmp_path / "teacher") == 1
    assert "cell 2 failed with ZeroDivisionError" in capsys.readouterr().err
    assert "01_first.ipynb" in files(tmp_path / "teacher")
    assert not files(tmp_path / "teacher") & {"02_second.ipynb", "03_third.ipynb"}
