"""The explorer as a reader uses it, in a real browser: without a kernel, and without a network."""

import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from made_maps import crowd
from matplotlib.colors import to_rgb
from PIL import Image
from sklearn.metrics import recall_score

from ser_utils import figures
from ser_utils.files import PROJECT
from ser_utils.widgets.explorer import Explorer, document

pytestmark = pytest.mark.browser

SCREENSHOTS = PROJECT / "build"
CARD = "#f6f8fa"  # what points are drawn on
EDGE = 1.05  # how far from the middle a whole map reaches


@pytest.fixture
def page(visit, addresses):
    return visit(addresses["file"])


@pytest.fixture
def maps(explored):
    return explored[0].maps


@pytest.mark.parametrize("where", ["file", "server", "kernel"])
def test_it_opens_and_plays_without_an_error_and_asks_nobody_else(visit, addresses, where):
    page = visit(addresses[where])
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('#panel audio').played.length > 0")
    assert page.errors == []
    own = addresses[where].removesuffix("index.html")
    assert [url for url in page.asked if not url.startswith((own, "data:", "blob:"))] == []
    assert len({url for url in page.asked if url.endswith(".ogg")}) == 1  # what is shown


def test_a_click_shows_the_utterance_of_the_point_and_its_sound(page, explored):
    maps, folder = explored[0].maps, explored[1]
    for i, title in enumerate(maps.systems):
        row = isolated(maps, title)
        page.mouse.click(*at(page, maps, i, row))
        shows(page, maps, row)
        player = page.locator("#panel audio")
        sound, _ = soundfile.read(folder / player.get_attribute("src"))
        assert np.corrcoef(sound, maps.samples(row))[0, 1] > 0.95
        page.wait_for_function("document.querySelector('#panel audio').duration > 0")
        seconds = len(maps.samples(row)) / 16_000
        assert player.evaluate("audio => audio.duration") == pytest.approx(seconds, abs=0.05)
        width = "img => img.decode().then(() => img.naturalWidth)"
        assert page.locator("#panel img").evaluate(width) > 10
    assert page.errors == []


def test_neighbours_are_those_in_the_embedding_and_can_be_heard_and_chosen(page, explored):
    explorer, _ = explored
    maps, row = explorer.maps, 7
    page.fill("#row", str(row + 1))
    page.keyboard.press("Enter")
    shows(page, maps, row)
    for part, system in zip(page.locator(".nearest").all(), maps.systems.values(), strict=True):
        expected = [each for each in system.nearest(system.embedding[row], 6) if each != row][:5]
        sounds = [audio.get_attribute("src") for audio in part.locator("audio").all()]
        assert sounds == [f"sound/{explorer.media.keys[each]}.ogg" for each in expected]
        other = maps.is_target[expected] != maps.is_target[row]
        assert f"{other.sum()} of 5 are of the other language" in part.inner_text()
        for item, each, is_other in zip(part.locator("li").all(), expected, other, strict=True):
            assert item.locator("button").inner_text() == name_of(maps, each)
            assert ("other language" in item.inner_text()) == is_other
    page.locator(".nearest button").first.click()
    shows(page, maps, next(iter(maps.systems.values())).neighbours(1)[row, 0])


def test_points_have_the_colours_of_their_groups(page, maps):
    for by in figures.COLOURINGS:
        page.select_option("#colouring", by)
        for i, title in enumerate(maps.systems):
            group, colours = figures.groups(maps, by, title)
            row = isolated(maps, title)
            has_colour(page, at(page, maps, i, row), colours[group[row]])
        legend = page.locator("#legend button").all_inner_texts()
        assert legend == list(colours)


def test_the_legend_hides_and_shows(page, maps):
    title, *_ = maps.systems
    row = isolated(maps, title)
    spot, name = at(page, maps, 0, row), figures.domain_names(maps.pair)[int(maps.is_target[row])]
    button = page.locator("#legend button", has_text=name)
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    has_colour(page, spot, CARD, alpha=1)
    assert f"Shown: {len(maps.table) // 2} of {len(maps.table)}" in page.inner_text("#shown")
    page.mouse.click(*spot)  # nothing is there
    page.get_by_role("button", name="Show all").click()
    shows(page, maps, 0)
    spot = at(page, maps, 0, row)  # the line that told what is hidden is gone
    page.mouse.click(*spot)
    shows(page, maps, row)


