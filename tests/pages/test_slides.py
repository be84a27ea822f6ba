"""The slides: whole in one file, with the numbers of the results, and with or without a PDF."""

import json
import re

import pytest

from ser_utils.__main__ import main
from ser_utils.errors import SerError
from ser_utils.experiments import summary
from ser_utils.files import in_checkout
from ser_utils.pages import slides

SOURCE = in_checkout("docs", "slides.md.j2").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page():
    return slides.page()


def test_without_chromium_there_is_the_page_and_a_word_on_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(slides.shutil, "which", lambda name: None)
    assert main(["slides", "--out", str(tmp_path)]) == 0
    assert "No PDF: there is no Chromium" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_each_slide_has_a_heading_and_notes(page):
    found = re.findall(r"(?s)<section>.*?</section>", page)
    assert 18 <= len(found) <= 24
    for slide in found:
        assert len(re.findall("<h[12]>", slide)) == 1
        (notes,) = re.findall(r"(?s)<aside.*?>(.*)</aside>", slide)
        assert len(notes.split()) > 20


def test_pictures_and_formulas_are_in_the_page(page):
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(addresses) == len(re.findall(r"^!\[", SOURCE, re.MULTILINE)) >= 12
    whole = "data:image/png;base64,iVBOR", "data:image/svg+xml;base64,PHN2Zy"
    assert all(address.startswith(whole) for address in addresses)
    assert all(re.findall('<img [^>]*alt="[^"]{40,}"', page))
    assert page.count("<math") == SOURCE.count("$$") / 2
    assert "$$" not in page
    assert "merror" not in page


def test_its_numbers_are_those_of_the_results(page):
    headline = json.loads(in_checkout("results", "headline.json").read_text(encoding="utf-8"))
    for of in ("paper", "same_batch_norm", "free_opponent", "auc"):
        gain, low, high = (f"{headline[of][end]:+.1f}" for end in ("gain", "low", "high"))
        assert f"<td>{gain} [{low}, {high}]</td>" in page
    ladder = json.loads(in_checkout("results", "ladder.json").read_text(encoding="utf-8"))
    assert f"From <strong>{ladder['naive']:.1f} %</strong>" in page
    assert f"{headline['paper']['pairs_that_gain']} of {headline['paper']['pairs']} pairs" in page


def test_no_other_number_is_typed():
    typed = re.sub(r"(?s)\{[{%].*?[%}]\}|\(\.\.[^)]*\)", " ", SOURCE)
    assert set(re.findall(r"[+-]?\d+\.\d+|\d+ %", typed)) == {
        f"+{summary.PAPER_GAIN}",
        "50 %",
        "95 %",
    }


def test_a_heading_that_is_not_there_is_named():
    with pytest.raises(SerError, match=r"no figure below #nothing in 04_dann\.ipynb"):
        slides._figure(in_checkout("notebooks", "04_dann.ipynb"), "nothing")


def test_a_formula_that_no_page_can_show_is_named(tmp_path):
    with pytest.raises(SerError, match=r"no page can show the formula \\nonsense\{x\}\."):
        slides._markdown(tmp_path).render(r"$$\nonsense{x}$$")


def test_a_browser_that_does_not_print_is_told_of(tmp_path):
    with pytest.raises(SerError, match=r"false does not print"):
        slides._print("false", "file:///nothing", tmp_path / "slides.pdf")
