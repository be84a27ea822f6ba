"""The page on debugging: every example shows its symptom, and its check finds the fault alone."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "debugging.md").read_text(encoding="utf-8")
BEGINNING, *SECTIONS = re.split(r"^### ", PAGE, flags=re.MULTILINE)
TITLES = [section.partition("\n")[0] for section in SECTIONS]


def code(text: str) -> str:
    return "\n".join(re.findall(r"(?ms)^```python\n(.*?)^```", text))


@pytest.mark.parametrize("section", SECTIONS, ids=TITLES)
def test_the_example_shows_the_symptom_and_the_check_finds_it(section):
    names = {}
    exec(code(BEGINNING) + code(section), names)
    assert names["symptom"]
    assert set(names["found"]) == {"broken", "mended"}
    assert names["found"]["broken"]
    assert not names["found"]["mended"]


@pytest.mark.parametrize("section", SECTIONS, ids=TITLES)
def test_a_fault_has_a_symptom_a_cause_a_check_and_a_remedy(section):
    said = re.findall(r"^- \*\*(\w+)\.\*\* \S", section, re.MULTILINE)
    assert said == ["Symptom", "Cause", "Check", "Mend"]
    assert len(code(section).splitlines()) <= 20