def test_a_lasso_counts_by_language_and_emotion_and_tells_the_recall(page, maps):
    page.get_by_role("button", name="Drag selects").click()
    box = page.locator(".plot").first.bounding_box()
    share = 0.7  # of the width of the first map
    corners = [(0.02, 0.02), (share, 0.02), (share, 0.98), (0.02, 0.98)]
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    drag(page, spots, "document.querySelector('#selection table')")
    across = document._framed(next(iter(maps.points.values())))[:, 0]
    inside = np.flatnonzero(across < EDGE * (2 * share - 1))
    assert 2 < len(inside) < len(maps.table)
    assert f"Selected: {len(inside)} utterances" in page.inner_text("#selection h2")
    counts, recalls = page.locator("#selection table").all()
    chosen, is_target = maps.table.iloc[inside], maps.is_target[inside]
    for emotion, part in chosen.groupby("emotion"):
        of_target = maps.is_target[part.index].sum()
        cells = [emotion, str(len(part) - of_target), str(of_target), str(len(part))]
        assert counts.locator("tr", has_text=emotion).inner_text().split("\t") == cells
    for title, line in zip(maps.systems, recalls.locator("tbody tr").all(), strict=True):
        said = maps.predicted(title)[inside]
        shown = line.inner_text().split("\t")[1:]
        for cell, part in zip(shown, (~is_target, is_target, is_target | True), strict=True):
            uar = recall_score(chosen["true"][part], said[part], average="macro")
            assert cell == f"{100 * uar:.1f} %"
    page.keyboard.press("Escape")
    page.locator("#selection table").first.wait_for(state="detached")


