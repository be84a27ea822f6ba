"""The whole series as a site, from the notebooks as they are stored: nothing is executed.

It has the texts of the project, the reference of the package from its docstrings, and explorer and
moving pictures of synthetic speech, whose sound may be published.
"""

import pkgutil
import sys
from itertools import groupby
from pathlib import Path

import nbformat

import ser_utils
from ser_utils.files import write_text
from ser_utils.pages import book, explore, motion
from ser_utils.pages.parameters import Parameters

SYNTHETIC = Parameters("synthetic-en", "synthetic-de", "arousal")
#: The settings of Sphinx for the reference.
OF_REFERENCE = {
    "suppress_warnings": [*book.SETTINGS["suppress_warnings"], "ref.python"],
    "extensions": [*book.SETTINGS["extensions"], "sphinx.ext.autodoc", "sphinx.ext.napoleon"],
    "add_module_names": False,
    "autodoc_default_options": {
        "members": True,
        "show-inheritance": True,
        # Which scikit-learn adds to its classes.
        "exclude-members": "set_fit_request, set_partial_fit_request, set_score_request",
    },
    "autodoc_inherit_docstrings": False,
    "default_role": "literal",  # of `code` in docstrings
    "napoleon_google_docstring": False,
    "napoleon_use_ivar": True,
    "python_maximum_signature_line_length": 80,
}
#: The option of a module whose members are not linked to.
HIDDEN = "   :no-index:\n"


def build(project: Path, out: Path) -> None:
    """Write the site of a checkout; a `SerError` says that a link leads nowhere, or the like."""
    book.make_empty(out)
    moving = motion.write(out / book.MOTION, SYNTHETIC)
    with book.written(project, out, warnings=True, **OF_REFERENCE) as source:
        for ipynb in (project / "notebooks").glob("[0-9][0-9]_*.ipynb"):
            notebook = nbformat.read(ipynb, as_version=4)
            book.add_notebook(notebook, ipynb.stem, source, "listen.html", moving)
        index = (project / "README.md").read_text(encoding="utf-8")
        more = {"Explorer": ["listen"], "Reference": ["api/*"]}
        write_text(source / "index.md", index + book.contents(more))
        listen = (book.TEMPLATES / "listen.md").read_text(encoding="utf-8")
        write_text(source / "listen.md", listen)
        _write_reference(source / "api")
    explore.write(SYNTHETIC, (out / book.EXPLORER).parent)
    print(f"Open {(out / 'index.html').resolve()} in a browser.")


def _write_reference(folder: Path) -> None:
    """Write a page for each file and folder at the top of the package."""
    folder.mkdir()
    found = [module.name for module in pkgutil.walk_packages(ser_utils.__path__, "ser_utils.")]
    modules = [name for name in found if not name.endswith("__main__")]
    for top, names in groupby(modules, lambda name: name.split(".")[1]):
        parts = [f"{top}\n{'=' * len(top)}\n"]
        for name in names:
            parent, _, own = name.rpartition(".")
            hidden = own in getattr(sys.modules[parent], "__all__", ())  # a function has this name
            short = name.removeprefix("ser_utils.")
            heading = f"{short}\n{'-' * len(short)}\n\n" if short != top else ""
            parts.append(f"{heading}.. automodule:: {name}\n{HIDDEN * hidden}")
        write_text(folder / f"{top}.rst", "\n".join(parts))
