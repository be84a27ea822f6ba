"""Execute notebooks, by the Python that runs now, until one fails or waits for ever."""

import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import papermill
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from ser_utils.datasets import workers
from ser_utils.files import folders, temporary_beside
from ser_utils.pages import builds, sources, watchdog
from ser_utils.pages.kernels import ThisPython
from ser_utils.pages.parameters import Parameters

#: How often a notebook is started whose kernel does not answer.
ATTEMPTS = 2


@dataclass(frozen=True)
class Executed:
    """A notebook after its run: with its outputs, up to the cell that failed if one did."""

    name: str
    notebook: NotebookNode
    seconds: float
    #: Which cell failed and how; empty if none did.
    failure: str = ""
    #: How often it was started: more than once if the kernel waited for ever.
    attempts: int = 1


def execute_all(
    found: Sequence[Path], parameters: Parameters, build: builds.Build = builds.READERS
) -> Iterator[Executed]:
    """Execute a build of sources in order, with one printed line per notebook, until one fails."""
    for py in found:
        print(f"{py.stem:24} ...", end=" ", flush=True)
        run = execute(sources.read(py, build), py.stem, parameters, py.parent)
        print("failed" if run.failure else f"{run.seconds:.0f} s", flush=True)
        if run.failure:
            print(f"\n{py.name}: {run.failure}", file=sys.stderr)
        yield run
        if run.failure:
            return


def execute(notebook: NotebookNode, name: str, parameters: Parameters, folder: Path) -> Executed:
    """Execute a notebook in a folder, with those parameters that its tagged cell assigns.

    A cell that fails ends the run. A notebook whose kernel waits for ever is started once more.
    """
    known = papermill.inspect_notebook(notebook)
    values = {key.upper(): value for key, value in vars(parameters).items() if key.upper() in known}
    for attempt in range(1, ATTEMPTS + 1):
        executed = papermill.execute_notebook(notebook, None, values, prepare_only=True)
        began = time.monotonic()
        failure, stuck = _run(executed, folder)
        if not stuck or attempt == ATTEMPTS:
            return Executed(name, executed, time.monotonic() - began, failure, attempt)
        print(f"\n    {failure}; once more ...", end=" ", flush=True)


def _run(notebook: NotebookNode, folder: Path) -> tuple[str, bool]:
    """Fill in the outputs; say which cell failed and how, and whether its kernel was stuck."""
    client = watchdog.WatchedClient(
        notebook,
        startup_timeout=120,
        iopub_timeout=watchdog.REPLY_SECONDS,
        raise_on_iopub_timeout=True,
        record_timing=False,
        extra_arguments=_of_kernel(),
    )
    # The models are small: on a busy machine threads wait for each other longer than they compute.
    environment = {"OMP_NUM_THREADS": "1"} | os.environ | folders()
    number = 0  # of a cell in the source
    try:
        # Under a name of Jupyter's own the file would stay if this process is killed.
        with temporary_beside(Path(jupyter_runtime_dir(), "kernel.json")) as connection:
            client.km = AsyncKernelManager(
                kernel_spec_manager=ThisPython(), connection_file=str(connection)
            )
            with client.setup_kernel(cwd=str(folder), env=environment):
                for index, cell in enumerate(notebook.cells):
                    number += not sources.is_injected(cell)
                    client.execute_cell(cell, index)
    except CellExecutionError as error:
        return f"cell {number} failed with {_describe(error, cell)}", False
    except (CellTimeoutError, RuntimeError) as error:
        reason = client.stuck or str(error).splitlines()[0]
        if not number:
            return f"the kernel did not start: {reason}", True
        if isinstance(error, DeadKernelError) and not client.stuck:
            return "the Python process that ran it died; was there enough memory?", False
        return f"cell {number} waited for ever: {reason}", True
    return "", False


def _of_kernel() -> list[str]:
    """Return the options of the kernel itself: no messages, and no life after this process."""
    # Its own watch over its parent cannot tell a parent that was killed while it started.
    line = f"__import__({workers.__name__!r}, fromlist=['end_with']).end_with({os.getpid()})"
    return ["--log-level=CRITICAL", f"--IPKernelApp.exec_lines={line}"]


def _describe(error: CellExecutionError, cell: NotebookNode) -> str:
    """Write an error with the code of its cell and the end of its traceback."""
    traceback = re.sub(r"\x1b\[[\d;]*m", "", error.traceback).splitlines()
    code = [f"| {line}" for line in cell.source.splitlines()]
    return "\n    ".join([f"{error.ename}: {error.evalue}", *code, *traceback[-12:]])
