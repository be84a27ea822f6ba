"""The slides in a real browser: nothing is cut off or small, keys work, and paper has them all."""

import re

import pytest

from ser_utils.files import PROJECT
from ser_utils.pages import slides

pytestmark = pytest.mark.browser

HEIGHT = 720
#: Of each slide: what sticks out of it, how high its picture is, its smallest text.
LOOK = """() => [...document.querySelectorAll(".slide")].map((slide) => {
  const box = slide.getBoundingClientRect(), sizes = [], out = [];
  for (const part of slide.querySelectorAll("*")) {
    const at = part.getBoundingClientRect();
    const sticksOut = at.bottom > box.bottom + 1 || at.right > box.right + 1;
    if (sticksOut) out.push(part.outerHTML.slice(0, 80));
    const texts = [...part.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (texts && !part.closest("math")) sizes.push(parseFloat(getComputedStyle(part).fontSize));
  }
  const picture = slide.querySelector("img")?.clientHeight ?? null;
  const spill = slide.scrollHeight - slide.clientHeight;
  return { out, picture, smallest: Math.min(...sizes), spill };
})"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides")
    slides.build(folder)
    return folder


@pytest.fixture
def page(visit, folder):
    return visit((folder / "index.html").as_uri(), height=HEIGHT)


def shown(page) -> str:
    """The heading of the slide on top."""
    return page.evaluate(
        "[...document.querySelectorAll('h1, h2')]"
        ".find(heading => heading.getBoundingClientRect().top >= 0).innerText"
    )


def test_it_opens_without_an_error_and_asks_nobody_else(page):
    assert page.errors == []
    assert [url for url in page.asked if not url.startswith("data:")] == [page.url]


def test_above_its_notes_a_slide_is_smaller_and_still_whole(page):
    page.keyboard.press("n")
    assert all(slide["out"] == [] and slide["spill"] <= 0 for slide in page.evaluate(LOOK))


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (1024, 768)])
def test_every_slide_fits_and_can_be_read_from_the_last_row(page, size):
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    for number, slide in enumerate(page.evaluate(LOOK), start=1):
        assert slide["out"] == [], number
        assert slide["spill"] <= 0, number
        assert slide["smallest"] >= 24 * width / 1280, number
        assert slide["picture"] is None or slide["picture"] >= 0.35 * height, number


def test_keys_turn_pages_and_show_notes(page):
    first, second, *_, last = page.locator("h1, h2").all_inner_texts()
    for key, expected in (
        *(("ArrowRight", second), ("ArrowLeft", first), ("ArrowLeft", first), (" ", second)),
        *(("Shift+ ", first), ("End", last), ("PageDown", last), ("Home", first)),
        *(("PageDown", second), ("n", second)),
    ):
        page.keyboard.press(key.replace(" ", "Space"))
        assert shown(page) == expected, key
    at = page.locator("aside").nth(1).bounding_box()
    assert 0 < at["y"] < at["y"] + at["height"] <= HEIGHT + 1
    page.keyboard.press("n")
    assert not page.locator("aside").nth(1).is_visible()
    assert shown(page) == second


def test_it_is_dark_where_the_reader_wants_that(visit, folder):
    luminance = "getComputedStyle(document.body).{}.match(/\\d+/g).reduce((a, b) => +a + +b)"
    for scheme, darker in (("dark", "backgroundColor"), ("light", "color")):
        page = visit((folder / "index.html").as_uri(), height=HEIGHT, color_scheme=scheme)
        lighter = {"backgroundColor": "color", "color": "backgroundColor"}[darker]
        assert page.evaluate(luminance.format(darker)) < 120
        assert page.evaluate(luminance.format(lighter)) > 600
        page.screenshot(path=PROJECT / f"build/slides-{scheme}.png")


def test_paper_has_every_slide_and_in_the_other_file_its_notes(page, folder):
    sheets = {
        name: re.findall(rb"/MediaBox \[0 0 (\S+) (\S+)\]", (folder / name).read_bytes())
        for name in ("slides.pdf", "notes.pdf")
    }
    for found in sheets.values():
        assert len(found) == page.locator("section").count()
    assert set(sheets["slides.pdf"]) == {(b"960", b"540")}  # in points, of 1280 x 720 pixels
    assert set(sheets["notes.pdf"]) == {(b"960", b"840")}
