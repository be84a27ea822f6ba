"""Links from a notebook to the glossary: every term where the notebook first uses it.

A source holds only the links, in bold, of the terms that it explains. All others are set here, so
that it stays readable, and no link has to move when a sentence does.
"""

import re
from pathlib import Path

from nbformat import NotebookNode

#: As seen from a notebook.
PATH = "../docs/glossary.md"
#: What is no running text: code, formulas, headings, links, what is bold, references.
_OTHER = (
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|^#[^\n]*|!?\[[^]]*\]\([^)]*\)"
    r"|\*\*Further reading.*|\*\*.*?\*\*"
)


def anchors(glossary: str) -> dict[str, str]:
    """Read what each term is called, its heading and what its entry sets in bold, to its anchor."""
    heads = re.split(r"^### (.+)\n", glossary.partition("## Notation")[0], flags=re.MULTILINE)[1:]
    return {
        name: re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")
        for head, entry in zip(heads[::2], heads[1::2], strict=True)
        for name in (head, *re.findall(r"\*\*(.+?)\*\*", entry))
    }


def link(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Link the first use of each term, in place; return the notebook.

    Cells with a tag are passed over, since not every build shows them. Where the folder of the
    notebook has no glossary beside it, there is nothing to link to.
    """
    path = folder / PATH
    to = anchors(path.read_text(encoding="utf-8")) if path.exists() else {}
    names = sorted(to, key=len, reverse=True)  # "domain classifier" before "domain"
    terms = "|".join(f"(?P<_{number}>{_forms(name)})" for number, name in enumerate(names))
    pattern = re.compile(rf"{_OTHER}|(?<![\w-])(?:{terms})(?![\w-])", re.DOTALL | re.MULTILINE)
    linked: set[str] = set()

    def replaced(match: re.Match) -> str:
        if match.lastgroup is None:
            linked.update(re.findall(re.escape(f"]({PATH}#") + r"([^)]+)", match[0]))
            return match[0]
        anchor = to[names[int(match.lastgroup[1:])]]
        if anchor in linked:
            return match[0]
        linked.add(anchor)
        return f"[{match[0]}]({PATH}#{anchor})"

    for cell in notebook.cells if names else ():
        if cell.cell_type == "markdown" and not cell.metadata.get("tags"):
            cell.source = pattern.sub(replaced, cell.source)
    return notebook


def _forms(name: str) -> str:
    """Match a term in the plural as well, over the end of a line, and with a capital or without."""
    words = r"\s+(?:> )?".join(map(re.escape, name.split()))
    plural = f"{words[:-1]}(?:y|ies)" if words.endswith("y") else f"{words}s?"
    return f"(?i:{plural})" if name[1:].islower() else plural
