"""Terms lead to the glossary where a notebook first uses them, and nowhere else."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ser_utils.pages import builds, glossary, sources

GLOSSARY = """\
# Glossary

### domain

A distribution.

### domain classifier

It tells one from another.

### expectation maximisation

**EM** for short.

### penalty

What is added.

## Notation

### not a term
"""


@pytest.fixture
def linked(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.md").write_text(GLOSSARY)
    (tmp_path / "notebooks").mkdir()

    def of(*texts):
        notebook = new_notebook(cells=list(map(new_markdown_cell, texts)))
        glossary.link(notebook, tmp_path / "notebooks")
        return [cell.source.replace("../docs/glossary.md", "") for cell in notebook.cells]

    return of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A domain, a domain.", "A [domain](#domain), a domain."),
        ("Domains differ.", "[Domains](#domain) differ."),
        ("two *penalties*", "two *[penalties](#penalty)*"),
        ("a domain classifier", "a [domain classifier](#domain-classifier)"),
        (
            "domain classifiers of a domain",
            "[domain classifiers](#domain-classifier) of a [domain](#domain)",
        ),
        ("> a domain\n> classifier", "> a [domain\n> classifier](#domain-classifier)"),
        ("by EM", "by [EM](#expectation-maximisation)"),
    ],
)
def test_the_first_use_is_linked(linked, text, expected):
    assert linked(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "`domain` and ```a domain```",
        "$domain$ and $$a domain$$",
        "## A domain",
        "![a domain](a.svg) and [a domain](b.md)",
        "**A domain.**",
        "domain-specific, subdomain, domain_name",
        "give them to em",
        "not a term",
        "**Further reading.** A domain.",
    ],
)
def test_what_is_no_running_text_and_no_term_stays(linked, text):
    assert linked(text) == [text]


def test_a_term_is_linked_once_and_not_after_a_link_of_the_source(linked):
    explained = "a **[domain](../docs/glossary.md#domain)**"
    assert linked("penalty", "penalty", explained, "domain") == [
        "[penalty](#penalty)",
        "penalty",
        "a **[domain](#domain)**",
        "domain",
    ]


def test_a_hint_has_no_link_that_readers_would_have_to_unfold(linked, tmp_path):
    py = tmp_path / "notebooks/01_first.py"
    hint = '# %% [markdown] tags=["hint"]\n# a domain\n\n'
    py.write_text(f"{hint}# %%\n1\n\n# %% [markdown]\n# domain\n")
    for build in (builds.READERS, builds.STUDENTS, builds.TEACHERS):
        hint, code, text = sources.read(py, build).cells
        assert "a domain\n" in hint.source
        assert code.source == "1"
        assert text.source == "[domain](../docs/glossary.md#domain)"


def test_without_a_glossary_nothing_is_linked(tmp_path):
    cells = [new_markdown_cell("domain"), new_code_cell("domain")]
    notebook = glossary.link(new_notebook(cells=cells), tmp_path)
    assert [cell.source for cell in notebook.cells] == ["domain", "domain"]
