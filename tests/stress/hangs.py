"""Execute notebooks again and again on a busy machine, and count the runs that hang.

    python tests/stress/hangs.py               # 30 runs of each case
    python tests/stress/hangs.py 3 --cases 04

A run hangs if the watchdog has to start it again, or if it does not end by itself. The exit status
is 1 if any run hung or failed.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from joblib import cpu_count
from nbformat import NotebookNode

from ser_utils.pages import sources
from ser_utils.pages.execution import execute
from ser_utils.pages.parameters import Parameters
from ser_utils.pages.watchdog import Activity

FOLDER = Path(__file__).parents[2] / "notebooks"
PARAMETERS = Parameters("synthetic-en", "synthetic-de", "arousal")
CASES = ("04", "05")
#: Seconds after which a run has hung although no watchdog has noticed.
LIMIT = 3600
BUSY_PER_CORE = 2


def notebook(case: str) -> NotebookNode:
    """Return a notebook of the series by its number."""
    (py,) = FOLDER.glob(f"{case}_*.py")
    return sources.read(py)


def run(case: str) -> None:
    """Execute a case; the exit status is 1 if it hung, 2 if it failed otherwise."""
    executed = execute(notebook(case), case, PARAMETERS, FOLDER)
    if executed.failure:
        print(executed.failure, file=sys.stderr)
    sys.exit(1 if executed.attempts > 1 else 2 if executed.failure else 0)


def ends_well(case: str) -> bool:
    """Execute a case in a process of its own, and print how it ended."""
    began = time.monotonic()
    process = multiprocessing.Process(target=run, args=[case])
    process.start()
    process.join(LIMIT)
    if process.is_alive():
        Activity(process.pid).end()
        process.join()
    ended = {0: "ended", 1: "hung, and was started again", 2: "failed"}
    how = ended.get(process.exitcode, f"did not end within {LIMIT} s")
    print(f"{case:8} {how} after {time.monotonic() - began:.0f} s", flush=True)
    return process.exitcode == 0


@contextmanager
def busy_machine() -> Iterator[None]:
    """Keep every core busy meanwhile."""
    count = BUSY_PER_CORE * cpu_count()
    options = {"args": [os.getpid()], "daemon": True}
    processes = [multiprocessing.Process(target=_compute, **options) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()


def _compute(parent: int) -> None:
    while os.getppid() == parent:
        sum(range(10_000))


def main() -> int:
    """Run the cases in turn, and print how many runs did not end well."""
    parser = argparse.ArgumentParser(description="Count the executions of notebooks that hang.")
    parser.add_argument("runs", nargs="?", type=int, default=30, help="of each (default: 30)")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("at least one run is needed")
    with busy_machine():
        ends = [ends_well(case) for _ in range(options.runs) for case in options.cases]
    print(f"{ends.count(False)} of {len(ends)} runs hung or failed.")
    return int(not all(ends))


if __name__ == "__main__":
    sys.exit(main())