def test_it_is_used_by_the_keyboard_alone(page, maps):
    for key, row in (("ArrowRight", 1), ("ArrowLeft", 0), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        shows(page, maps, row)
    assert page.locator("#told").get_attribute("aria-live") == "polite"
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, input, select, audio, img)")]
            .filter(each => !(each.labels?.length || each.ariaLabel || each.alt
                || each.textContent.trim())).map(each => each.outerHTML)"""
    )
    assert unnamed == []
    page.get_by_role("button", name="Select all that is shown").press("Enter")
    page.get_by_text(f"Selected: {len(maps.table)} utterances").wait_for()
    before = page.evaluate(WIDTH)
    page.get_by_role("button", name="Zoom in").press("Enter")
    assert all(after < wide for after, wide in zip(page.evaluate(WIDTH), before, strict=True))
    page.get_by_role("button", name="Whole map").press("Enter")
    assert page.evaluate(WIDTH) == before


#: The maps, and how much of the plane each shows.
MAPS = "Bokeh.documents[0].roots()"
WIDTH = f"() => {MAPS}.map(map => map.x_range.end - map.x_range.start)"


@pytest.mark.parametrize("more", [0, 1])
def test_of_two_classes_that_are_all_but_equally_likely_it_says_the_predicted_one(
    visit, maps, tmp_path, more
):
    title, system = next(iter(maps.systems.items()))
    close = system.probabilities.copy()
    close[0] = 0.5 + 1e-6 * np.array([1 - 2 * more, 2 * more - 1])
    close[1] = 0.5  # the first is taken
    systems = maps.systems | {title: replace(system, probabilities=close)}
    known = replace(maps, systems=systems)
    page = visit(Explorer(known).write(tmp_path / "page", progress=False).as_uri())
    shows(page, known, 0)
    page.keyboard.press("ArrowRight")
    shows(page, known, 1)


def test_what_is_missing_is_told_and_the_rest_works(visit, maps, tmp_path):
    table = maps.table.copy()
    table.loc[0, "path"] = str(tmp_path / "gone.wav")
    table["language"] = "en"
    silent = replace(maps.systems["DANN"], probabilities=None)
    known = replace(maps, table=table, systems=maps.systems | {"DANN": silent})
    folder = tmp_path / "page"
    page = visit(Explorer(known).write(folder, progress=False).as_uri())
    assert "gone.wav: cannot be read" in page.inner_text("#panel")
    assert "DANN: no prediction" in page.inner_text("#told")
    assert "of one language" in page.inner_text("header")
    page.select_option("#colouring", "correctness")
    page.locator("#legend button", has_text="not predicted").wait_for()
    page.get_by_role("button", name="Next utterance").click()
    page.locator("#panel audio").wait_for()
    assert page.errors == []
    for sound in (folder / "sound").iterdir():
        sound.unlink()
    page.get_by_role("button", name="Next utterance").click()
    page.locator("#panel").get_by_text("beside this page").wait_for()
    assert table["speaker"][2] in page.inner_text("#panel")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_suits_light_and_dark_and_a_phone(visit, addresses, scheme):
    page = visit(addresses["file"], color_scheme=scheme)
    shot = page.screenshot(path=SCREENSHOTS / f"explorer_{scheme}.png", full_page=True)
    with Image.open(io.BytesIO(shot)) as picture:
        grey = picture.convert("L")
    assert (grey.getpixel((2, 2)) > 200) == (scheme == "light")
    darkest, brightest = grey.getextrema()
    assert brightest - darkest > 180
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_ten_thousand_points_open_and_move_fluently(visit, maps, tmp_path):
    index = tmp_path / "index.html"
    index.write_text(Explorer(crowd(maps, 10_000)).page(), encoding="utf-8")
    page = visit(index.as_uri())
    clock = page.context.new_cdp_session(page)
    # Seconds that the page itself works, since those of the clock are shared with other processes.
    clock.send("Performance.enable", {"timeDomain": "threadTicks"})
    box = page.locator(".plot").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    rounds = []
    for direction in (-1, 1, -1):  # nearer, back, and nearer
        before, frames = work(clock), 20
        for _ in range(frames):
            page.mouse.wheel(0, 20 * direction)
            page.evaluate("() => new Promise(requestAnimationFrame)")
        rounds.append(1000 * (work(clock) - before) / frames)
    print(f"{min(rounds):.1f} to {max(rounds):.1f} ms per frame")
    assert min(rounds) < 50  # a busy core takes longer for the same work
    page.wait_for_function(f"{MAPS}[1].x_range.start > -{EDGE}")  # the other map zooms along


def drag(page, spots: list, happened: str) -> None:
    """Drag the mouse over spots until it had an effect: a press that lasts 0.3 s is no drag."""
    for _ in range(20):
        page.mouse.move(*spots[0])
        page.mouse.down()
        for spot in spots[1:]:
            page.mouse.move(*spot)
        page.mouse.up()
        page.evaluate("() => new Promise(requestAnimationFrame)")
        if page.evaluate(f"() => Boolean({happened})"):
            return
    raise AssertionError(f"dragging never made it true that {happened}")


def work(clock) -> float:
    metrics = clock.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def name_of(maps, row: int) -> str:
    """Return what the page calls an utterance."""
    utterance = maps.table.iloc[row]
    emotion = figures.style.emotion_names(maps.table)[row]
    return f"{figures.language_name(utterance['language'])}, {emotion}, {utterance['speaker']}"


def shows(page, maps, row: int) -> None:
    """Wait until the panel tells of a row, with what each system says."""
    marks = {True: "right", False: "wrong"}
    says = {title: maps.predicted(title)[row] for title in maps.systems}
    true = maps.table["true"][row]
    text = "; ".join(f"{title}: {it}, {marks[it == true]}" for title, it in says.items())
    text = f"{name_of(maps, row)}. {text}"
    page.wait_for_function("text => document.getElementById('told').innerText === text", arg=text)


def at(page, maps, i: int, row: int) -> tuple[float, float]:
    """Return where map number `i` draws a row, on the page."""
    box = page.locator(".plot").nth(i).bounding_box()
    x, y = (document._framed(list(maps.points.values())[i])[row] + EDGE) / (2 * EDGE)
    return box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]


def isolated(maps, title: str) -> int:
    """Return the row whose nearest other on a map is farthest, but for those that rings mark."""
    points = maps.points[title]
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.min(axis=1)
    nearest[[0, *np.concatenate([s.neighbours(5)[0] for s in maps.systems.values()])]] = 0
    return int(nearest.argmax())


def has_colour(page, spot: tuple[float, float], colour: str, alpha: float = 0.85) -> None:
    """Wait until the page has a colour at a spot, drawn on its card."""
    expected = 255 * (alpha * np.array(to_rgb(colour)) + (1 - alpha) * np.array(to_rgb(CARD)))
    for _ in range(20):
        with Image.open(io.BytesIO(page.screenshot())) as shot:
            pixel = np.array(shot.convert("RGB").getpixel(tuple(map(round, spot))))
        if np.abs(pixel - expected).max() < 12:
            return
    raise AssertionError(f"{pixel} at {spot}, not {expected}")
