"""Processes of joblib that end with the one that started them, even if that is killed."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

#: Seconds between two looks at whether that process is still there.
LOOK_SECONDS = 1.0


def on_processes(n_jobs: int) -> AbstractContextManager:
    """Let `joblib.Parallel` use processes of this machine, of one thread each, in the context.

    Joblib's own would wait for minutes after a kill of this one.
    """
    from joblib import parallel_config

    watched = {"initializer": end_with, "initargs": (os.getpid(),)}
    return parallel_config("loky", n_jobs=n_jobs, inner_max_num_threads=1, **watched)


def end_with(parent: int) -> None:
    """Let this process end once the one that started it, of this number, is no more."""
    is_there = _sight_on_windows(parent) if os.name == "nt" else lambda: os.getppid() == parent

    def watch() -> None:
        while is_there():
            time.sleep(LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _sight_on_windows(parent: int) -> Callable[[], bool]:
    """Return what tells whether that process is still there.

    On Windows the Python of an environment is the child of a launcher, and not of the process that
    asked for it; and an orphan keeps the number of its parent.
    """
    import psutil

    try:
        return psutil.Process(parent).is_running
    except psutil.NoSuchProcess:
        return lambda: False
