"""The outputs of an executed notebook: as a page shows them, and as a repository stores them."""

import base64
import html
import io
import os
import re
import sys
import sysconfig
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_output
from PIL import Image

from ser_utils.files import PROJECT, cache_folder, data_folder
from ser_utils.lessons import quiz
from ser_utils.lessons.headline import EXPLORER, MOTION, QUIZ
from ser_utils.pages import sources

LISTEN = "Run this cell to listen."
MOVE = "A moving picture: run this cell to see it move."
OPEN = "Open the explorer: click a point, see its utterance, and hear it."
INTERACTIVE = "Interactive: run the notebook, or the command that the text below names."

WIDGET = "application/vnd.jupyter.widget-view+json"
TEXTS = ("text/plain", "text/html", "text/markdown")
#: What tools note in a cell about one run of it.
_OF_ONE_RUN = {"papermill", "execution", "ExecuteTime", "trusted"}


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells of a notebook, which have outputs."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def for_page(
    notebook: NotebookNode, explorer: str = "", moving: Mapping[str, str] = {}
) -> NotebookNode:
    """Clean the outputs of an executed notebook for a reader who does not run it.

    Progress bars end as a terminal would show them, and a widget, which is dead without a kernel,
    becomes a note. So does an explorer, with a link if its page has the address `explorer`. A
    moving picture is framed from the address that `moving` has for its name, if it has one. A quiz
    is the text of its source. Everything else is kept, including players with their sound.
    """
    notebook = deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    for cell in code_cells(notebook):
        for data in (output.data for output in cell.outputs if QUIZ in output.get("data", ())):
            data["text/html"] = quiz.text(data[QUIZ])
        cell.outputs = [
            output
            for output in (
                _moving(_without_widget(o, explorer), moving) for o in _streams_joined(cell.outputs)
            )
            if output.get("text", "").strip() or output.get("data") or output.output_type == "error"
        ]
    return notebook


def for_storage(notebook: NotebookNode, **run: object) -> NotebookNode:
    """Clean a copy of an executed notebook into the form that is committed.

    It has the cells of its source, with ids that follow from them, and outputs as in `for_page`,
    without recordings, without anything of the machine, and with pictures of 256 colours. Its
    `metadata.ser_utils` keeps what the run was: seconds, source, target, task, on_error.
    """
    notebook = for_page(notebook)
    run = run or notebook.metadata.get("ser_utils", {})
    notebook.metadata = sources.METADATA | {"ser_utils": run}
    notebook.cells = [cell for cell in notebook.cells if not sources.is_injected(cell)]
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in cell.metadata if key not in _OF_ONE_RUN}
        cell.metadata = {key: value for key, value in kept.items() if value != []}  # no tags
    for count, cell in enumerate(code_cells(notebook), start=1):
        cell.execution_count = count if cell.outputs or cell.execution_count else None
        cell.outputs = [_stored(output, count) for output in cell.outputs]
    return sources.with_stable_ids(notebook)


def pictures(notebook: NotebookNode) -> dict[str, bytes]:
    """Return the figures that other texts show, as PNG: NAME.png of a cell tagged picture-NAME."""
    return {
        f"{tag.removeprefix('picture-')}.png": base64.b64decode(output.data["image/png"])
        for cell in code_cells(notebook)
        for tag in cell.metadata.get("tags", ())
        for output in cell.outputs
        if tag.startswith("picture-") and "image/png" in output.get("data", ())
    }


def is_recording(mime: str, content: object) -> bool:
    """Tell whether an output of this type holds sound."""
    return mime.startswith("audio/") or (isinstance(content, str) and "data:audio" in content)


