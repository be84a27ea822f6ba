import subprocess
import sys

from ser_utils.pages import formulas


def test_unreadable_formulas_are_found_and_code_is_none():
    text = r"$x$ $\nonsense{x}$ `$\code$` costs 5\$, and $$\strange$$ or $a_1$, $b$"
    assert formulas.unreadable(text) == [r"\nonsense{x}", r"\strange"]
    assert formulas.unreadable("\\begin{align}\na &= \\odd\n\\end{align}") == [
        "\\begin{align}\na &= \\odd\n\\end{align}"
    ]


def test_what_checks_notebooks_needs_no_sphinx():
    code = "import sys, ser_utils.pages.committed; sys.exit('sphinx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
