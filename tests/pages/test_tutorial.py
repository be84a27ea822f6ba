import re

import pytest
from made_pages import dead_links
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ser_utils.lessons.headline import EXPLORER, MIME, MOTION
from ser_utils.pages import book, explore, tutorial
from ser_utils.pages.execution import Executed
from ser_utils.pages.tutorial import build, displayed_result

HEADLINE_CELL = f"""
# %%
rows = [
    {{"system": "baseline", "uar": 0.6, "low": 0.55, "high": 0.65}},
    {{"system": "DANN", "uar": 0.64, "low": 0.6, "high": 0.68}},
]
result = {{"source": SOURCE, "target": TARGET, "task": "valence", "rows": rows,
          "majority": 0.5, "gain": 0.04, "gain_low": -0.01, "gain_high": 0.09}}
display({{"{MIME}": result, "text/plain": "a table"}}, raw=True)
"""


def test_the_result_is_the_last_displayed():
    def showing(result):
        output = new_output("display_data", data={MIME: result, "text/plain": ""})
        return new_notebook(cells=[new_code_cell("", outputs=[output])])

    notebooks = [new_notebook(), showing({"gain": 1}), showing({"gain": 2})]
    assert displayed_result(notebooks) == {"gain": 2}
    assert displayed_result([new_notebook()]) is None


def test_build(project, parameters, first, tmp_path, capsys):
    folder = project(**{"01_first": first + HEADLINE_CELL})
    out = tmp_path / "build" / "tutorial"
    (out / "notebooks").mkdir(parents=True)
    (out / "notebooks/09_of_an_earlier_run.html").touch()
    assert build(parameters, folder, out) == 0

    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:2] == ["01_first", "..."]
    assert printed[-2] == (
        "baseline UAR 0.600, DANN UAR 0.640 on the target (synthetic-ur, valence, synthetic speech)"
    )
    assert str(out / "index.html") in printed[-1]

    assert [page.name for page in (out / "notebooks").iterdir()] == ["01_first.html"]
    assert dead_links(out) == []
    index = (out / "index.html").read_text()
    assert 'href="notebooks/01_first.html"' in index
    assert "say what you see here" in index
    assert "Synthetic speech." in index
    assert "0.550 to 0.650" in index
    assert "+4.0 points" in index
    assert "-1.0 to" in index
    page = (out / "notebooks/01_first.html").read_text()
    # Only the parameters that the notebook declares are passed.
    assert "synthetic-it synthetic-ur False notebooks\n" in page
    # The relative SER_DATA is the same folder in a notebook, which runs elsewhere.
    assert str(tmp_path / "corpora") in page


def test_the_explorer_lies_beside_the_pages_if_a_notebook_shows_it(
    project, parameters, first, tmp_path, monkeypatch
):
    cell = f'display({{"{EXPLORER}": "", "text/plain": "Explorer"}}, raw=True)\n'
    folder, out, written = project(**{"01_first": first + cell}), tmp_path / "out", []
    monkeypatch.setattr(explore, "write", lambda *given: written.append(given))
    assert build(parameters, folder, out) == 0
    assert written == [(parameters, out / "explore")]
    assert 'href="explore/index.html"' in (out / "index.html").read_text()
    assert 'href="../explore/index.html"' in (out / "notebooks/01_first.html").read_text()


def test_moving_pictures_lie_beside_the_pages(project, parameters, first, tmp_path):
    shown = {MOTION: "moves", "text/html": '<iframe srcdoc="&lt;p&gt;it moves"></iframe>'}
    folder, out = project(**{"01_first": first + f"display({shown}, raw=True)\n"}), tmp_path / "out"
    assert build(parameters, folder, out) == 0
    assert (out / "motion/moves.html").read_text() == "<p>it moves"
    assert 'src="../motion/moves.html"' in (out / "notebooks/01_first.html").read_text()


def test_texts_of_the_docs_are_pages(project, parameters, first, tmp_path):
    folder, out = project(**{"01_first": first}), tmp_path / "out"
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "glossary.md").write_text("# All terms\n\n### one\n\n[1](../notebooks/01_first.ipynb)")
    (docs / "quiz.json").write_text("{}")
    assert build(parameters, folder, out) == 0
    assert [page.name for page in (out / "docs").iterdir()] == ["glossary.html"]
    assert 'href="docs/glossary.html">All terms</a>' in (out / "index.html").read_text()
    assert 'href="../notebooks/01_first.html"' in (out / "docs/glossary.html").read_text()
    assert dead_links(out) == []


def test_no_half_page_is_left(project, parameters, tmp_path, monkeypatch):
    folder = project(**{"01_first": "first"})
    run = Executed("01_first", new_notebook(cells=[new_markdown_cell("# 01")]), 1.0)
    monkeypatch.setattr(tutorial.execution, "execute_all", lambda *_: iter([run]))

    def stop(source, destination):
        raise KeyboardInterrupt

    monkeypatch.setattr(book.shutil, "move", stop)
    with pytest.raises(KeyboardInterrupt):
        build(parameters, folder, tmp_path / "out")
    assert not [path for path in tmp_path.rglob("*.html") if path.is_file()]


def test_a_result_without_interval_says_so(project, parameters, first, tmp_path):
    cell = re.sub(r'((low|high)": )[-.0-9]+', r"\1None", HEADLINE_CELL)
    assert build(parameters, project(**{"01_first": first + cell}), tmp_path / "out") == 0
    index = (tmp_path / "out" / "index.html").read_text()
    assert "+4.0 points</strong>\n(no interval: fewer than 3 speakers)" in index
    assert " to " not in index.split('<div class="scroll">')[1].split("<p class")[0]


def test_build_stops_at_a_failing_cell_and_keeps_what_ran(project, parameters, tmp_path, capsys):
    folder = project(**{"02_second": "failing", "03_third": "first"})
    out = tmp_path / "out"
    assert build(parameters, folder, out) == 1

    printed = capsys.readouterr()
    assert "02_second.py: cell 4 failed with ZeroDivisionError" in printed.err
    assert "| invert(0)" in printed.err
    assert "return 1 / x" in printed.err
    assert "Stopped at 02_second." in printed.out

    page = (out / "notebooks/02_second.html").read_text()
    assert "before" in page
    assert "ZeroDivisionError" in page
    index = (out / "index.html").read_text()
    assert "failed: cell 4" in index
    assert "No notebook displayed a result" in index
    assert "not run" in index
    assert not (out / "notebooks/03_third.html").exists()
