"""The explorer as a reader uses it: served by Voilà, in a real browser."""

import base64
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from ser_utils import figures
from ser_utils.files import PROJECT
from ser_utils.pages import explore_app
from ser_utils.widgets import words
from ser_utils.widgets.epoch_scrubber import EpochScrubber
from ser_utils.widgets.explorer import Explorer

pytestmark = pytest.mark.browser

#: As given to make, as in `make test-browser SOURCE=ravdess TARGET=emodb`.
SOURCE = os.environ.get("SOURCE", "synthetic-en")
TARGET = os.environ.get("TARGET", "synthetic-de")
TASK = os.environ.get("TASK", "arousal")
#: Seconds; a new machine compiles and imports much the first time.
PATIENCE = 180
SCREENSHOTS = PROJECT / "build"  # a picture that the README shows was copied from there


@pytest.fixture(scope="module")
def prepared():
    """What the application shows, computed here once more: its maps come from the same cache."""
    return explore_app.prepare(SOURCE, TARGET, TASK)


@pytest.fixture(scope="module")
def address(prepared):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--source", SOURCE, "--target", TARGET, "--task", TASK, "--port", str(port)]
    command = [sys.executable, "-m", "ser_utils", "explore", *options, "--no-browser"]
    with subprocess.Popen(command, start_new_session=True) as server:
        try:
            url = f"http://localhost:{port}"
            _wait_for(url + "/voila/static/voila.js", server)
            yield url
        finally:
            server.terminate()  # which takes along what it started
            try:
                server.wait(60)
            finally:
                server.kill()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    """Return the page of the application, loaded; its console errors are in `page.errors`."""
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.set_default_timeout(1000 * PATIENCE)
    page.errors, page.elsewhere = [], []
    page.on("console", lambda m: m.type == "error" and page.errors.append(m.text))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda request: page.elsewhere.append(request.url))
    page.goto(address)
    page.locator("audio").first.wait_for()
    yield page
    page.close()


def test_it_loads_without_an_error_and_without_the_network(page, address):
    _map(page)
    page.screenshot(path=SCREENSHOTS / "explorer.png")
    assert page.errors == []
    own = (address, address.replace("http", "ws"), "data:", "blob:")
    assert [url for url in page.elsewhere if not url.startswith(own)] == []


def test_a_click_shows_and_plays_the_utterance_of_the_point(page, prepared):
    maps, _ = prepared
    panel = Explorer(maps).canvas
    for system in maps.systems:
        row = _isolated(panel.pixels(system))
        page.mouse.click(*_on_page(page, panel, panel.pixels(system)[row]))
        _shows(page, maps, row)
        _plays(page, words.as_wav(maps.samples(row)))
    page.screenshot(path=SCREENSHOTS / "explorer_click.png")
    assert page.errors == []


def test_the_arrow_keys_walk_from_row_to_row(page, prepared):
    maps, _ = prepared
    page.locator(".noUi-handle:visible").first.focus()
    page.keyboard.press("ArrowRight")
    _shows(page, maps, 1)


def test_the_menu_recolours_the_points(page, prepared):
    maps, _ = prepared
    panel = Explorer(maps).canvas
    row = _isolated(panel.pixels("DANN"))
    at = _on_page(page, panel, panel.pixels("DANN")[row])
    language = figures.style.DOMAIN_COLOURS[int(maps.is_target[row])]
    _eventually(lambda: _is_colour(page, at, language))
    page.locator("select:visible").select_option("emotion")
    emotion = figures.style.EMOTION_COLOURS[maps.table["emotion"].iloc[row]]
    _eventually(lambda: _is_colour(page, at, emotion))
    page.mouse.click(*at)
    _shows(page, maps, row)
    page.screenshot(path=SCREENSHOTS / "explorer_emotion.png")


