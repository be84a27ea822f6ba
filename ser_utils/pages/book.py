"""Pages with search and navigation of notebooks and texts, which Sphinx writes with MyST-NB.

They need neither a network nor a server: everything they use lies beside them.
"""

import html
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from ser_utils.errors import SerError
from ser_utils.files import cannot_write, temporary_beside, write_text
from ser_utils.pages import outputs

TEMPLATES = Path(__file__).parent / "templates"
TITLE = "Cross-lingual speech emotion recognition, step by step"
#: The page of the explorer, from the landing page.
EXPLORER = "explore/index.html"
#: The folder of moving pictures, from the landing page.
MOTION = "motion"
#: What the pages show or link to, beside notebooks.
TEXTS = [
    *("LICENSE", "CITATION.cff", "CONTRIBUTING.md", "pyproject.toml", "bootstrap.py"),
    *("docs/*", "data/README.md", "results/*", "notebooks/*.py", "notebooks/pictures/*"),
    *("ser_utils/**/*.py", "tests/**/*.py"),
]
#: Tables without a title, which are found by links to them.
TABLES = "results/*_*.md"
HEAD = "---\norphan: true\nno-search: true\n---\n\n# {}\n\n"
#: The navigation: pages by caption.
CONTENTS = {
    "Notebooks": ["notebooks/*"],
    "To look up": ["docs/*", "data/README", "results/README", "results/audit", "CONTRIBUTING"],
}
#: What a screen reader and a keyboard need, and Sphinx does not write.
ACCESSIBLE = {'role="heading">': 'role="heading" aria-level="2">', "<pre>": '<pre tabindex="0">'}
#: The settings of Sphinx.
SETTINGS = {
    "project": TITLE,
    "html_title": TITLE,
    "extensions": ["myst_nb", "sphinx_copybutton", "ser_utils.pages.sphinx_mathml"],
    "include_patterns": ["*.md", "api/*", "notebooks/*.ipynb", "docs/*", "data/*", "results/*"],
    "myst_enable_extensions": ["dollarmath", "amsmath"],
    "myst_heading_anchors": 4,  # under the names that GitHub gives them
    "nb_execution_mode": "off",
    "suppress_warnings": [
        *("myst.header", "mystnb.unknown_mime_type", "misc.highlighting_failure"),
    ],
    "html_theme": "furo",
    "html_static_path": [str(TEMPLATES / "static")],
    "html_css_files": ["pages.css"],
    "html_favicon": str(TEMPLATES / "static" / "icon.svg"),
    "html_math_renderer": "mathml",
    "html_copy_source": False,
    "html_show_sphinx": False,
    "html_show_copyright": False,
    "html_show_search_summary": False,  # a page that is opened as a file may fetch no others
    "copybutton_selector": ":is(.cell_input,.highlight-python,.highlight-sh) pre",
}


def make_empty(out: Path) -> None:
    """Remove the pages of an earlier run; a `SerError` says that `out` cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for old in (*out.glob("notebooks/[0-9][0-9]_*.html"), *out.glob("index.html")):
            old.unlink()
        with temporary_beside(out / "index.html") as temporary:
            temporary.touch()
    except OSError as error:
        problem = f"cannot write to {out}: {error.strerror}; name another folder with --out."
        raise SerError(problem) from error


@contextmanager
def written(project: Path, out: Path, warnings: bool = False, **settings: object) -> Iterator[Path]:
    """Yield a folder with the texts of a project, and write `out` of it if the block succeeds.

    The block adds `index.md` and notebooks. Each page is there as a whole or not at all. With
    `warnings`, a `SerError` ends what Sphinx warns of; a `CacheError` is of the disk.
    """
    with temporary_beside(out) as temporary:
        source, pages = temporary / "source", temporary / "pages"
        for path in (path for pattern in TEXTS for path in project.glob(pattern)):
            copy = source / path.relative_to(project)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.match(TABLES):
                copy.write_bytes(HEAD.format(path.stem).encode() + path.read_bytes())
            elif path.is_file():
                shutil.copyfile(path, copy)
        yield source
        told = sys.stderr if warnings else None
        how = {"confoverrides": SETTINGS | settings, "warningiserror": warnings}
        with patch_docutils(), docutils_namespace():
            trees = temporary / "trees"
            app = Sphinx(source, None, pages, trees, "html", status=None, warning=told, **how)
            app.build()
        if warnings and app.statuscode:
            raise SerError("pages were not written: see the warnings above.")
        for page in pages.rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            for written_so, needed in ACCESSIBLE.items():
                text = text.replace(written_so, needed)
            write_text(page, text)
        try:
            shutil.copytree(pages, out, copy_function=shutil.move, dirs_exist_ok=True)
        except OSError as error:
            raise cannot_write(out, error) from error


def add_notebook(
    notebook: NotebookNode, name: str, source: Path, explorer: str, moving: Iterable[str]
) -> None:
    """Put an executed notebook among the texts.

    It links to an explorer, if that has an address, and shows those `moving` pictures, by name, of
    which there are pages in the folder `MOTION`.
    """
    pages = {of: f"../{MOTION}/{of}.html" for of in moving}
    notebook = outputs.for_page(notebook, explorer and f"../{explorer}", pages)
    for cell in outputs.code_cells(notebook):
        cell.outputs = [_with_alternative_text(output) for output in cell.outputs]
    folder = source / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


def contents(pages: Mapping[str, Iterable[str]] = {}) -> str:
    """Write the navigation, which ends with these pages; `*` in a name stands for all that fit."""
    every = (CONTENTS | pages).items()
    trees = [f":caption: {caption}\n\n{chr(10).join(names)}\n" for caption, names in every]
    return "".join(f"\n```{{toctree}}\n:hidden:\n:glob:\n{tree}```\n" for tree in trees)


def _with_alternative_text(output: NotebookNode) -> NotebookNode:
    """Write a picture as HTML: MyST-NB reads the alternative text of a cell, not of a picture."""
    data = output.get("data", {})
    if "image/png" not in data or "text/html" in data:
        return output
    alt = html.escape(output.metadata.get("image/png", {}).get("alt", ""))
    picture = f'<img class="figure" alt="{alt}" src="data:image/png;base64,{data["image/png"]}">'
    return new_output("display_data", data={"text/html": picture})
