"""Check spelling and style of what people read: texts, notebooks, docstrings, comments, messages.

    python tests/support/prose.py

pyspellchecker has the dictionary, and `docs/words.txt` what it lacks: terms, names, and British
spellings, which this project keeps to. What is code, mathematics, or the address of a link is not
read, nor is a word with several capitals, which is a name.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from spellchecker import SpellChecker

PROJECT = Path(__file__).parents[2]
WORDS = PROJECT / "docs" / "words.txt"

#: What is read, as git names it; not the tables that commands write.
READ = ["*.md", "*.py", "docs/*.json", ":!results/*_*", ":!results/audit.md"]

NOT_PROSE = re.compile(
    r"```.*?```|``.*?``|`[^`]*`"  # code
    r"|\$\$.*?\$\$|\$[^$]*\$"  # mathematics
    r"|<!--.*?-->|<[^>]*>|https?://\S+|(?<=\])\([^)]*\)"  # markup and addresses
    r'|(?<!\*)\*[A-Z][^*]{15,}\*(?!\*)|"[A-Z][^"]{15,}"',  # titles of other people's works
    re.DOTALL,
)
#: A word, unless it is part of a name of a file or variable.
WORD = re.compile(r"(?<![\w.@/\\%{-])[^\W\d_]{2,}(?:['’][a-z]+)?(?![\w/\\=(}]|\.\w)")
AMERICAN = re.compile(
    r"(?!(?:re|cap)?siz|priz|seiz)\w+iz(?:e[drs]?|ing|ations?)|\w+yz(?:e[drs]?|ing)"
    r"|\w*(?:behavi|col|fav|hon|neighb)or\w*|(?:center|gray)\w*|(?:label|model|travel)(?:ed|ing)"
)

NUMBER = r"an?|one|two|three|four|five|six|seven|eight|nine|ten|\d+"
UNIT = (
    "batch|class|core|corpus|dialogue|domain|emotion|epoch|file|folder|frame|language|pair|"
    "participant|rater|row|run|seed|sentence|source|speaker|turn|unit|utterance|word"
)
#: A pattern that we avoid, outside of code and in the code of texts, and what to do instead.
WHAT = r"(?: (?!in|of|as|is|to|with)\w+)?(?: or (?:more|so))?"
RATE = {rf"(?i)\b(?:{NUMBER}){WHAT} an? (?:{UNIT})\b(?! [a-z])": "say 'per'"}
#: The same, outside of code alone.
STYLE = {
    r"—": "write two sentences",
    r"\b(a|an|and|as|at|by|for|in|is|of|on|that|the|to|with) \1\b": "the same word twice",
    r", too,": "say 'also' or 'as well'",
    r"\b(?:basically|in order to|leverag\w+|obviously|of course|simply|trivially|utilis\w+)\b": (
        "leave it out, or say it plainly"
    ),
}
#: The same, in texts and notebooks alone.
STYLE_OF_TEXTS = {
    r"[.!)*] (?:What|Who) (?!you saw)(?:(?!\n\n)[^.:?!|])*\.(?=\s|$)": (
        "begin with the subject, not with 'What' or 'Who'"
    ),
    r"\b(?:(?:[Mm]ost|[Mm]any|[Ff]ew|\w+ of (?:two|three)) (?:answers|groups|people|students)\b"
    r"|(?:[Mm]ost|Many|[Ff]ew) (?:expect|forget|guess|name|say)"
    r"|[Nn]obody (?:expects|guesses)|[Ss]tudents (?:expect|rightly|tend|trust)"
    r"|(?:common|frequent|often) (?:answer|mistake|misse|misunderstanding))": (
        "nobody has counted: say 'Be ready for'"
    ),
}


def main() -> int:
    """Print what is wrong, by file and line; return the exit status."""
    listed = ["git", "ls-files", "-z", *READ]
    names = subprocess.run(listed, cwd=PROJECT, capture_output=True, text=True, check=True)
    known = dictionary()
    problems = []
    for name in filter(None, names.stdout.split("\0")):
        text = (PROJECT / name).read_text(encoding="utf-8")
        problems += [f"{name}:{problem}" for problem in check(name, text, known)]
    print(*problems, sep="\n", file=sys.stderr, end="\n" if problems else "")
    return int(bool(problems))


def dictionary() -> SpellChecker:
    """Return the dictionary, with our words."""
    known = SpellChecker()
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    known.word_frequency.load_words(" ".join(w for w in lines if not w.startswith("#")).split())
    return known


def check(name: str, text: str, known: SpellChecker) -> Iterator[str]:
    """Yield each mistake in the prose of a file, after the number of its line."""
    prose = of_python(text, name) if name.endswith(".py") else text
    if name.endswith(".json"):
        prose = prose.replace('"', " ")
    prose = NOT_PROSE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), prose)
    for found in WORD.finditer(prose):
        word = re.sub("['’]s?$", "", found[0])
        if word[1:].islower() and not spelt(word.lower(), known):
            yield f"{line(prose, found)}: spelling: {word}"
    rules = STYLE if name.endswith(".py") and "notebooks/" not in name else STYLE | STYLE_OF_TEXTS
    for pattern, advice in (RATE | rules).items():
        read = text if pattern in RATE and name.endswith(".md") else prose
        for found in re.finditer(pattern.replace(" ", r"(?:[ ]+|[ ]*\n[> ]*)"), read):
            yield f"{line(read, found)}: style: {' '.join(found[0].split())}: {advice}"


def of_python(text: str, name: str) -> str:
    """Keep comments, docstrings, and of the package and notebooks what else is a phrase."""
    lines = [""] * (text.count("\n") + 2)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            of_line = token.line[: token.start[1]].strip()  # then the next line begins anew
            lines[token.start[0] - 1] += token.string.lstrip("#:! ") + " |" * bool(of_line)
    tree = ast.parse(text)
    docstrings = [
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            phrase = not name.startswith(("tests/", "benchmarks/")) and node.value.count(" ") > 2
            if phrase or node in docstrings:
                for i, part in enumerate(f"{node.value}|".split("\n")):  # ends what it begins
                    lines[min(node.lineno - 1 + i, len(lines) - 1)] += f" {part}"
    return "\n".join(lines)


def spelt(word: str, known: SpellChecker) -> bool:
    """Tell whether a word in lower case is known, or its singular is, and is not American."""
    return not AMERICAN.fullmatch(word) and (word in known or word.removesuffix("s") in known)


def line(text: str, found: re.Match) -> int:
    """Return the number of the line that holds what was found."""
    return text.count("\n", 0, found.start()) + 1


if __name__ == "__main__":
    sys.exit(main())
