"""The slides of the series: one HTML page that needs no network, and PDF made of it.

Their source, `docs/slides.md.j2`, is Markdown: `---` ends a slide, what follows `Notes:` is for the
speaker. Its numbers come from `headline.json` and `ladder.json` in `results`. A picture may be the
first figure below a heading of a stored notebook, as in `../notebooks/04_dann.ipynb#what-λ-does`;
one with the title "beside" stands beside the text.
"""

import base64
import json
import mimetypes
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import jinja2
import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from ser_utils.errors import SerError
from ser_utils.files import in_checkout, write_text, written_whole
from ser_utils.pages.formulas import mathml

TEMPLATES = Path(__file__).parent / "templates"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
#: Seconds until a browser has to have printed.
PATIENCE = 180


def build(out: Path) -> None:
    """Write `index.html` and, with a Chromium, `slides.pdf` and `notes.pdf` into a folder."""
    html = out / "index.html"
    write_text(html, page())
    print(f"Slides: open {html.resolve()} in a browser; the key N shows notes, F fills the screen.")
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        print(
            "No PDF: there is no Chromium. Print the page from any browser, with or without notes."
        )
        return
    for name, part in {"slides.pdf": "", "notes.pdf": "#notes"}.items():
        with written_whole(out / name) as temporary:
            _print(browser, html.resolve().as_uri() + part, temporary)
        print(f"PDF: {(out / name).resolve()}")


def page() -> str:
    """Render all slides as HTML, pictures included."""
    options = {"trim_blocks": True, "undefined": jinja2.StrictUndefined}
    source = in_checkout("docs", "slides.md.j2")
    headline, ladder = (
        json.loads(in_checkout("results", f"{name}.json").read_text(encoding="utf-8"))
        for name in ("headline", "ladder")
    )
    template = jinja2.Template(source.read_text(encoding="utf-8"), **options)
    text = template.render(headline, ladder=ladder)
    markdown = _markdown(source.parent)
    slides = []
    for slide in re.split(r"^---$", text, flags=re.MULTILINE):
        shown, _, notes = slide.partition("\nNotes:")
        slides.append((markdown.render(shown), markdown.render(notes)))
    template, script = (
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("slides.html.j2", "slides.js")
    )
    return jinja2.Template(template, **options).render(slides=slides, script=script)


def _markdown(folder: Path) -> MarkdownIt:
    """Make a converter: formulas become MathML, and pictures, found from a folder, part of it."""

    def formula(body: str, options: dict) -> str:
        if (converted := mathml(body, options["display_mode"])) is None:
            raise SerError(f"slides: no page can show the formula {body.strip()}.")
        return converted

    def image(self, tokens, i, options, env) -> str:
        tokens[i].attrs["src"] = _data(folder, str(tokens[i].attrs["src"]))
        return self.image(tokens, i, options, env)

    markdown = MarkdownIt().enable("table").use(dollarmath_plugin, renderer=formula)
    markdown.add_render_rule("image", image)
    return markdown


def _data(folder: Path, link: str) -> str:
    """Return a picture as an address that holds it."""
    name, _, heading = unquote(link).partition("#")
    if heading:
        return f"data:image/png;base64,{_figure(folder / name, heading)}"
    content = base64.b64encode((folder / name).read_bytes()).decode()
    return f"data:{mimetypes.guess_type(name)[0]};base64,{content}"


def _figure(ipynb: Path, heading: str) -> str:
    """Return the first figure below a heading of a stored notebook, in base64."""
    below = False
    for cell in nbformat.read(ipynb, as_version=4).cells:
        titles = re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
        below |= heading in [re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles]
        for output in cell.get("outputs", ()) if below else ():
            if "image/png" in output.get("data", {}):
                return output.data["image/png"].replace("\n", "")
    raise SerError(f"slides: there is no figure below #{heading} in {ipynb.name}.")


def _print(browser: str, address: str, pdf: Path) -> None:
    root = getattr(os, "geteuid", lambda: 1)() == 0  # for whom Chromium has no sandbox
    options = ["--headless", "--no-pdf-header-footer", f"--print-to-pdf={pdf.resolve()}"]
    command = [browser, *options, *(["--no-sandbox"] if root else []), address]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as error:
        raise SerError(f"slides: {browser} does not print ({error}). Print from it.") from error
