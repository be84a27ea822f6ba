"""An extension of Sphinx: the renderer "mathml" of its formulas."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from ser_utils.pages.formulas import mathml

_log = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Let Sphinx use this extension."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _visit_inline(translator: HTML5Translator, node: nodes.math | nodes.math_block) -> None:
    display = isinstance(node, nodes.math_block)
    formula = mathml(node.astext(), display)
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
