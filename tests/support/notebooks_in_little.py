"""Notebooks in little: what takes long in them, and no check of an exercise depends on, takes less.

Trainings that nothing watches are of two epochs, and probes stop early. Of what is stored with the
project two seeds are read, tabulated once and drawn from a few times. `make tutorial` executes all
cells but the solutions as they are, in kernels.
"""

import copy
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from ser_utils import metrics, training
from ser_utils.embeddings import probes
from ser_utils.experiments import invariance, result_rows, selection, summary
from ser_utils.lessons import two_moons

fit, learn = training.fit, two_moons.learn
read, draws = result_rows.read, metrics.draws


def fit_shortly(model, pair, **options) -> training.Trained:
    """Train for two epochs, or up to the first probe; to the end if something watches."""
    short = {} if "on_epoch" in options else {"epochs": options.get("probe_every", 2)}
    return fit(model, pair, **{"progress": False} | options | short)


@cache
def two_seeds(path: Path) -> result_rows.Rows:
    """Read the rows of two seeds."""
    results = read(path)
    return results.take(np.flatnonzero(results.table["seed"] < 2))


def once(function: Callable) -> Callable:
    """Compute a function of stored results once, however often these are read or taken again."""
    known = {}

    def of(results: result_rows.Rows | pd.DataFrame) -> result_rows.Rows | pd.DataFrame:
        digest = joblib.hash(results)
        if digest not in known:
            known[digest] = function(results)
        return copy.deepcopy(known[digest])

    return of


#: Which are slow, by the module that a notebook takes them from.
SLOW = ((summary, "table"), (selection, "with_chosen"), (invariance, "summary"))
#: Arguments of `setattr`.
PATCHES = (
    (training, "fit", fit_shortly),
    (two_moons, "learn", partial(learn, updates=40, every=2)),
    (probes.MLP, "max_iter", 2),
    (probes.LINEAR, "max_iter", 10),
    (result_rows, "read", two_seeds),
    (metrics, "draws", lambda rng, n, _: draws(rng, n, 20)),
    *((module, name, once(getattr(module, name))) for module, name in SLOW),
)
