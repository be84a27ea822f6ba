"""Boxes in the text of a notebook that say in numbers what its stored outputs show.

A box is a quotation that opens with the name of the run that it speaks of, as in

    > **On RAVDESS -> EMO-DB.** The probe finds the language in 98.2 % of the embeddings.

or "In the stored run" where no corpus is involved. The text around it is true of any run.
"""

import re

from nbformat import NotebookNode

from ser_utils.pages.outputs import TEXTS

_BOX = re.compile(r"^> \*\*(?:On|In the stored run)[^*\n]*\*\*.*(?:\n>.*)*", re.MULTILINE)
_NUMBER = re.compile(r"(?<![\w.])(?:(?<!\d)[+-])?\d+(?:[.,]\d+)*(?!\w)")
#: Text in which a reader sees no number: tags, <Figure ...> and the like, targets of links.
_UNSEEN = re.compile(r"</?[A-Za-z][^<>]*>|(?<=\])\([^)\s]*\)")


def of(markdown: str) -> list[str]:
    """Find the boxes in the text of a cell."""
    return _BOX.findall(markdown)


def unprinted(notebook: NotebookNode) -> list[tuple[int, str]]:
    """List numbers in boxes that no cell above has printed: the position of the cell, the number.

    Printed is what stands, with the same digits, in an output as text or in the caption of a
    figure. Of signs a plus may be left out.
    """
    found, printed = [], set()
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            stated = [number for box in of(cell.source) for number in _numbers(box)]
            found += [(position, number) for number in stated if number not in printed]
        for text in map(_text, cell.get("outputs", ())):
            printed |= {form for number in _numbers(text) for form in (number, number.lstrip("+"))}
    return found


def _text(output: NotebookNode) -> str:
    data = output.get("data", {})
    return "\n".join([output.get("text", ""), *(data.get(mime, "") for mime in TEXTS)])


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(_UNSEEN.sub(" ", text).replace("−", "-"))
