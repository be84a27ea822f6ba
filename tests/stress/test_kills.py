"""The short form of the kills: at events only; `python -m tests.stress.kills` is the long one.

Kills of a grid, of its processes and of a notebook, which take longer, have tests beside those of
`runs`, `workers` and `execution`.
"""

import subprocess
import sys
from pathlib import Path


def test_after_a_kill_a_command_ends_as_if_nothing_had_happened():
    few = "2 --scenes extraction download --by event"
    command = [sys.executable, "-m", "tests.stress.kills", *few.split()]
    root = Path(__file__).parents[2]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count(": as if nothing had happened") == 2
