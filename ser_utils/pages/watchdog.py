"""A kernel that waits for ever is ended; one that computes may take as long as it likes.

The wait for a message of a kernel can last for ever although the message is there, and a cell can
wait for what never comes. Neither ends by itself, and neither uses any CPU time.
"""

import asyncio
import contextlib
import time

import psutil
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat import NotebookNode

#: Time in which a kernel neither computes nor sends anything before it is ended.
IDLE_SECONDS = 180.0
#: Time that its last message about a cell may come after the others.
REPLY_SECONDS = 30.0
#: Time between two looks at a kernel.
LOOK_SECONDS = 1.0
#: Time between two looks after which the machine must have been asleep, and the kernel with it.
SLEEP_SECONDS = 60.0


class Activity:
    """When a process or one of its children last computed, or sent a message."""

    def __init__(self, pid: int):
        self.process = psutil.Process(pid)
        self.cpu = self._cpu_seconds()
        self.moment = self.looked = time.monotonic()

    def idle_seconds(self) -> float:
        """Return for how many seconds it has done nothing."""
        now, cpu = time.monotonic(), self._cpu_seconds()
        idle, slept = now - self.moment, now - self.looked > SLEEP_SECONDS
        self.looked = now
        # A fresh kernel that computes nothing uses a twentieth of this.
        if abs(cpu - self.cpu) <= 0.05 + 0.01 * idle and not slept:
            return idle
        self.cpu, self.moment = cpu, now
        return 0.0

    def end(self) -> None:
        """Kill the process and its children."""
        for process in self._family():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _family(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            return [*self.process.children(recursive=True), self.process]
        return []

    def _cpu_seconds(self) -> float:
        seconds = 0.0  # of all of them, and of the children that have ended
        for process in self._family():
            with contextlib.suppress(psutil.Error):
                seconds += sum(process.cpu_times()[:4])
        return seconds


class WatchedClient(NotebookClient):
    """Executes the cells of a notebook, and ends the kernel if it waits for ever."""

    #: Why the kernel was ended; empty as long as it was not.
    stuck = ""

    async def async_execute_cell(self, cell: NotebookNode, index: int, **options) -> NotebookNode:
        """Execute a cell as the parent class does, with an eye on the kernel."""
        self.activity, self.said_idle = Activity(self.km.provisioner.pid), None
        run = asyncio.ensure_future(super().async_execute_cell(cell, index, **options))
        while not (await asyncio.wait([run], timeout=LOOK_SECONDS))[0]:
            if not self.stuck and (reason := self._reason()):
                self.stuck = reason
                self.activity.end()  # the parent class notices, and raises DeadKernelError
        return run.result()

    execute_cell = run_sync(async_execute_cell)

    def process_message(self, *arguments: object) -> NotebookNode | None:
        """Note that a message about the cell has come."""
        self.activity.moment = time.monotonic()
        try:
            return super().process_message(*arguments)
        except CellExecutionComplete:
            self.said_idle = time.monotonic()
            raise

    def _reason(self) -> str:
        """Say why the kernel will never end by itself; nothing if it may."""
        if self.said_idle and time.monotonic() - self.said_idle > REPLY_SECONDS:
            return f"it has ended, but for {REPLY_SECONDS:g} s its reply did not arrive"
        if self.activity.idle_seconds() > IDLE_SECONDS:
            return f"for {IDLE_SECONDS:g} s it neither computed nor sent anything"
        return ""
