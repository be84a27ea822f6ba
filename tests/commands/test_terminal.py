import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ser_utils import datasets
from ser_utils.__main__ import main
from ser_utils.commands import terminal

ROOT = Path(datasets.__file__).parents[2]


def run(*arguments, out=subprocess.PIPE, err=subprocess.PIPE, **environment):
    command = [sys.executable, "-m", "ser_utils", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(command, stdout=out, stderr=err, env=environment)


@pytest.fixture
def gone():
    """Return the end of a pipe whose reader has gone, as `head` does after ten lines."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_goes_away_ends_a_command_without_a_word(gone, unbuffered):
    ended = run("datasets", out=gone, PYTHONUNBUFFERED=unbuffered)
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, b"")


def test_a_reader_of_the_help_may_go_away_too(gone):
    assert run("train", "--help", out=gone).stderr == b""


def test_a_reader_of_what_is_told_aside_may_go_away_too(gone, tmp_path):
    (tmp_path / "01_features.py").write_text("# %%\n1\n", encoding="utf-8")
    ended = run("check-notebooks", "--folder", str(tmp_path), err=gone)
    assert (ended.returncode, ended.stdout) == (128 + signal.SIGPIPE, b"")


def test_a_terminal_that_was_closed_before_it_began_stops_no_progress_bar():
    code = (
        "import sys, tqdm; from ser_utils.commands.terminal import courteous\n"
        "sys.exit(courteous(lambda: len(list(tqdm.tqdm(range(3)))))())"
    )
    shell = 'exec "$0" -c "$1" >&- 2>&-'
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(["sh", "-c", shell, sys.executable, code], env=environment)
    assert ended.returncode == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_output_that_cannot_be_written_is_an_error_in_a_line():
    with open("/dev/full", "wb") as full:
        ended = run("datasets", out=full)
    assert (ended.returncode, ended.stderr) == (2, b"ser_utils: No space left on device\n")


def test_a_file_that_cannot_be_read_is_an_error_in_a_line(monkeypatch, capsys):
    monkeypatch.setattr(datasets, "overview", lambda: Path("no folder", "file").read_bytes())
    assert main(["datasets"]) == 2
    assert capsys.readouterr().err == "ser_utils: no folder/file: No such file or directory\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_letter_that_the_terminal_lacks_is_printed_by_its_number(encoding, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding, "strict"))
    monkeypatch.setattr(datasets, "overview", lambda: "愤怒 \udcff")
    assert main(["datasets"]) == 0
    assert sys.stdout.buffer.getvalue() == b"\\u6124\\u6012 \\udcff\n"


# Signals ----------------------------------------------------------------------------------------


def interrupted_by(number, cleaned_up):
    @terminal.courteous
    def command():
        try:
            signal.raise_signal(number)
        finally:
            cleaned_up.append(number)
        return 0

    return command


@pytest.mark.usefixtures("signals_heeded")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_that_asks_for_an_end_lets_a_command_clean_up(name):
    number, cleaned_up = getattr(signal, name), []
    with pytest.raises(SystemExit) as ended:
        interrupted_by(number, cleaned_up)()
    assert ended.value.code == 128 + number
    assert cleaned_up == [number]
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_signal_that_is_ignored_stays_so(monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        assert interrupted_by(signal.SIGHUP, [])() == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("signals_heeded")
def test_ctrl_c_ends_in_a_line(capsys):
    assert interrupted_by(signal.SIGINT, [])() == 128 + signal.SIGINT
    assert capsys.readouterr().err == "\nser_utils: interrupted\n"
