import subprocess
import sys
import time

import pytest

from ser_utils.pages import watchdog
from ser_utils.pages.watchdog import Activity

SLEEP = "import time; print(flush=True); time.sleep(30)"
COMPUTE = "print(flush=True)\nwhile True: pass"
IN_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {COMPUTE!r}])"


@pytest.fixture(params=[SLEEP, COMPUTE, IN_A_CHILD], ids=["sleep", "compute", "in a child"])
def process(request):
    with subprocess.Popen([sys.executable, "-c", request.param], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield request.param, process
        process.kill()


def test_what_computes_is_not_idle_and_ends_with_its_children(process):
    code, process = process
    activity = Activity(process.pid)
    time.sleep(0.5)
    assert (activity.idle_seconds() >= 0.5) == (code == SLEEP)
    activity.moment = time.monotonic()
    time.sleep(0.1)
    assert activity.idle_seconds() < 0.5
    activity.end()
    process.wait(5)
    assert (
        process.stdout.read() == b""
    )  # the children, which hold the pipe open, have ended as well
    assert activity.idle_seconds() >= 0  # of a process that is no more


def test_a_machine_that_slept_counts_as_no_idleness(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: now[0])
    with subprocess.Popen([sys.executable, "-c", SLEEP], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        activity = Activity(process.pid)
        idle = []
        for now[0] in (50.0, 100.0, 1000.0, 1050.0):
            idle.append(activity.idle_seconds())
        activity.end()
    assert idle == [50.0, 100.0, 0.0, 50.0]
