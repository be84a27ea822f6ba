"""The diagrams, which are drawn by hand: they say what the code does, in its colours."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ser_utils import audio, settings
from ser_utils.batch_norm import COMPOSITIONS
from ser_utils.experiments.systems import find
from ser_utils.figures.style import CLASS_COLOURS, DOMAIN_COLOURS
from ser_utils.pages import sources

PROJECT = Path(__file__).parents[2]
DIAGRAMS = {
    path.name: path.read_text(encoding="utf-8")
    for path in (PROJECT / "notebooks" / "pictures").glob("*.svg")
}
#: Follows the name of each part.
NAME = r'class="name">([^<]+)<'


def element(svg, name):
    return ET.fromstring(svg).find(f"{{http://www.w3.org/2000/svg}}{name}").text


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_is_shown_and_its_alternative_text_is_its_title(name):
    texts = [(PROJECT / "README.md").read_text(encoding="utf-8")]
    for py in sources.find(PROJECT / "notebooks"):
        texts += [c.source for c in sources.read(py).cells if c.cell_type == "markdown"]
    shown = re.findall(rf"!\[([^\]]*)\]\([\w/]*\b{re.escape(name)}\)", "\n".join(texts))
    assert set(shown) == {element(DIAGRAMS[name], "title")}


@pytest.mark.parametrize("name", DIAGRAMS)
def test_it_follows_the_scheme_of_the_reader_in_the_colours_of_all_figures(name):
    svg = DIAGRAMS[name]
    schemes = [
        dict(re.findall(r"--(\w+): (#\w{6})", scheme))
        for scheme in element(svg, "style").split("prefers-color-scheme: dark")
    ]
    light, dark = schemes
    assert light.keys() == dark.keys() == set(re.findall(r"var\(--(\w+)\)", svg))
    own = {*DOMAIN_COLOURS, *CLASS_COLOURS, find("dann").colour}
    assert set(re.findall(r"#\w{6}", svg)) - own == {*light.values(), *dark.values()}


def test_the_reversal_alone_turns_a_gradient_round():
    assert re.findall(r">× ([^<]+)<", DIAGRAMS["dann.svg"]) == ["1", "−λ", "1"]


def test_an_utterance_has_the_rate_and_the_limit_of_the_code():
    svg = DIAGRAMS["utterance.svg"]
    assert f">audio: {audio.SAMPLING_RATE:,} a second<" in svg
    assert f"standardised, within ±{settings.CLIP:g}<" in svg


def test_each_composition_is_drawn_with_whose_statistics_it_takes():
    svg = DIAGRAMS["batch_norm.svg"]
    _, *parts = re.split(NAME, svg)
    drawn = dict(zip(parts[::2], parts[1::2], strict=True))
    assert [*drawn] == ["in training", "at evaluation", *COMPOSITIONS, "layer"]
    blue, orange = DOMAIN_COLOURS
    pools = {"source": [blue], "target": [orange], "both": [blue, orange]}
    for name, rule in COMPOSITIONS.items():
        # In training one estimate for both domains, or two; at evaluation likewise.
        in_training = pools[rule.source] + pools[rule.target] * (rule.source != rule.target)
        running = [colour for of in rule.running for colour in pools[of]]
        found = re.findall(r'(?:r="11"|0 22z") fill="(#\w+)"', drawn[name])
        assert found == [*in_training, *running], name
        assert ("in turn<" in drawn[name]) == (name == "separate")
    title = element(svg, "title")
    together = [name for name, rule in COMPOSITIONS.items() if rule.source == rule.target]
    apart = [name for name in COMPOSITIONS if name not in together]
    always = [name for name in apart if COMPOSITIONS[name].per_domain]
    for names in (together, apart, always):
        assert f"nder {' and '.join(', '.join(names).rsplit(', ', 1))} " in title
