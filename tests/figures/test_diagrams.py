import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ser_utils.batch_norm import COMPOSITIONS
from ser_utils.figures import diagrams
from ser_utils.figures.style import DOMAIN_COLOURS
from ser_utils.pages import sources

PROJECT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = diagrams.drawn()


def title(svg):
    return ET.fromstring(svg).find(f"{SVG}title").text


@pytest.mark.parametrize("name", DRAWN)
def test_committed_diagram_is_what_the_command_writes(name, tmp_path):
    diagrams.write(tmp_path)
    committed = PROJECT / "notebooks" / "pictures" / name
    assert committed.read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", DRAWN)
def test_diagram_is_shown_and_its_alternative_text_is_its_title(name):
    texts = [(PROJECT / "README.md").read_text(encoding="utf-8")]
    for py in sources.find(PROJECT / "notebooks"):
        texts += [c.source for c in sources.read(py).cells if c.cell_type == "markdown"]
    shown = re.findall(rf"!\[([^\]]*)\]\([\w/]*\b{re.escape(name)}\)", "\n".join(texts))
    assert set(shown) == {title(DRAWN[name])}


@pytest.mark.parametrize("name", DRAWN)
def test_all_lies_inside_and_follows_the_scheme_of_the_reader(name):
    root = ET.fromstring(DRAWN[name])
    _, _, width, height = map(float, root.get("viewBox").split())
    for rect in root.iter(f"{SVG}rect"):
        x, y = float(rect.get("x", 0)), float(rect.get("y", 0))
        assert 0 <= x <= x + float(rect.get("width")) <= width
        assert 0 <= y <= y + float(rect.get("height")) <= height
    assert "prefers-color-scheme: dark" in DRAWN[name]


def test_the_reversal_alone_turns_a_gradient_round():
    assert re.findall(r">× ([^<]+)<", DRAWN["dann.svg"]) == ["1", "−λ", "1"]


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_each_composition_is_drawn_with_whose_statistics_it_takes(name, monkeypatch):
    rule = COMPOSITIONS[name]
    monkeypatch.setattr(diagrams, "COMPOSITIONS", {name: rule})
    blue, orange = DOMAIN_COLOURS
    # In training one estimate for both domains, or two; at evaluation likewise; and the legend.
    pools = {"source": [blue], "target": [orange], "both": [blue, orange]}
    in_training = pools[rule.source] + pools[rule.target] * (rule.source != rule.target)
    running = [colour for of in rule.running for colour in pools[of]]
    svg = diagrams.batch_norm()
    drawn = re.findall(r'(?:r="11"|0 22z") fill="(#\w+)"', svg)
    assert drawn == [*in_training, *running, *pools["both"]]
    assert ("in turn<" in svg) == (name == "separate")
