"""The glossary: every term of the notebooks once, linked from where it is first used, and true.

The notebooks set a new term in bold where they explain it, as a link to its entry. What else is
bold is a label: it ends in a full stop or a question mark, or is one of `LABELS`.
"""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from ser_utils.pages import builds, sources

PROJECT = Path(__file__).parents[2]
NOTEBOOKS = {py.stem: sources.read(py) for py in sources.find(PROJECT / "notebooks")}
ENTRIES, NOTATION = (PROJECT / "docs/glossary.md").read_text(encoding="utf-8").split("## Notation")

LABELS = {"You will be able to", "Prerequisites", "Time", "Data", "Next", "What you saw"}
#: Words with several capitals that are no terms of the series: names, and what a reader knows.
KNOWN = re.findall(
    r"\w+", "RAVDESS EMO DB EMOVO CPU NumPy PyTorch NaN CNN ReLU ROC SVM McInnes DANNs"
)
#: In formulas: operators, brackets, spaces, and letters with marks.
OPERATORS = re.findall(
    r"\w+",
    "in mathbb mathcal bar hat frac tfrac sum left right big Big mid ge le ne min qquad "
    "quad underbrace log ln sqrt leftarrow lVert rVert overline top",
)


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def entries() -> dict[str, str]:
    heads = re.split(r"^### (.+)\n", ENTRIES, flags=re.MULTILINE)[1:]
    return dict(zip(heads[::2], heads[1::2], strict=True))


def called(term: str, entry: str) -> list[str]:
    """What a term is called: its heading, and what its entry sets in bold."""
    return [term, *re.findall(r"\*\*(.+?)\*\*", entry)]


def names(term: str, entry: str) -> set[str]:
    return {name.lower() for name in called(term, entry)}


def cells(notebook) -> list[str]:
    """Text in markdown cells, without code, and without the titles of what to read further."""
    found = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    found = [re.sub(r"(?s)```.*?```|`[^`]*`", " ", text) for text in found]
    return [text.split("**Further reading")[0] for text in found]


def prose(notebook) -> str:
    return re.sub(r"(?s)\$\$.*?\$\$|\$[^$]*\$", " ", "\n".join(cells(notebook)))


def bold(notebook) -> list[str]:
    """What is set in bold, and is no label."""
    found = [" ".join(text.split()) for text in re.findall(r"(?s)\*\*(.+?)\*\*", prose(notebook))]
    return [text for text in found if text not in LABELS and text[-1] not in ".?"]


