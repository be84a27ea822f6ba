"""Kill commands at random moments; the next run has to end as if nothing had happened.

    python -m tests.stress.kills                       # 50 kills
    python -m tests.stress.kills 6 --scenes grid --seed 1
    python -m tests.stress.kills --only grid:event:37  # one of them again

A kill ends a process without a word (SIGKILL), after a share of the time that the scene takes, or
before one of its changes to files: see `scenes.py`. The same command is run again at once. It is a
violation if that fails; if it leaves anything else than a run that nobody disturbed, but for times:
another content of a file, or a file or folder more or less; or if a process is still there. The
exit status is 1 if there is any.
"""

import argparse
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from tests.support.download_host import Host, recording, zipped

#: How the moment of a kill is chosen.
KINDS = ("event", "time")
SCENES = ("extraction", "download", "grid", "tutorial")
#: Those whose runs find corpora and features in the cache.
CACHED = ("grid", "tutorial")
#: Seconds after which a run never ends, and those that other processes may need to end after it.
LIMIT, GRACE = 1800, 20
#: Variables of the environment of a scene, by what they hold: a part of its folder.
FOLDERS = {
    "SER_CACHE": "cache",
    "SER_DATA": "corpora",
    "TMPDIR": "temporary",
    "JOBLIB_TEMP_FOLDER": "temporary",
    "JUPYTER_RUNTIME_DIR": "jupyter",
    "IPYTHONDIR": "ipython",
}
ROOT = Path(__file__).parents[2]


class Run(NamedTuple):
    """How a run of a scene ended."""

    status: int  # negative if a signal ended it
    seconds: float
    events: int


class ViolationError(Exception):
    """What is not as if nothing had happened."""


class Scene:
    """A scene, and what runs of it leave if nobody disturbs them."""

    def __init__(self, name: str, root: Path, host: str):
        self.name, self.root, self.host = name, root, host
        self.cache: Path | None = None
        if name in CACHED:
            folder = self.new_folder()
            self.complete(folder)
            self.cache = folder / "cache"
        folder = self.new_folder()
        self.undisturbed = self.complete(folder)
        self.expected = tree(folder)

    def new_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=self.root))
        if self.cache:
            shutil.copytree(self.cache, folder / "cache")
        return folder

    def play(self, folder: Path, seconds: float = LIMIT, event: int = 0) -> Run:
        """Run the scene; kill it after some seconds, or before an event."""
        command = [sys.executable, "-m", "tests.stress.scenes", self.name, str(event)]
        environment = {variable: str(folder / path) for variable, path in FOLDERS.items()}
        for path in environment.values():
            Path(path).mkdir(exist_ok=True)
        environment |= {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "HOST": self.host}
        how = {"cwd": folder, "env": os.environ | environment, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, **how, encoding="utf-8") as process:
            process.stdout.readline()  # it has imported everything
            start = time.perf_counter()
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            process.kill()
            events = process.stdout.read()
        return Run(process.returncode, time.perf_counter() - start, int(events or 0))

    def complete(self, folder: Path) -> Run:
        """Run the scene to its end."""
        run = self.play(folder)
        if run.status:
            log = (folder / "log.txt").read_text(encoding="utf-8")
            raise ViolationError(f"ended with status {run.status}: {log[-2000:]}")
        return run

    def compare(self, folder: Path) -> None:
        """Require that no process works in a folder any more, and it is as it should be."""
        until = time.monotonic() + GRACE
        while (running := processes(folder)) and time.monotonic() < until:
            time.sleep(0.1)
        wrong, found = [f"{command} still runs" for command in running], tree(folder)
        wrong += [f"{path} is left" for path in sorted(found.keys() - self.expected.keys())]
        wrong += [
            f"{path} is {'other' if path in found else 'missing'}"
            for path, content in sorted(self.expected.items())
            if found.get(path) != content
        ]
        if wrong:
            raise ViolationError("; ".join(wrong[:10]))

    def survive(self, by: str, at: float) -> None:
        """Kill the scene, run it again, and require that nothing tells of that.

        It is killed before the event number `at`, or after that share of its time.
        """
        status = 0
        while not status:  # else it ended earlier than it should have been killed
            folder = self.new_folder()
            if by == "event":
                status = self.play(folder, event=round(at)).status or 1
            else:
                status = self.play(folder, at * self.undisturbed.seconds).status
                at *= 0.8
        if status != -signal.SIGKILL:
            raise ViolationError(f"ended with status {status} before it was killed")
        self.complete(folder)
        self.compare(folder)
        shutil.rmtree(folder)

    def random_moment(self, rng: np.random.Generator, kinds: Sequence[str]) -> tuple[str, float]:
        """Return arguments of `survive`."""
        if rng.choice(kinds) == "time":
            return "time", rng.random()
        return "event", int(rng.integers(1, self.undisturbed.events + 1))


