from html.parser import HTMLParser

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ser_utils.pages.page import page, unreadable_formulas


class Elements(HTMLParser):
    """All elements of a page, each with its attributes and the elements around it."""

    def __init__(self, html):
        super().__init__()
        self.found, self.open, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes), list(self.open)))
        if tag not in ("br", "hr", "img", "input", "link", "meta", "source", "col"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        while tag in self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        self.text += data

    def named(self, tag):
        return [(attributes, around) for name, attributes, around in self.found if name == tag]


@pytest.fixture
def convert(tmp_path):
    def convert(*cells, **links):
        return Elements(page(new_notebook(cells=list(cells)), links, tmp_path))

    return convert


def test_page_asks_nothing_of_a_network(convert):
    elements = convert(
        new_markdown_cell("$x$ ```mermaid```"),
        new_code_cell("1", outputs=[new_output("display_data", data={"text/plain": "1"})]),
    )
    for tag, attributes, _ in elements.found:
        assert tag != "script"
        if tag not in ("a", "math"):
            assert not any("//" in (value or "") for value in attributes.values())
    assert "@import" not in elements.text
    assert "url(http" not in elements.text


def test_formulas_become_mathml(convert):
    elements = convert(
        new_markdown_cell(
            "Inline $\\lambda$ and\n\n$$\\frac{1}{2}$$\n\n\\begin{align} a &= b \\end{align}"
        ),
        new_code_cell("", outputs=[new_output("display_data", data={"text/latex": "$\\mu$"})]),
    )
    displayed = [attributes.get("display") for attributes, _ in elements.named("math")]
    assert displayed == [None, "block", "block", None]
    assert elements.named("mfrac")
    assert "λ" in elements.text
    assert "μ" in elements.text


def test_unreadable_formula_is_shown_as_it_was_written(convert):
    elements = convert(new_markdown_cell(r"So $\nonsense{x}$ it is."))
    assert r"So \nonsense{x} it is." in elements.text
    assert unreadable_formulas(r"$x$ $\nonsense{x}$ `$\code$` costs 5\$") == [r"\nonsense{x}"]


def test_picture_has_its_alternative_text(convert):
    alt = 'Pitch of "anger" < 300 Hz & <rising>'
    picture = new_output(
        "display_data",
        data={"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"},
        metadata={"image/png": {"alt": alt, "width": 640}},
    )
    ((attributes, _),) = convert(new_code_cell("", outputs=[picture])).named("img")
    assert attributes["alt"] == alt
    assert attributes["width"] == "640"
    assert attributes["src"] == "data:image/png;base64,iVBORw0KGgo="


def test_picture_of_prose_is_in_the_page(convert, tmp_path):
    (tmp_path / "grl.svg").write_text("<svg/>")
    ((attributes, _),) = convert(new_markdown_cell("![The layer](grl.svg)")).named("img")
    assert attributes["alt"] == "The layer"
    assert attributes["src"].startswith("data:image/svg+xml;base64,")


def test_solution_stays_folded(convert):
    fold = "<details>\n<summary>Solution</summary>\n\n```python\nx = 1\n```\n\n</details>\n\nAfter."
    elements = convert(new_markdown_cell(fold))
    ((_, around),) = elements.named("pre")
    assert "details" in around
    assert "details" not in elements.named("p")[-1][1]


def test_links_lead_to_pages(convert):
    elements = convert(
        new_markdown_cell("[Next](02_baseline.ipynb#drop), [paper](https://arxiv.org/a.md)"),
        new_markdown_cell("[term](../docs/glossary.md#a-term), [where](../notebooks/01_a.ipynb)"),
        new_markdown_cell("[beside](glossary.md), [elsewhere](../data/README.md)"),
        Contents="index.html",
    )
    assert [attributes["href"] for attributes, _ in elements.named("a")] == [
        "index.html",
        *("02_baseline.html#drop", "https://arxiv.org/a.md"),
        *("glossary.html#a-term", "01_a.html"),
        *("glossary.html", "../data/README.md"),
    ]


def test_headings_can_be_linked_to(convert):
    elements = convert(new_markdown_cell("# One\n\n### k-NN `UAR`, *proxy* (λ)"))
    assert elements.named("h1")[0][0]["id"] == "one"
    assert elements.named("h3")[0][0]["id"] == "k-nn-uar-proxy-λ"


def test_players_keep_their_sound(convert):
    html = '<audio controls><source src="data:audio/wav;base64,UklGRg=="></audio>'
    player = new_output("display_data", data={"text/html": html})
    assert convert(new_code_cell("", outputs=[player])).named("audio")
