import re
from pathlib import Path

from made_pages import Elements, dead_links

import ser_utils

PACKAGE = Path(ser_utils.__file__).parent


def test_every_link_and_anchor_of_the_site_is_there(whole_site):
    assert dead_links(whole_site) == []


def test_it_has_notebooks_texts_reference_and_a_way_to_the_explorer(whole_site):
    index = Elements((whole_site / "index.html").read_text(encoding="utf-8"))
    addresses = [address for _, address in index.addresses()]
    for page in ("notebooks/03_gradient_reversal", "docs/glossary", "data/README", "api/training"):
        assert f"{page}.html" in addresses
    listen = Elements((whole_site / "listen.html").read_text(encoding="utf-8"))
    assert "explore/index.html" in [address for _, address in listen.addresses()]


def test_a_notebook_has_its_outputs_and_a_folded_quiz(whole_site):
    page = Elements((whole_site / "notebooks/03_gradient_reversal.html").read_text("utf-8"))
    figures = [each for each, _ in page.named("img") if each.get("class") == "figure"]
    assert figures
    assert all(each["alt"] for each in figures)
    assert len([each for each, _ in page.named("summary")]) >= 20


def test_the_reference_tells_what_a_docstring_says(whole_site):
    page = (whole_site / "api/gradient_reversal.html").read_text(encoding="utf-8")
    assert 'id="ser_utils.gradient_reversal.reverse_gradient"' in page
    names = {path.stem for path in (whole_site / "api").iterdir()}
    assert names == {path.stem for path in PACKAGE.iterdir() if re.match("[a-z]", path.name)}
