"""What differs on Windows, as far as another system can show it."""

import ast
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from ser_utils import features, files
from ser_utils.commands.doctor import BELOW_CACHE
from ser_utils.datasets.synthetic import corpora, prosody
from ser_utils.experiments import provenance

ROOT = Path(__file__).parents[1]
SOURCES = [ROOT / "bootstrap.py", *(ROOT / "ser_utils").rglob("*.py")]


def calls(file):
    """Yield each call in a source: its name, without what stands before a dot, and its node."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_text_files_name_encoding_and_line_ends(file):
    """Elsewhere these are those of the machine: a code page, and two characters for an end."""
    for name, node in calls(file):
        where, said_by_name = f"line {node.lineno}", {keyword.arg for keyword in node.keywords}
        if name == "read_text" and not node.args:
            assert "encoding" in said_by_name, where
        if name == "write_text" and isinstance(node.func, ast.Attribute):
            ours = getattr(node.func.value, "id", "") == "files"
            assert ours or {"encoding", "newline"} <= said_by_name, where
        if name == "to_csv":
            assert "lineterminator" in said_by_name, where


def test_tables_have_the_same_line_ends_everywhere(monkeypatch, tmp_path):
    plan = prosody.utterances("en")
    here = corpora.locate("en")
    monkeypatch.setattr("os.linesep", "\r\n")
    assert b"\r\n" in pd.DataFrame({"a": [1]}).to_csv().encode(), "the machine seems to be Windows"
    assert corpora.locate("en") == here
    corpora._render_into(tmp_path, plan[:1], corpora.LANGUAGES["en"], 1)
    assert b"\r" not in (tmp_path / "table.csv").read_bytes()


def test_stored_messages_have_slashes(monkeypatch, ser_data):
    monkeypatch.setattr("os.sep", "\\")
    message = f"{ser_data}\\ravdess\\Actor_01\\03.wav: is silent."
    assert provenance._portable(message) == "ravdess/Actor_01/03.wav: is silent."


@pytest.mark.parametrize("feature_set", features.FEATURE_SETS)
def test_paths_below_the_cache_leave_room_for_that_of_the_cache(feature_set, monkeypatch, tmp_path):
    monkeypatch.setenv("SER_CACHE", str(tmp_path))
    stored = features._cache_path(__file__, feature_set)
    with files.temporary_beside(stored) as temporary:
        assert len(str(temporary.relative_to(tmp_path))) < BELOW_CACHE


def test_no_file_of_the_repository_needs_a_system_that_knows_links_and_cases():
    listed = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    if listed.returncode:
        pytest.skip("this is no clone")
    modes, paths = zip(*(line.split("\t") for line in listed.stdout.splitlines()), strict=True)
    assert not [mode for mode in modes if mode.startswith("120000")]
    assert len({path.casefold() for path in paths}) == len(paths)
    assert not [path for path in paths if set(path) & set('<>:"|?*\\')]
    assert max(map(len, paths)) < 100


def test_a_letter_that_the_console_lacks_does_not_end_a_command():
    ran = subprocess.run(
        [sys.executable, "-m", "ser_utils", "datasets"],
        cwd=ROOT,
        env={"PYTHONIOENCODING": "cp437", "SER_DATA": str(ROOT), "HOME": str(ROOT)},
        capture_output=True,
    )
    assert ran.returncode == 0, ran.stderr.decode("cp437")
