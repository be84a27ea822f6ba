"""What tests of stored results share: where these are, and what the READMEs say of them."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
RESULTS = PROJECT / "results"
#: Texts on results.
FRONT, WHOLE = "README.md", "results/README.md"


@cache
def is_committed(name: str) -> bool:
    """Whether a stored table is the one of the last commit."""
    command = ["git", "-C", str(PROJECT), "diff", "--quiet", "HEAD", "--", f"results/{name}.csv"]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def require_committed(*names: str) -> None:
    for name in names:
        if not (RESULTS / f"{name}.csv").is_file():
            pytest.skip(f"there is no results/{name}.csv")
        if not is_committed(name):
            pytest.skip(f"results/{name}.csv is not the one that the texts are about")


def says(readme: str, *sentences: str) -> None:
    """Assert that a README says all of this, in whatever lines."""
    text = " ".join((PROJECT / readme).read_text(encoding="utf-8").split())
    for sentence in sentences:
        assert sentence in text, sentence
