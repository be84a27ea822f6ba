"""What a reader waits for: maps, imports, a corpus."""

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks import measuring
from ser_utils import alignment, datasets, domains, models, settings, training
from ser_utils.embeddings.maps import Maps
from ser_utils.files import PROJECT

REPETITIONS = 5
SOURCE, TARGET = "ravdess", "emodb"
#: Threads that check a corpus.
THREADS = 2
#: What a new process runs to map embeddings, after their file, its argument, has been loaded.
LOAD = """
import sys
import numpy as np
from ser_utils.embeddings.projection import Projection
embeddings = np.load(sys.argv[1])
"""
MAP = "for embedding in embeddings: Projection(embedding).points"
CHECK = f"""
from ser_utils.datasets import audit
print(audit.check({SOURCE!r}, jobs={THREADS}, progress=False).text())
"""


#: By its name in the table, each wait: the seconds that it may take, if there is a bar, and a
#: function of the file of the embeddings by both systems, shape (2, n, width), whose maps are in
#: the cache, and of the number of the repetition.
WAITS = {
    "both maps, the first time": (
        40,
        lambda embeddings, _: map_both(embeddings, "SER_CACHE", "NUMBA_CACHE_DIR"),
    ),
    "both maps of another training": (
        40,
        lambda embeddings, _: map_both(embeddings, "SER_CACHE"),
    ),
    "both maps, from the cache": (2, lambda embeddings, _: map_both(embeddings)),
    "`import ser_utils`": (0.3, lambda *_: in_new_process("import ser_utils")),
    "`from ser_utils import datasets`": (
        None,
        lambda *_: in_new_process("from ser_utils import datasets"),
    ),
    f"the table of {SOURCE}": (
        0.5,
        lambda *_: in_new_process(f"datasets.load({SOURCE!r})", "from ser_utils import datasets"),
    ),
    f"`check {SOURCE}`": (20, lambda *_: in_new_process(CHECK)),
}


def run(repetitions: int, machine: dict) -> None:
    """Measure, and write waiting.csv, waiting.json and the table in README.md.

    Parameters
    ----------
    repetitions : int
        Of each wait.
    machine : dict
        See `measuring.machine`.
    """
    torch.set_num_threads(1)
    maps = explore()
    with tempfile.TemporaryDirectory() as folder:
        embeddings = Path(folder, "embeddings.npy")
        np.save(embeddings, [system.embedding for system in maps.systems.values()])
        maps.points  # noqa: B018 - fitted here, into the cache
        waits = {name: partial(wait, embeddings) for name, (_, wait) in WAITS.items()}
        runs = one_row_per_wait(*measuring.alternate(waits, repetitions))
    text = f"{maps.pair}, {len(maps.table):,} points.\n\n{report(runs)}"
    about = settings.as_dict() | {"pair": str(maps.pair), "points": len(maps.table)}
    about |= {"threads": THREADS, "repetitions": repetitions, "machine": machine}
    measuring.write("waiting", runs, text, about)


def explore() -> Maps:
    """Train baseline and DANN, and embed source and target by both."""
    pair = domains.pair(datasets.load(SOURCE), datasets.load(TARGET))
    model, adversary = models.mlp(pair), alignment.DomainAdversary()
    systems = {
        "baseline": training.fit(model, pair, progress=False),
        "DANN": training.fit(model, pair, align=adversary, progress=False),
    }
    return Maps.of(pair, systems)


def map_both(embeddings: Path, *caches: str) -> list[float]:
    """Map both embeddings in a new process, whose variables `caches` name an empty folder."""
    with tempfile.TemporaryDirectory() as empty:
        return in_new_process(MAP, LOAD, str(embeddings), **dict.fromkeys(caches, empty))


def in_new_process(
    statement: str, setup: str = "", *arguments: str, **environment: str
) -> list[float]:
    """Time a statement in a new process, without the start of Python and without `setup`.

    Parameters
    ----------
    statement, setup : str
    *arguments, **environment : str
        What they find in `sys.argv`, and in `os.environ` beside what is there.

    Returns
    -------
    list of float
        The seconds.
    """
    clock = "from time import perf_counter", "start = perf_counter()"
    code = "\n".join([setup, *clock, statement, "print(perf_counter() - start)"])
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=PROJECT,
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    return [float(done.stdout.split()[-1])]


def one_row_per_wait(runs: pd.DataFrame, seconds: dict[str, list[list[float]]]) -> pd.DataFrame:
    """Replace the seconds of a run, which include its preparation, by those that its waits took."""
    pairs = zip(runs["system"], runs["repetition"], strict=True)
    runs = runs.assign(seconds=[seconds[name][repetition] for name, repetition in pairs])
    return runs.explode("seconds", ignore_index=True).astype({"seconds": float})


def report(runs: pd.DataFrame) -> str:
    """Write the table of all waits beside their bars."""
    columns = ["a reader waits for", "times", "seconds", "longest", "bar", ""]
    rows = []
    for name, (bar, _) in WAITS.items():
        seconds = runs.loc[runs["system"] == name, "seconds"]
        row = [name, len(seconds), f"{seconds.median():.3g}", f"{seconds.max():.3g}"]
        rows.append([*row, *(("", "") if bar is None else (bar, verdict(seconds, bar)))])
    return measuring.markdown(columns, rows)


def verdict(seconds: pd.Series, bar: float) -> str:
    """Say whether the median is within the bar, and if not all are, how many."""
    if seconds.median() > bar:
        return "**missed**"
    within = (seconds <= bar).sum()
    return "reached" if within == len(seconds) else f"reached by {within} of {len(seconds)}"