def _streams_joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join what was printed in pieces, and resolve its carriage returns.

    Standard error comes first, as a whole: a progress bar is drawn in pieces, between which other
    output appears, and only together do they say what is left of it.
    """
    errors = "".join(output.text for output in outputs if output.get("name") == "stderr")
    while (above := re.sub(r"\n[^\n]*\x1b\[A", "", errors)) != errors:
        errors = above  # a bar drawn below another one, from where the cursor went up again
    others = [output for output in outputs if output.get("name") != "stderr"]
    cell = NotebookNode(outputs=[new_output("stream", name="stderr", text=errors), *others])
    return CoalesceStreamsPreprocessor().preprocess_cell(cell, {}, 0)[0].outputs


def holds_explorer(notebook: NotebookNode) -> bool:
    """Tell whether a notebook displayed an explorer."""
    every = (output for cell in code_cells(notebook) for output in cell.outputs)
    return any(EXPLORER in output.get("data", ()) for output in every)


def moving_pictures(notebook: NotebookNode) -> dict[str, str]:
    """Return the pages of the moving pictures that a notebook displayed, HTML, by their names."""
    every = (output for cell in code_cells(notebook) for output in cell.outputs)
    displayed = [output.data for output in every if MOTION in output.get("data", ())]
    return {
        data[MOTION]: html.unescape(re.search('srcdoc="([^"]*)"', data["text/html"])[1])
        for data in displayed
        if "srcdoc" in data["text/html"]
    }


def _moving(output: NotebookNode, pages: Mapping[str, str]) -> NotebookNode:
    if MOTION not in output.get("data", ()):
        return output
    name, shown = output.data[MOTION], f"<em>{MOVE}</em>"
    if page := pages.get(name):
        shown = (
            f'<iframe src="{page}" title="Moving picture" width="100%" height="760" loading="lazy" '
            f'style="border:0"></iframe><p><a href="{page}">In a window of its own</a></p>'
        )
    return new_output("display_data", data={MOTION: name, "text/html": shown, "text/plain": MOVE})


def _without_widget(output: NotebookNode, explorer: str) -> NotebookNode:
    if EXPLORER in output.get("data", ()) and explorer:
        link = f'<p><a href="{explorer}">{OPEN}</a></p>'
        return new_output("display_data", data={"text/html": link, "text/plain": OPEN})
    if not output.get("data", {}).keys() & {WIDGET, EXPLORER}:
        return output
    progress = re.search(r"\d+%\|", output.data.get("text/plain", ""))
    note = {} if progress else {"text/html": f"<em>{INTERACTIVE}</em>", "text/plain": INTERACTIVE}
    mark = {EXPLORER: ""} if EXPLORER in output.data else {}  # for pages of what is stored
    return new_output("display_data", data=note | mark)


def _stored(output: NotebookNode, count: int) -> NotebookNode:
    output = _without_recording(output)
    if output.output_type == "stream":
        output.text = _without_places(output.text)
    if output.output_type == "execute_result":
        output.execution_count = count
    for mime in output.get("data", ()):
        if mime in TEXTS:
            output.data[mime] = _without_places(output.data[mime])
        if mime == "image/png":
            output.data[mime] = _of_few_colours(output.data[mime])
    if "metadata" in output:
        output.metadata = {m: v for m, v in output.metadata.items() if m in output.data}
    return output


def _without_recording(output: NotebookNode) -> NotebookNode:
    """Take the sound out of players, and leave the text around them."""
    data = output.get("data", {})
    if not any(is_recording(mime, content) for mime, content in data.items()):
        return output
    note = f"<em>{LISTEN}</em>"
    text = re.sub(r"(?s)<audio\b.*?</audio>", note, data.get("text/html", "")).strip()
    if not text or is_recording("text/html", text):
        text = note
    return new_output("display_data", data={"text/html": text, "text/plain": LISTEN})


def _of_few_colours(png: str) -> str:
    """Reduce a picture, in base64, to the 256 colours that suit it: a third of its bytes."""
    smaller = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        # Of Pillow's methods, the one that leaves no colour out because it is rare.
        few = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=0)
        few.save(smaller, "PNG", optimize=True)
    return base64.b64encode(smaller.getvalue()).decode()


def _without_places(text: str) -> str:
    """Write folders of this machine as what they are for, and leave out addresses in memory."""
    places = {
        data_folder(): "SER_DATA",
        cache_folder(): "SER_CACHE",
        Path(sysconfig.get_path("purelib")): "site-packages",
        Path(sys.base_prefix): "python",
        PROJECT: ".",
        Path(os.path.expanduser("~")): "~",  # Path.home() is an error where there is none
    }
    text = re.sub(r"\S*/ipykernel_\d+/\d+\.py", "cell", text)
    for place in sorted(places, key=lambda place: len(place.parts), reverse=True):
        text = re.sub(rf"{re.escape(str(place))}(?=$|[^\w-])", places[place], text)
    return re.sub(r" at 0x[0-9a-f]{6,}", "", text)