def test_the_scrubber_moves_the_points(page, prepared):
    maps, by_epoch = prepared
    scrubber = EpochScrubber(by_epoch, maps)
    page.get_by_text("Over the epochs").click()
    before = scrubber.canvas.pixels("language")
    scrubber.slider.value = last = len(by_epoch) - 1
    after = scrubber.canvas.pixels("language")
    row = _isolated(after, apart_from=before)
    at = _on_page(page, scrubber.canvas, after[row])
    _eventually(lambda: _is_colour(page, at, "white"))
    page.locator(".noUi-handle:visible").first.focus()
    for _ in range(last):
        page.keyboard.press("ArrowRight")
    _eventually(
        lambda: _is_colour(page, at, figures.style.DOMAIN_COLOURS[int(maps.is_target[row])])
    )
    page.screenshot(path=SCREENSHOTS / "scrubber.png")
    assert page.errors == []


def test_an_upload_is_classified_and_placed(page, prepared, tmp_path):
    maps, _ = prepared
    utterance = maps.table["path"].iloc[-1]
    page.get_by_text("Your voice").click()
    _upload(page, Path(utterance))
    page.get_by_text("★ is your recording").wait_for()
    shown = page.locator(".widget-html:visible table").inner_text()
    for system in maps.systems.values():
        assert words.verdict(maps, system.probabilities[-1]) in shown
    page.screenshot(path=SCREENSHOTS / "your_voice.png", full_page=True)
    (tmp_path / "no_sound.wav").write_bytes(b"no sound")
    _upload(page, tmp_path / "no_sound.wav")
    page.get_by_text("no_sound.wav: not a readable audio file").wait_for()
    assert page.errors == []


def _shows(page, maps, row: int) -> None:
    """Wait until the panel holds the facts of a row."""
    facts = page.locator(".widget-html:visible table")
    expected = re.sub(r"<[^>]*>", " ", words.described(maps, row)).split()
    _eventually(lambda: facts.inner_text().split() == expected)


def _upload(page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("Choose a recording")).click()
    chooser.value.set_files(file)


def _map(page):
    """Return the canvas of the map that is in view."""
    canvas = page.locator(".jupyter-matplotlib-canvas-container:visible canvas").first
    canvas.wait_for()
    return canvas


def _on_page(page, panel, pixel: np.ndarray) -> tuple[float, float]:
    """Translate a position in a figure, from its lower left corner, to one on the page."""
    box = _map(page).bounding_box()
    return box["x"] + pixel[0], box["y"] + panel.widget.figure.bbox.height - pixel[1]


def _isolated(pixels: np.ndarray, apart_from: np.ndarray | None = None) -> int:
    """Return the row that is farthest from all others, and from what else is drawn."""
    distance = np.linalg.norm(pixels[:, None] - pixels, axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.min(axis=1)
    if apart_from is not None:
        others = np.linalg.norm(pixels[:, None] - apart_from, axis=2).min(axis=1)
        nearest = np.minimum(nearest, others)
    return int(nearest.argmax())


def _is_colour(page, at: tuple[float, float], colour: str) -> bool:
    """Tell whether the page has a colour, or that colour over white as points are drawn, there."""
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        pixel = np.array(shot.convert("RGB").getpixel((round(at[0]), round(at[1]))))
    expected = 255 * np.array(to_rgb(colour))
    drawn = 0.8 * expected + 0.2 * 255
    return bool(np.abs(pixel - drawn).max() < 12)


def _plays(page, sound: bytes) -> None:
    """Wait until the player holds a sound."""
    _eventually(lambda: _sound(page) == sound)


def _sound(page) -> bytes:
    encoded = page.locator("audio:visible").first.evaluate(
        """async audio => {
            const content = new Uint8Array(await (await fetch(audio.src)).arrayBuffer());
            return btoa(Array.from(content, byte => String.fromCharCode(byte)).join(""));
        }"""
    )
    return base64.b64decode(encoded)


def _eventually(holds, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


def _wait_for(url: str, server: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert server.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"nothing answers at {url}")
