import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from noise_files import RATE, noise, write

from ser_utils import datasets
from ser_utils.__main__ import main
from ser_utils.datasets import audit
from ser_utils.datasets.audit.finding import ERROR


def check(given):
    return audit.check(given, progress=False)


@pytest.fixture
def hostile(tmp_path):
    """A folder with six bad files whose names do harm where they are not escaped."""
    folder = tmp_path / "bad"
    folder.mkdir()
    names = ["<script>", "愤怒", "a\nb", "\x1b[31m", "{x}", "6"]
    for name in names:
        try:
            (folder / f"{name}.wav").write_text("no recording")
        except OSError:
            pytest.skip("a file system that does not take such names")
    return folder


def test_text_names_some_files_in_lines(hostile):
    lines = check(hostile).text().splitlines()
    assert lines[0].endswith("errors: 1, warnings: 0, notes: 0")
    assert lines[2] == "error: files that cannot be used: 6"
    assert [line[:2] for line in lines[3:10]] == ["  "] * 7
    assert lines[8] == "  and 1 more, which --html and --json list"
    assert lines[9].startswith("  To do: Mend each")
    assert all(line.isprintable() for line in lines)


def test_page_names_all_files_and_runs_none(hostile):
    page = check(hostile).html()
    assert page.encode("utf-8")
    assert page.count("<li>") == 6
    assert "<script>" not in page
    assert "&lt;script&gt;.wav" in page
    assert "愤怒.wav" in page


def test_page_plays_recordings_from_where_they_are(tmp_path):
    path = Path(write(tmp_path / "<a> b.wav", np.clip(4 * noise(), -1, 1)))
    page = check(tmp_path).html()
    assert f'src="{path.as_uri()}"' in page
    assert "%3Ca%3E%20b.wav" in path.as_uri()
    assert len(page) < path.stat().st_size  # it holds no recording


def test_markdown_names_files_without_folders(tmp_path):
    write(tmp_path / "a.wav", np.clip(4 * noise(), -1, 1))
    document = check(tmp_path).markdown().replace(f"### {tmp_path}", "###")
    assert "    - a.wav" in document
    assert str(tmp_path) not in document


def test_json_names_files_as_they_are(hostile):
    report = json.loads(check(hostile).json())
    assert {os.path.basename(file["path"]) for file in report["files"]} == set(os.listdir(hostile))
    assert report["severity"] == ERROR


def test_json_and_page_hold_the_counts(table):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    given = check(table({"seconds": 1, "sha256": "x"}, {"speaker": "<b>"}))
    report = json.loads(given.json(), parse_constant=refuse)
    assert report["utterances"] == 2
    assert report["hours"] == pytest.approx((0.2 + 0.3) / 3600)
    assert report["speakers"][1] == {"speaker": "mine-<b>", "anger": 1, "all": 1}
    assert report["formats"] == [
        {"sampling_rate": RATE, "channels": 1, "format": "WAV PCM_16", "files": 2}
    ]
    assert report["files"][0]["sampling_rate"] == RATE
    assert "<th>mine-&lt;b&gt;</th>" in given.html()


@pytest.mark.parametrize(
    ("samples", "status"), [(noise(), 0), (np.clip(4 * noise(), -1, 1), 1), (np.zeros(RATE), 2)]
)
def test_command(tmp_path, capsys, samples, status):
    write(tmp_path / "audio/a.wav", samples)
    files = [tmp_path / "report.html", tmp_path / "report.json"]
    arguments = ["check", str(tmp_path / "audio"), "--html", str(files[0]), "--json", str(files[1])]
    assert main(arguments) == status
    assert capsys.readouterr().out.startswith(f"{tmp_path}/audio: 1 utterances")
    assert files[0].read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(files[1].read_text())["severity"] == status


def test_command_compares_two_corpora(tmp_path, capsys):
    for seed in range(12):
        write(tmp_path / f"one/{seed}.wav", noise(0.3 + seed / 50, seed))
        write(tmp_path / f"two/{seed}.wav", 0.01 * noise(0.3 + seed / 50, 100 + seed))
    assert main(["check", str(tmp_path / "one"), str(tmp_path / "two")]) == 0
    output = capsys.readouterr().out
    assert "level: -10.8 dB and -50.8 dB in the median; 100% told apart" in output
    assert "What tells the corpora apart" in output
    assert main(["check", str(tmp_path / "one"), str(tmp_path / "one")]) == 2


def test_command_audits_several_corpora(tmp_path, capsys):
    for seed in range(3):
        write(tmp_path / f"one/{seed}.wav", noise(0.3 + seed / 10, seed))
        write(tmp_path / f"two/{seed}.wav", noise(0.3 + seed / 10, 9 + seed), 8_000)
    folders, out = [str(tmp_path / name) for name in ("one", "two")], tmp_path / "audit.md"
    assert main(["audit", *folders, "--out", str(out)]) == 0
    document = out.read_text(encoding="utf-8")
    for folder in folders:
        assert f"### {folder}: 3 utterances" in document
    assert "bandwidth 100%" in document


def test_command_refuses_mistakes_in_a_line(tmp_path, capsys, ser_data):
    assert main(["check", "emobd"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_terminal_that_lacks_the_letters(hostile):
    process = subprocess.run(
        [sys.executable, "-m", "ser_utils", "check", hostile.rename(hostile.with_name("愤怒"))],
        env={
            **os.environ,
            "PYTHONIOENCODING": "ascii",
            "PYTHONPATH": str(Path(datasets.__file__).parents[2]),
        },
        capture_output=True,
    )
    assert process.returncode == ERROR
    assert b"\\u6124\\u6012: 6 utterances" in process.stdout