def processes(folder: Path) -> list[str]:
    """Return the commands of the processes that a scene in this folder has started."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("SER_CACHE") == str(folder / "cache"):
                found.append(" ".join(process.cmdline()))
    return found


def tree(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, by path."""
    found = (path for path in folder.rglob("*") if path.name != "log.txt")
    return {str(path.relative_to(folder)): timeless(path) for path in found}


def timeless(path: Path) -> bytes:
    """Return the content of a file without times and random ids; nothing of a folder."""
    if path.is_dir():
        return b""
    content = path.read_bytes()
    if path.suffix == ".csv":
        rows = csv.DictReader(io.StringIO(content.decode()))
        return repr([row | {"seconds": ""} for row in rows]).encode()
    if path.suffix == ".json":
        return repr(json.loads(content) | {"date": ""}).encode()
    if path.suffix == ".html":
        of_bokeh = rb"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}"
        return re.sub(rb"[\d.]+ (s|min)</small>|" + of_bokeh, b"", content)
    return content


@contextmanager
def published() -> Iterator[str]:
    """Serve a corpus of some MB; yield the address."""
    host = Host()
    names = (f"Actor_{a:02}/03-01-05-01-0{s}-01-{a:02}.wav" for a in range(1, 25) for s in (1, 2))
    host.publish(zipped({name: recording(seed, 100_000) for seed, name in enumerate(names)}))
    thread = threading.Thread(target=host.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield host.address
    finally:
        host.shutdown()
        thread.join()
        host.server_close()


def main() -> int:
    """Kill the scenes in turn, print how they survived, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kills", nargs="?", type=int, default=50, help="(default: 50)")
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=SCENES)
    parser.add_argument("--by", nargs="+", choices=KINDS, default=KINDS, help="(default: both)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", metavar="SCENE:BY:AT", help="kill at one moment")
    options = parser.parse_args()
    if options.kills < 1 or options.seed < 0:
        parser.error("at least one kill is needed, and a seed from 0")
    only = options.only and options.only.split(":")
    names = only[:1] if only else options.scenes
    start, violations = time.perf_counter(), 0
    with published() as host, tempfile.TemporaryDirectory(prefix="kills-") as root:
        scenes = [Scene(name, Path(root), host) for name in names]
        for number in range(1 if only else options.kills):
            scene = scenes[number % len(scenes)]
            rng = np.random.default_rng([options.seed, number])
            moment = (only[1], float(only[2])) if only else scene.random_moment(rng, options.by)
            outcome = "as if nothing had happened"
            try:
                scene.survive(*moment)
            except ViolationError as violation:
                outcome = violation
                violations += 1
            print("{}:{}:{:.4g}:".format(scene.name, *moment), outcome, flush=True)
    minutes = (time.perf_counter() - start) / 60
    print(f"violations: {violations}; {minutes:.1f} minutes")
    return int(violations > 0)


if __name__ == "__main__":
    sys.exit(main())
