"""The site as a reader uses it, in a real browser: from files and from a server, by no network."""

import io

import pytest
from accessibility import grave
from PIL import Image

from ser_utils.files import PROJECT

pytestmark = pytest.mark.browser

PAGES = {
    "landing": "index.html",
    "notebook": "notebooks/03_gradient_reversal.html",
    "reference": "api/gradient_reversal.html",
    "search": "search.html?q=reversal",
}
each_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture(scope="session")
def roots(whole_site, serve):
    """Addresses of the site: as files, and from a server."""
    return {"file": whole_site.as_uri(), "server": serve(whole_site)}


@pytest.fixture
def notebook(visit, roots):
    return visit(f"{roots['file']}/{PAGES['notebook']}", ready="body")


@each_page
@pytest.mark.parametrize("where", ["file", "server"])
def test_a_page_opens_without_an_error_and_asks_nobody_else(visit, roots, name, where):
    page = visit(f"{roots[where]}/{PAGES[name]}", ready="body")
    page.wait_for_load_state("networkidle")
    assert page.errors == []
    assert [url for url in page.asked if not url.startswith((roots[where], "data:"))] == []


@pytest.mark.parametrize("where", ["file", "server"])
def test_a_search_leads_to_the_notebook(visit, roots, where):
    page = visit(f"{roots[where]}/index.html", ready="body")
    page.get_by_role("textbox", name="Search").fill("moons reversal")
    page.keyboard.press("Enter")
    found = page.locator("#search-results a", has_text="The gradient reversal layer")
    found.first.click()
    page.wait_for_url("**/03_gradient_reversal.html**")
    assert page.errors == []


def test_code_can_be_copied_and_answers_unfold(notebook):
    cell = notebook.locator(".cell_input").first
    cell.hover()
    cell.get_by_role("button", name="Copy").click()
    search = notebook.get_by_role("textbox", name="Search")
    search.press("Control+V")
    assert search.input_value().split() == cell.locator("pre").inner_text().split()
    answer = notebook.locator("details", has=notebook.locator("summary")).last
    height = answer.bounding_box()["height"]
    answer.locator("summary").click()
    assert answer.bounding_box()["height"] > height


def test_formulas_and_figures_are_seen(notebook):
    for element in notebook.locator("math").all()[:5]:
        assert element.bounding_box()["width"] > 3
    figure = notebook.locator("img.figure").first
    assert figure.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_suits_light_and_dark_and_a_phone(visit, roots, name, scheme):
    page = visit(f"{roots['file']}/{PAGES[name]}", ready="body", color_scheme=scheme)
    assert grave(page) == []
    shot = page.screenshot(path=PROJECT / "build" / f"site_{name}_{scheme}.png")
    with Image.open(io.BytesIO(shot)) as picture:
        grey = picture.convert("L")
    assert (grey.getpixel((grey.width // 2, 4)) > 200) == (scheme == "light")
    page.set_viewport_size({"width": 390, "height": 840})
    page.screenshot(path=PROJECT / "build" / f"site_{name}_{scheme}_phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