def links(notebook) -> list[tuple[str, str]]:
    """Links to the glossary: their text, and the anchor that they lead to."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.findall(r"\*\*\[([^]]+)\]\(\.\./docs/glossary\.md#([\w-]+)\)\*\*", text)


def symbols(text: str) -> set[str]:
    """Letters and Greek letters in the formulas of a text."""
    formulas = " ".join("".join(of) for of in re.findall(r"(?s)\$\$(.*?)\$\$|\$([^$]*)\$", text))
    formulas = re.sub(r"\\(?:text|mathrm)(?:\{[^}]*\}| ?d)", " ", formulas)
    commands = set(re.findall(r"\\([A-Za-z]+)", formulas))
    return commands - set(OPERATORS) | set(
        re.findall("[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", formulas))
    )


def undefined(notebooks) -> list[str]:
    """Say what the notebooks use, and the glossary lacks: terms, abbreviations, symbols."""
    known = set().union(*(names(*entry) for entry in entries().items()))
    anchors, found = set(map(slug, entries())), []
    defined = symbols(NOTATION)
    for name, notebook in notebooks.items():
        linked = {f"[{text}](../docs/glossary.md#{to})" for text, to in links(notebook)}
        found += [f"{name}: term {text}" for text in bold(notebook) if text not in linked]
        found += [f"{name}: anchor {to}" for _, to in links(notebook) if to not in anchors]
        abbreviations = re.findall(r"\b\w*[A-Z]\w*[A-Z]\w*\b", prose(notebook))
        found += [
            f"{name}: abbreviation {word}"
            for word in dict.fromkeys(abbreviations)
            if word not in KNOWN and not any(word.lower() in re.split("[ -]", of) for of in known)
        ]
        found += [f"{name}: symbol {s}" for s in symbols("\n".join(cells(notebook))) - defined]
    return found


def test_every_term_abbreviation_and_symbol_has_an_entry():
    assert undefined(NOTEBOOKS) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("An **energy gap** is", "term energy gap"),
        ("see **[gap](../docs/glossary.md#gap)**", "anchor gap"),
        ("by MCD, as", "abbreviation MCD"),
        (r"with $\rho$", "symbol rho"),
        ("by $$Q$$", "symbol Q"),
    ],
)
def test_what_has_no_entry_is_found(text, missing):
    notebook = sources.nbformat.v4.new_notebook(cells=[sources.nbformat.v4.new_markdown_cell(text)])
    assert undefined({"new": notebook}) == [f"new: {missing}"]


def test_entries_are_in_order_and_none_is_there_twice():
    heads = re.findall(r"^### (.+)$", ENTRIES, re.MULTILINE)
    assert heads == sorted(set(heads), key=str.lower)


@pytest.mark.parametrize("term", entries())
def test_a_term_is_explained_once_in_the_notebook_that_its_entry_names(term):
    text, where = entries()[term].strip().rsplit("\n\n", 1)
    linked = {
        name: [text for text, to in links(notebook) if to == slug(term)]
        for name, notebook in NOTEBOOKS.items()
    }
    (name, to) = re.search(r"\[(\w+)\]\(\.\./notebooks/(\w+)\.ipynb\)$", where).groups()
    assert name == to
    (shown,) = linked.pop(name)
    assert not any(linked.values())
    assert {shown.lower(), shown.lower().removesuffix("s")} & names(term, text)
    assert len(re.findall(r"[.?](?=\s|$)", text)) <= 3, "one or two sentences, three at most"


def unlinked(notebook) -> list[str]:
    """Terms that a notebook uses in its text before it links them, or without."""
    text = re.sub(r"(?s)<details>.*?</details>|!\[[^]]*\]\([^)]*\)", " ", prose(notebook))
    text = re.sub(r"(?m)^#.*$", " ", text)
    text = re.sub(r"\*\*(\[[^]]*\]\([^)]*\))\*\*", r"\1", text)
    text = re.sub(r"(?s)\*\*.*?\*\*", " ", text)
    every = [name for of in entries().items() for name in called(*of)]
    found = []
    for term, entry in entries().items():
        before, *link = text.split(f"](../docs/glossary.md#{slug(term)})", 1)
        before = before.rpartition("[")[0] if link else before
        before = re.sub(r"\[[^]]*\]\([^)]*\)", " ", before)
        for name in called(term, entry):
            longer = [f"{re.escape(of)}|" for of in every if name in of and name != of]
            words = rf"(?<![\w-])(?:{''.join(longer)}({re.escape(name)}s?))(?![\w-])"
            flags = re.IGNORECASE if name[1:].islower() else 0
            found += [use[1] for use in re.finditer(words, before, flags) if use[1]]
    return found


def test_a_term_is_linked_where_a_notebook_first_uses_it():
    found = {name: unlinked(notebook) for name, notebook in NOTEBOOKS.items()}
    assert not any(found.values()), found


@pytest.mark.parametrize("build", ["STUDENTS", "TEACHERS"])
def test_other_builds_link_the_same(build):
    for py in sources.find(PROJECT / "notebooks"):
        other = sources.read(py, getattr(builds, build))
        assert every_link(other) == every_link(NOTEBOOKS[py.stem])


def every_link(notebook) -> list[str]:
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.findall(r"\.\./docs/glossary\.md#([\w-]+)", text)


def test_a_first_use_without_a_link_is_found():
    link = "[{}](../docs/glossary.md#{})".format
    texts = ["A domain, before a", link("domain", "domain"), "and domain classifiers"]
    notebook = sources.nbformat.v4.new_notebook()
    notebook.cells = list(map(sources.nbformat.v4.new_markdown_cell, texts))
    assert unlinked(notebook) == ["domain", "domain classifiers"]


def test_a_symbol_occurs_in_the_notebook_of_its_row():
    for row in re.findall(r"^\| \$.*$", NOTATION, re.MULTILINE):
        name = re.search(r"\(\.\./notebooks/(\w+)\.ipynb\) \|$", row)[1]
        symbol = row.split(" | ")[0]
        assert symbols(symbol) <= symbols("\n".join(cells(NOTEBOOKS[name]))), symbol


def in_package(name: str) -> bool:
    """Tell whether a dotted name is in `ser_utils`, and takes the parameter in its brackets."""
    path, _, parameter = name.rstrip(")").partition("(")
    found, parts = importlib.import_module("ser_utils"), path.split(".")
    for position, part in enumerate(parts, start=1):
        if not hasattr(found, part) and part not in getattr(found, "__annotations__", ()):
            try:
                importlib.import_module(".".join(["ser_utils", *parts[:position]]))
            except ImportError:
                return False
        found = getattr(found, part, None)
    return not parameter or parameter in inspect.signature(found).parameters


def test_names_in_the_code_are_there():
    for term, entry in entries().items():
        where = entry.strip().rsplit("\n\n", 1)[1]
        assert all(map(in_package, re.findall(r"^`([^`]+)`", where))), term
    for row in re.findall(r"^\| \$.*$", NOTATION, re.MULTILINE):
        notebook = NOTEBOOKS[re.search(r"\(\.\./notebooks/(\w+)", row)[1]]
        code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        for name in re.findall("`([^`]+)`", row):
            assert re.search(rf"\b{re.escape(name)}\b", code) or in_package(name), name
    assert not in_package("alignment.DomainAdversary(stepz)")
    assert not in_package("alignment.Nothing")
