"""What `kills.py` kills: commands on small corpora, as a process that works in the current folder.

    python -m tests.stress.scenes grid 37

It kills itself before the n-th of its events, which are the files and folders that it opens to
write, makes, moves and removes in that folder.
"""

import itertools
import os
import shutil
import signal
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from ser_utils import datasets, features
from ser_utils.__main__ import main
from ser_utils.datasets.download.hosts import ZenodoFile
from ser_utils.datasets.synthetic import prosody
from tests.support.download_host import LICENCE

PAIR = ("synthetic-en", "synthetic-de")
#: Of a number of utterances of a synthetic corpus, one is kept.
ONE_OF = 8
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
#: The notebooks of the tutorial, which all together take minutes.
TUTORIAL = ("02_*.py", "03_*.py")


def extraction() -> None:
    """Render a corpus, and extract all features of it."""
    for kind in features.FEATURE_SETS:
        features.extract(datasets.load(PAIR[0]), kind, progress=False)


def download() -> None:
    """Download a corpus from the server of `kills.py`."""
    source = ZenodoFile(LICENCE, "7", "corpus.zip", os.environ["HOST"])
    datasets.CORPORA["ravdess"] = replace(datasets.CORPORA["ravdess"], download=source)
    run("download", "ravdess", "--accept-licence")


def grid() -> None:
    """Train a small grid on two processes."""
    axes = "--tasks arousal --normalise source --batch-norm none --methods baseline dann --seeds 1"
    where = "--jobs 2 --out results/out.csv"
    run("reproduce", "--datasets", *PAIR, *axes.split(), *where.split())


def tutorial() -> None:
    """Execute some notebooks into pages."""
    source, target = PAIR
    Path("notebooks").mkdir(exist_ok=True)
    for file in itertools.chain.from_iterable(map(NOTEBOOKS.glob, TUTORIAL)):
        shutil.copy(file, "notebooks")
    where = "--folder notebooks --out build/tutorial"
    run("tutorial", "--source", source, "--target", target, *where.split())


#: What takes long to import, and no kill needs to wait for.
IMPORTS = {
    "extraction": "torchaudio",
    "download": "requests",
    "grid": "ser_utils.experiments.scoring",
    "tutorial": "ser_utils.pages.tutorial",
}
SCENES = {scene.__name__: scene for scene in (extraction, download, grid, tutorial)}


def run(*arguments: str) -> None:
    """Run a command of the package, which has to succeed."""
    sys.argv[1:] = arguments  # which a stored table tells
    if status := main(arguments):
        sys.exit(status)


def changes(event: str, arguments: tuple, folder: str) -> bool:
    """Whether an event that Python reports is about to change something in a folder."""
    if event == "open":
        path, _, flags = arguments
        if not flags & (os.O_WRONLY | os.O_RDWR):
            return False
    elif event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir"):
        path = arguments[0]
    else:
        return False
    return isinstance(path, str | Path) and os.path.abspath(path).startswith(folder)


def enact(name: str, kill_at: int) -> None:
    """Run a scene in the current folder, and kill it before this event, or never if it is 0.

    Tells on the standard output when it begins, and at the end how many events there were; what
    else is printed goes to `log.txt`.
    """
    import_module(IMPORTS[name])
    told = os.dup(1)
    log = os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    if name != "tutorial":
        whole = prosody.utterances
        prosody.utterances = lambda language: whole(language)[::ONE_OF].reset_index(drop=True)
    folder, numbers, events = os.getcwd(), itertools.count(1), 0

    def hook(event: str, arguments: tuple) -> None:
        nonlocal events
        if changes(event, arguments, folder):
            events = next(numbers)
            if events == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    os.write(told, b"begun\n")
    SCENES[name]()
    os.write(told, str(events).encode())


if __name__ == "__main__":
    enact(sys.argv[1], int(sys.argv[2]))
