"""What a reader waits for: maps, the explorer's answer to a click, imports, a corpus."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from benchmarks import measuring
from ser_utils import alignment, datasets, domains, models, settings, training
from ser_utils.embeddings.maps import Maps
from ser_utils.files import PROJECT
from ser_utils.widgets.explorer import Explorer

REPETITIONS = 5
SOURCE, TARGET = "ravdess", "emodb"
MANY_POINTS = 10_000
#: Clicks per repetition.
CLICKS = 10
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


class Scene(NamedTuple):
    """All that a wait needs, and that is made before.

    Attributes
    ----------
    embeddings : Path
        File of the embeddings by both systems, shape (2, n, width). Their maps are in the cache.
    explorer : Explorer
        Of the n utterances.
    crowded : Explorer
        Of `MANY_POINTS`.
    """

    embeddings: Path
    explorer: Explorer
    crowded: Explorer


#: By its name in the table, each wait: the seconds that it may take, if there is a bar, and a
#: function of the scene and of the number of the repetition.
WAITS = {
    "both maps, the first time": (
        40,
        lambda scene, _: map_both(scene.embeddings, "SER_CACHE", "NUMBA_CACHE_DIR"),
    ),
    "both maps of another training": (
        40,
        lambda scene, _: map_both(scene.embeddings, "SER_CACHE"),
    ),
    "both maps, from the cache": (2, lambda scene, _: map_both(scene.embeddings)),
    "a click in the explorer": (0.2, lambda scene, seed: click(scene.explorer, seed)),
    f"a click among {MANY_POINTS:,} points": (0.2, lambda scene, seed: click(scene.crowded, seed)),
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
        Of each wait; a click is repeated `CLICKS` times as often.
    machine : dict
        See `measuring.machine`.
    """
    torch.set_num_threads(1)
    maps = explore()
    with tempfile.TemporaryDirectory() as folder:
        embeddings = Path(folder, "embeddings.npy")
        np.save(embeddings, [system.embedding for system in maps.systems.values()])
        scene = Scene(embeddings, Explorer(maps), Explorer(crowd(maps, MANY_POINTS)))
        waits = {name: partial(wait, scene) for name, (_, wait) in WAITS.items()}
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


def crowd(maps: Maps, size: int) -> Maps:
    """Repeat the utterances, and their points on the maps, until there are `size` of them."""
    pair = maps.pair
    from_source = round(size * len(pair.source) / len(maps.table))
    source = np.resize(np.arange(len(pair.source)), from_source)
    target = np.resize(np.arange(len(pair.evaluation)), size - from_source)
    pair = replace(pair, source=pair.source.take(source), evaluation=pair.evaluation.take(target))
    trained = {name: system.trained for name, system in maps.systems.items()}
    crowded = Maps.of(pair, trained)
    rows = np.concatenate([source, len(maps.pair.source) + target])
    for name, system in crowded.systems.items():  # instead of a fit, which takes long
        vars(system.projection)["points"] = maps.points[name][rows]
    return crowded


def map_both(embeddings: Path, *caches: str) -> list[float]:
    """Map both embeddings in a new process, whose variables `caches` name an empty folder."""
    with tempfile.TemporaryDirectory() as empty:
        return in_new_process(MAP, LOAD, str(embeddings), **dict.fromkeys(caches, empty))


def click(explorer: Explorer, seed: int) -> list[float]:
    """Select `CLICKS` other rows in turn, until the image for the browser has been made."""
    canvas = explorer.canvas.widget
    canvas.syncing_data_url = False  # as in a browser, which is sent what has changed
    canvas.draw()
    others = np.delete(np.arange(explorer.row.max + 1), explorer.row.value)
    seconds = []
    for row in np.random.default_rng(seed).choice(others, CLICKS, replace=False):
        start = time.perf_counter()
        explorer.select(row)
        canvas.draw()
        seconds.append(time.perf_counter() - start)
    return seconds


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
