"""An executed notebook as one HTML page that needs neither a network nor a server.

`nbconvert` writes the page. What it would fetch from elsewhere is left out or done here: formulas
become MathML, which browsers show by themselves.
"""

import re
from pathlib import Path

from math_core import LatexError, LatexToMathML
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from ser_utils.pages import sources

TEMPLATES = Path(__file__).parent / "templates"


def page(notebook: NotebookNode, links: dict[str, str], folder: Path) -> str:
    """Convert a notebook, as from `outputs.for_page`, that lies in a folder with its pictures.

    The links, addresses by text, stand at the top.
    """
    exporter = HTMLExporter(template_name="notebook", extra_template_basedirs=[str(TEMPLATES)])
    exporter.register_filter("markdown2html", MarkdownWithMath(_Renderer(folder)).render)
    resources = {"metadata": {"name": sources.title(notebook)}, "links": links}
    return exporter.from_notebook_node(notebook, resources=resources)[0]


def unreadable_formulas(markdown: str) -> list[str]:
    """List the formulas in a markdown text that cannot be converted to MathML."""
    renderer = _Renderer(Path())
    MarkdownWithMath(renderer).render(markdown)
    return renderer.unreadable


class _Renderer(IPythonRenderer):
    """Markdown as HTML: formulas as MathML, links to notebooks and docs as links to their pages."""

    def __init__(self, folder: Path):
        options = {"escape": False, "embed_images": True, "exclude_anchor_links": True}
        super().__init__(path=str(folder), **options)
        self.converter = LatexToMathML(fancy_error=False)
        self.unreadable: list[str] = []

    def block_math(self, body: str, displaystyle: bool = True) -> str:
        try:
            # "Global" is this page: its equations are numbered through.
            return self.converter.convert_with_global_state(body, displaystyle=displaystyle)
        except LatexError:
            self.unreadable.append(body.strip())
            return self.codespan(body)

    def inline_math(self, body: str) -> str:
        return self.block_math(body, displaystyle=False)

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def link(self, text: str, url: str, title: str | None = None) -> str:
        page = re.compile(r"^(?:\.\./(?:docs|notebooks)/)?(\w+)\.(?:ipynb|md)\b")
        return super().link(text, page.sub(r"\1.html", url), title)

    def heading(self, text: str, level: int, **attributes: str) -> str:
        # Under the name that GitHub gives it, so that links from elsewhere lead to it in both.
        words = re.sub(r"[^\w\- ]", "", re.sub("<[^>]*>", "", text).lower())
        return f'<h{level} id="{words.replace(" ", "-")}">{text}</h{level}>\n'

    # The parent class parses each piece of HTML on its own to embed pictures, which would close a
    # <details> before what it folds.
    def block_html(self, html: str) -> str:
        return super(IPythonRenderer, self).block_html(html)

    def inline_html(self, html: str) -> str:
        return super(IPythonRenderer, self).inline_html(html)
