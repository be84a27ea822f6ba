"""What differs on Windows, as far as another system can show it."""

import ast
import errno
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from ser_utils import features, files
from ser_utils.commands import terminal
from ser_utils.commands.doctor import BELOW_CACHE
from ser_utils.datasets.synthetic import corpora, prosody
from ser_utils.experiments import provenance

ROOT = Path(__file__).parents[1]
SOURCES = [ROOT / "bootstrap.py", *(ROOT / "ser_utils").rglob("*.py")]


#: What a call has to say, since it is another thing on another machine: a code page, line ends.
NEEDED = {
    "read_text": {"encoding"},
    "write_text": {"encoding", "newline"},
    "to_csv": {"lineterminator"},
}


def test_text_files_name_encoding_and_line_ends():
    lacking = []
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                needed = NEEDED.get(node.func.attr, set())
                said = {keyword.arg for keyword in node.keywords}
                said |= {"encoding"} if node.func.attr == "read_text" and node.args else set()
                if needed - said and getattr(node.func.value, "id", "") != "files":
                    lacking.append(f"{file.name}, line {node.lineno}: {sorted(needed - said)}")
    assert lacking == []


def test_tables_have_the_same_line_ends_everywhere(monkeypatch, tmp_path):
    plan = prosody.utterances("en")
    here = corpora.locate("en")
    monkeypatch.setattr("os.linesep", "\r\n")
    assert b"\r\n" in pd.DataFrame({"a": [1]}).to_csv().encode(), "the machine seems to be Windows"
    assert corpora.locate("en") == here
    corpora._render_into(tmp_path, plan[:1], corpora.LANGUAGES["en"], 1)
    assert b"\r" not in (tmp_path / "table.csv").read_bytes()


@pytest.mark.parametrize("names", [(), ("some file",)])
@pytest.mark.parametrize("system", ["nt", "posix"])
def test_a_reader_who_goes_away_is_an_invalid_argument_there(system, names, monkeypatch, capsys):
    @terminal.courteous
    def write():
        raise OSError(errno.EINVAL, "Invalid argument", *names)

    with monkeypatch.context() as patch:
        patch.setattr(os, "name", system)
        status = write()
    gone = system == "nt" and not names
    assert status == (terminal.BROKEN_PIPE if gone else 2)
    assert ("Invalid argument" in capsys.readouterr().err) is not gone


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


def listed(how):
    """Return what git says of each file of the repository, and its path."""
    command = ["git", "ls-files", how]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    if ran.returncode:
        pytest.skip("this is no clone")
    return zip(*(line.split("\t") for line in ran.stdout.splitlines()), strict=True)


def test_a_clone_has_the_same_line_ends_everywhere():
    said, _ = listed("--eol")
    assert all("attr/text=auto eol=lf" in each for each in said)
    assert not [each for each in said if "i/crlf" in each or "i/mixed" in each]


def test_no_file_of_the_repository_needs_a_system_that_knows_links_and_cases():
    modes, paths = listed("--stage")
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
