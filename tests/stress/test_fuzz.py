"""The short form of the fuzzer; `python -m tests.stress.fuzz` is the long one."""

import subprocess
import sys
from pathlib import Path


def test_damaged_files_give_a_row_or_a_named_error():
    command = [sys.executable, "-m", "tests.stress.fuzz", "--audio", "300", "--tables", "150"]
    root = Path(__file__).parents[2]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "300 audio: " in ran.stdout
    assert "150 tables: " in ran.stdout
