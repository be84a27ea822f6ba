"""The check of spelling and style finds mistakes where people read, and nowhere else."""

import prose
import pytest

KNOWN = prose.dictionary()


def check(name: str, text: str) -> list[str]:
    return list(prose.check(name, text, KNOWN))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "Speech.\n\nAn *utterence* is short."),
        ("docs/quiz.json", '{"quiz":\n["How long is it?",\n"An utterence."]}'),
        ("notebooks/01.py", "# %% [markdown]\n# > **Predict.** How long\n# > is an utterence?"),
        ("ser_utils/a.py", '"""Read.\n\nAn utterence is short.\n"""\n'),
        ("ser_utils/a.py", "x = 1\n\nutterence = x  # an utterence"),
        ("ser_utils/a.py", 'n = 1\n\nraise ValueError(f"there is no utterence in {n} files")'),
    ],
)
def test_it_finds_a_misspelt_word(name, text):
    assert check(name, text) == ["3: spelling: utterence"]


def test_what_is_not_prose_is_not_read():
    code = "```sh\nutterence\n```\n`utterence` [it](utterence.md) $utterence$ <b utterence>"
    names = "a/utterence utterence.py utterence_ids UtteRence https://utterence"
    assert check("README.md", f"{code} {names}") == []
    assert check("tests/test_a.py", 'utterence = "an utterence is of four words"') == []


@pytest.mark.parametrize("word", ["normalize", "neighboring", "colors", "centered", "analyzed"])
def test_american_spelling_is_a_mistake_but_for_titles(word):
    assert check("README.md", f"We {word} it.") == [f"1: spelling: {word}"]
    assert check("README.md", f"Ioffe 2015, *How we {word} a batch*, ICML.") == []


@pytest.mark.parametrize("word", ["normalise", "size", "sized", "colours", "Hammarberg's"])
def test_british_spelling_and_names_are_right(word):
    assert check("README.md", f"We {word} it.") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It makes one dot a seed.", "one dot a seed"),
        ("Ten or more an emotion.", "Ten or more an emotion"),
        ("```\na/1.wav   120 files or so a word\n```", "120 files or so a word"),
        ("It is the\nthe second.", "the the"),
        ("AUC rises, too, and so on.", ", too,"),
        ("It rises — and falls.", "—"),
        ("It is trivially so.", "trivially"),
        ("It rises. What is left\nof it falls.", ". What is left of it falls."),
        ("Most students say so.", "Most students"),
        ("Two of three\ngroups stop.", "Two of three groups"),
        ("A common mistake is this.", "common mistake"),
    ],
)
def test_style(text, found):
    (problem,) = check("README.md", text)
    assert f"style: {found}: " in problem


def test_parts_of_a_message_are_read_apart():
    assert check("ser_utils/a.py", 'raise ValueError(f"there are {m} of {n} of {k} of them")') == []


def test_a_question_and_a_heading_may_begin_with_what():
    assert check("README.md", "It rises. What is left of it?\n\n## What is left\n\nIt falls.") == []
