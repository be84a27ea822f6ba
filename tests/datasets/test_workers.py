import os
import subprocess
import sys

import psutil
import pytest
from joblib import Parallel, delayed

from ser_utils.datasets import workers

#: Starts two processes that are busy for ever, each after it has told its number in a file.
BUSY = """
import os, sys, time
from joblib import Parallel, delayed
from ser_utils.datasets import workers

def busy():
    os.write(1, f"{os.getpid()}\\n".encode())  # at once: print would write the end by itself
    time.sleep(600)

with workers.on_processes(2):
    Parallel()(delayed(busy)() for _ in range(2))
"""


def test_processes_end_with_the_one_that_started_them():
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as process:
        children = [psutil.Process(int(process.stdout.readline())) for _ in range(2)]
        started = [*process_children(process.pid), *children]  # those that joblib needs as well
        process.kill()
    _, alive = psutil.wait_procs(started, timeout=30)
    assert not alive


def process_children(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def test_one_that_was_orphaned_before_it_looked_ends_as_well():
    code = f"from ser_utils.datasets import workers; workers.end_with({os.getpid()}); input()"
    nobody = f"from ser_utils.datasets import workers; workers.end_with({2**30}); input()"
    with (
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as mine,
        subprocess.Popen([sys.executable, "-c", nobody], stdin=subprocess.PIPE) as orphan,
    ):
        assert orphan.wait(30) == 1
        with pytest.raises(subprocess.TimeoutExpired):
            mine.wait(2 * workers.LOOK_SECONDS)
        mine.communicate(b"\n")
    assert mine.returncode == 0


def test_they_compute_in_order_on_one_thread_each():
    with workers.on_processes(2):
        results = Parallel()(delayed(os.environ.get)("OMP_NUM_THREADS") for _ in range(3))
    assert results == ["1"] * 3


def test_on_windows_the_process_itself_is_watched():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
        is_there = workers._sight_on_windows(parent.pid)
        assert is_there()
        parent.communicate(b"\n")
    assert not is_there()
    assert not workers._sight_on_windows(2**30)()
