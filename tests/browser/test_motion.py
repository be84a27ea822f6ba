"""Moving pictures as a reader uses them, in a real browser: without a kernel or a network."""

import io
from itertools import product

import numpy as np
import pandas as pd
import pytest
from accessibility import grave
from PIL import Image

from ser_utils.lessons import two_moons
from ser_utils.widgets import motion

pytestmark = pytest.mark.browser

NAMES = ("reversal", "schedule", "compositions", "epochs", "strengths")
each_picture = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="session")
def pictures():
    """Return a small picture of each kind."""
    moons, rng = two_moons.pair(n=60), np.random.default_rng(0)
    moons.evaluation.table["emotion"] = moons.source.table["emotion"] = "neutral"
    learned = {
        of: two_moons.learn(moons, *of, updates=30, every=10) for of in product((0.0, 1.0), (1, 5))
    }
    points = {at: rng.normal(size=(120, 2)) for at in (1, 2, 4)}
    numbers = pd.DataFrame({"fresh probe": [0.9, 0.8, 0.6]}, index=[*points])
    panels = {
        of: (rng.normal(i, 1, 50), rng.normal(-i, 1, 40))
        for i, of in enumerate(product(("source", "joint"), ("in training", "at evaluation")))
    }
    made = (
        motion.reversal(moons, learned),
        motion.schedule(),
        motion.compositions(panels, ("English", "German")),
        motion.epochs(points, moons, numbers),
        motion.strengths(points, moons, numbers),
    )
    return {picture.name: picture for picture in made}


@pytest.fixture
def open_(visit, pictures, tmp_path):
    """Return a function that writes the page of a picture, and opens it from its file."""

    def write(name, **options):
        page = tmp_path / f"{name}.html"
        page.write_text(pictures[name].page(), encoding="utf-8")
        return visit(page.as_uri(), **options)

    return write


def shown(page, picture: motion.Picture) -> None:
    """Check that the document holds the frame that the sliders say."""
    sliders = page.locator("input[type=range]").all()
    at = [int(slider.input_value()) for slider in sliders]
    for slider, place, labels in zip(sliders, at, picture.sliders.values(), strict=True):
        assert slider.get_attribute("aria-valuetext") == labels[place]
    number = np.ravel_multi_index(at, [len(labels) for labels in picture.sliders.values()])
    assert page.inner_text("#says") == picture.says[number]
    for source, columns in zip(picture.sources, picture.frames[number], strict=True):
        held = page.evaluate(
            """([id, names]) => names.map(name => Array.from(
                Bokeh.documents[0].get_model_by_id(id).data[name],
                each => each.length === undefined || each.at ? each : Array.from(each)))""",
            [source.id, [*columns]],
        )
        for values, expected in zip(held, columns.values(), strict=True):
            if isinstance(expected[0], str):
                assert values == [*expected]
            else:
                values = [np.nan if value is None else value for value in np.ravel(values)]
                assert np.allclose(values, np.ravel(expected), equal_nan=True)


@each_picture
def test_each_slider_changes_the_frame_and_nobody_else_is_asked(open_, pictures, name):
    page = open_(name)
    shown(page, pictures[name])
    for slider in page.locator("input[type=range]").all():
        before = page.inner_text("#says"), slider.get_attribute("aria-valuetext")
        slider.press("Home" if slider.input_value() != "0" else "End")
        assert (page.inner_text("#says"), slider.get_attribute("aria-valuetext")) != before
        shown(page, pictures[name])
    assert page.errors == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_play_shows_all_frames_and_stops_at_the_last(open_, pictures):
    page = open_("epochs")
    page.get_by_role("button", name="Play").press("Enter")
    assert page.locator("#says").get_attribute("aria-live") == "off"
    page.locator("body[data-frame='2']").wait_for()
    page.get_by_role("button", name="Play").wait_for()  # it has stopped
    shown(page, pictures["epochs"])
    assert page.locator("#says").get_attribute("aria-live") == "polite"
    page.get_by_role("button", name="Play").click()
    page.locator("body[data-frame='0']").wait_for()  # from the beginning
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Play").wait_for()


def test_points_take_the_colours_of_a_colouring(open_, pictures):
    page, picture = open_("epochs"), pictures["epochs"]
    for by, colouring in picture.colourings.items():
        page.select_option("#colouring", by)
        colours = page.evaluate(
            "id => Bokeh.documents[0].get_model_by_id(id).data.colour", picture.coloured.id
        )
        assert colours == [colouring["colours"][code] for code in colouring["codes"]]
        assert page.inner_text("#legend").split() == " ".join(colouring["names"]).split()


@each_picture
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_suits_light_and_dark_a_phone_and_a_screen_reader(open_, name, scheme):
    page = open_(name, color_scheme=scheme)
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        grey = picture.convert("L")
    assert (grey.getpixel((2, 2)) > 200) == (scheme == "light")
    darkest, brightest = grey.getextrema()
    assert brightest - darkest > 180
    page.set_viewport_size({"width": 390, "height": 740})
    # Bokeh follows a moment later.
    page.wait_for_function("document.documentElement.scrollWidth <= 390")
    assert grave(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_explorer_suits_a_screen_reader(visit, addresses, scheme):
    page = visit(addresses["file"], color_scheme=scheme)
    assert grave(page) == []
    page.set_viewport_size({"width": 390, "height": 740})
    page.get_by_role("button", name="Select all that is shown").click()
    page.locator("#selection table").first.wait_for()
    assert grave(page) == []


def test_a_notebook_shows_it_in_a_frame_as_high_as_its_page(browser, pictures):
    page = browser.new_page()
    page.set_content(pictures["schedule"]._repr_mimebundle_()["text/html"])
    page.frame_locator("iframe").locator("body[data-ready]").wait_for()
    height = "frame => frame.clientHeight >= frame.contentDocument.documentElement.scrollHeight"
    assert page.locator("iframe").evaluate(height)
    page.close()
