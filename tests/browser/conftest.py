"""A browser, and an explorer to open in it: from a folder, a server, or a kernel."""

import copy
import shutil
import threading
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from made_maps import with_points

from ser_utils.embeddings.maps import Maps
from ser_utils.widgets.explorer import Explorer

#: Seconds; a busy machine takes long.
PATIENCE = 180


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def explored(trained_on_tones, tmp_path_factory):
    """Return an explorer, and the folder it is written to."""
    pair, systems = trained_on_tones
    explorer = Explorer(with_points(Maps.of(copy.deepcopy(pair), systems)))
    folder = tmp_path_factory.mktemp("explorer")
    explorer.write(folder, progress=False)
    return explorer, folder


@pytest.fixture(scope="session")
def serve():
    """Return a function that serves a folder until the end, and returns the address."""
    with ExitStack() as stack:

        def start(folder):
            handler = partial(Silent, directory=str(folder))
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


@pytest.fixture(scope="session")
def addresses(explored, serve):
    explorer, folder = explored
    return {
        "file": (folder / "index.html").as_uri(),
        "server": f"{serve(folder)}/index.html",
        "kernel": explorer.address,
    }


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Return a function that opens an address; its errors and requests are in lists of the page."""
    pages = []

    def open_(address, width=1280, height=1000, ready="body[data-ready]", **options):
        page = browser.new_page(viewport={"width": width, "height": height}, **options)
        pages.append(page)
        page.set_default_timeout(1000 * PATIENCE)
        page.errors, page.asked = [], []
        page.on("console", lambda m: m.type == "error" and page.errors.append(m.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address)
        page.locator(ready).wait_for()
        return page

    yield open_
    for page in pages:
        page.close()
