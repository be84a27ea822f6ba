"""Formulas of LaTeX as MathML, which browsers show by themselves, without a script or a network.

As an extension of Sphinx, this is the renderer "mathml" of its formulas.
"""

from docutils import nodes
from markdown_it import MarkdownIt
from math_core import LatexError, LatexToMathML
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

_converter = LatexToMathML()
_log = logging.getLogger(__name__)


def unreadable(markdown: str) -> list[str]:
    """List the formulas in a markdown text that cannot be converted to MathML."""
    blocks = MarkdownIt().use(dollarmath_plugin).use(amsmath_plugin).parse(markdown)
    tokens = [token for block in blocks for token in (block, *(block.children or ()))]
    formulas = [token.content for token in tokens if "math" in token.type]
    return [formula.strip() for formula in formulas if _mathml(formula) is None]


def setup(app: Sphinx) -> dict[str, bool]:
    """Let Sphinx use this extension."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _mathml(latex: str, display: bool = False) -> str | None:
    try:
        return _converter.convert_with_local_state(latex, displaystyle=display)
    except LatexError:
        return None


def _visit_inline(translator: HTML5Translator, node: nodes.math | nodes.math_block) -> None:
    display = isinstance(node, nodes.math_block)
    formula = _mathml(node.astext(), display)
    if formula is None:
        _log.warning("a formula that no page can show: %s", node.astext(), location=node)
        formula = f"<code>{translator.encode(node.astext())}</code>"
    translator.body.append(formula)
    raise nodes.SkipNode


def _visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append('<div class="formula" tabindex="0">')
    try:
        _visit_inline(translator, node)
    finally:
        translator.body.append("</div>")
