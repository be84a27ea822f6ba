"""Formulas of LaTeX as MathML, which browsers show by themselves, without a script or a network."""

from markdown_it import MarkdownIt
from math_core import LatexError, LatexToMathML
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

_converter = LatexToMathML()


def mathml(latex: str, display: bool = False) -> str | None:
    """Convert a formula, on a line of its own if `display`; None if it cannot be read."""
    try:
        return _converter.convert_with_local_state(latex, displaystyle=display)
    except LatexError:
        return None


def unreadable(markdown: str) -> list[str]:
    """List the formulas in a markdown text that cannot be converted to MathML."""
    blocks = MarkdownIt().use(dollarmath_plugin).use(amsmath_plugin).parse(markdown)
    tokens = [token for block in blocks for token in (block, *(block.children or ()))]
    formulas = [token.content for token in tokens if "math" in token.type]
    return [formula.strip() for formula in formulas if mathml(formula) is None]
