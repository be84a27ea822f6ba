import pytest
from made_pages import Elements, dead_links
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ser_utils.errors import SerError
from ser_utils.lessons.headline import MOTION
from ser_utils.pages import book, sources

ALT = 'Pitch of "anger" < 300 Hz & <rising>'
PLAYER = '<audio controls><source src="data:audio/wav;base64,UklGRg=="></audio>'
FOLD = "<details>\n<summary>Solution</summary>\n\n```python\nx = 1\n```\n\n</details>\n\nAfter."


def showing(mime, content, **metadata):
    output = new_output("display_data", data={mime: content, "text/plain": "1"}, metadata=metadata)
    return new_code_cell("1 + 1", outputs=[output])


HEADING = new_markdown_cell("# One")
CELLS = [
    HEADING,
    new_markdown_cell("Inline $\\lambda$, $\\nonsense{x}$ and\n\n$$\\frac{1}{2}$$"),
    showing("text/latex", "$\\mu$"),
    showing("image/png", "iVBORw0KGgo=", **{"image/png": {"alt": ALT}}),
    new_markdown_cell("![The layer](pictures/grl.svg)"),
    new_markdown_cell(FOLD),
    new_markdown_cell("[term](../docs/terms.md#a-term), [paper](https://arxiv.org/a.md)"),
    new_markdown_cell("[back](01_one.ipynb#k-nn-uar-proxy-λ)\n\n### k-NN `UAR`, *proxy* (λ)"),
    showing("text/html", PLAYER),
    showing(MOTION, "moves"),
]


def project_in(folder):
    for name in ("docs", "data", "results", "notebooks/pictures"):
        (folder / name).mkdir(parents=True)
    for text in ("CONTRIBUTING", "data/README", "results/README", "results/audit"):
        (folder / f"{text}.md").write_text(f"# {text}")
    (folder / "docs/terms.md").write_text("# Terms\n\n### a term\n\n[1](../notebooks/01_one.ipynb)")
    (folder / "docs/quiz.json").write_text("{}")
    (folder / "notebooks/pictures/grl.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    return folder


def write(project, out, *cells, **how):
    with book.written(project, out, **how) as source:
        notebook = new_notebook(cells=list(cells), metadata=sources.METADATA)
        book.add_notebook(notebook, "01_one", source, explorer="", moving=["moves"])
        (source / "index.md").write_text("# All\n" + book.contents())


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    write(project_in(folder), folder / "out", *CELLS)
    (folder / "out/motion").mkdir()
    (folder / "out/motion/moves.html").touch()
    return folder / "out"


@pytest.fixture
def notebook(pages):
    return Elements((pages / "notebooks/01_one.html").read_text())


def test_every_link_leads_somewhere_and_everything_shown_lies_beside(pages):
    assert dead_links(pages) == []
    for path in pages.rglob("*.html"):
        for tag, address in Elements(path.read_text()).addresses():
            assert tag == "a" or address.startswith("data:") or "//" not in address
    assert not [p for p in pages.rglob("*.css") if "url(http" in p.read_text()]
    assert not list(pages.parent.glob(".out*"))


def test_formulas_become_mathml(notebook):
    displayed = [attributes.get("display") for attributes, _ in notebook.named("math")]
    assert displayed == [None, "block", "block"]
    assert notebook.named("mfrac")
    assert "λ" in notebook.text
    assert "μ" in notebook.text


def test_unreadable_formula_is_shown_as_it_was_written(notebook):
    assert r"\nonsense{x} and" in notebook.text


def test_a_picture_has_its_alternative_text(notebook):
    ((attributes, _),) = [each for each in notebook.named("img") if each[0].get("alt") == ALT]
    assert attributes["src"] == "data:image/png;base64,iVBORw0KGgo="


def test_a_picture_of_prose_lies_beside_the_pages(notebook, pages):
    (src,) = [each["src"] for each, _ in notebook.named("img") if each.get("alt") == "The layer"]
    assert (pages / "notebooks" / src).read_text().startswith("<svg")


def test_solution_stays_folded(notebook):
    (around,) = [around for attributes, around in notebook.named("summary")]
    assert around[-1] == "details"
    folded = [around for _, around in notebook.named("pre") if "details" in around]
    assert len(folded) == 1
    assert [around for _, around in notebook.named("p") if "details" in around] == []


def test_headings_have_the_names_that_github_gives_them(notebook):
    assert {"one", "k-nn-uar-proxy-λ"} <= {each.get("id") for _, each, _ in notebook.found}


def test_links_lead_to_pages(notebook):
    addresses = {address for _, address in notebook.addresses()}
    assert {"../docs/terms.html#a-term", "https://arxiv.org/a.md"} <= addresses


def test_players_keep_their_sound(notebook):
    assert notebook.named("audio")


def test_moving_pictures_are_framed(notebook):
    ((attributes, _),) = notebook.named("iframe")
    assert attributes["src"] == "../motion/moves.html"


def test_a_page_can_be_searched_for_what_its_notebook_says(pages):
    assert "paper" in (pages / "searchindex.js").read_text()


def test_with_warnings_what_is_right_is_published(tmp_path):
    cells = [cell for cell in CELLS if "nonsense" not in cell.source]
    write(project_in(tmp_path), tmp_path / "out", *cells, warnings=True)
    assert (tmp_path / "out/notebooks/01_one.html").is_file()


@pytest.mark.parametrize(
    "text", ["[a](../docs/gone.md)", "[a](../docs/terms.md#gone)", r"$\nonsense{x}$", "![](no.png)"]
)
def test_with_warnings_nothing_wrong_is_published(text, tmp_path, capsys):
    cell = new_markdown_cell(text)
    with pytest.raises(SerError, match="warnings above"):
        write(project_in(tmp_path), tmp_path / "out", HEADING, cell, warnings=True)
    assert "01_one.ipynb" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SerError, match="--out"):
        book.make_empty(tmp_path / "file")
