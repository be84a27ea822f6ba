"""What steps of the language classifier cost: trainings with 1, 5 and 20 per encoder step."""

from functools import partial

import pandas as pd
import torch

from benchmarks import measuring
from ser_utils import alignment, datasets, domains, models, training
from ser_utils.domains import Pair
from ser_utils.experiments.systems import BOUNDED

REPETITIONS = 10
CORPORA = ("ravdess", "emodb")
STEPS = (1, 5, 20)


def run(repetitions: int, machine: dict) -> None:
    """Measure, and write adversary.csv, adversary.json and the table in README.md.

    Parameters
    ----------
    repetitions : int
        Trainings of each; the number of the repetition is the seed.
    machine : dict
        See `measuring.machine`.
    """
    tables = (datasets.load(name) for name in CORPORA)
    pair = domains.pair(*tables)
    systems = {steps: partial(_train, pair, steps) for steps in (0, *STEPS)}
    measuring.trainings("adversary", pair, systems, repetitions, machine, report)


def _train(pair: Pair, steps: int, seed: int) -> None:
    torch.set_num_threads(1)
    align = alignment.DomainAdversary(steps=steps) if steps else None
    model = models.mlp(pair, batch_norm="joint", **BOUNDED)
    training.fit(model, pair, align=align, seed=seed, progress=False)


def report(timings: pd.DataFrame) -> str:
    """Write the table.

    Parameters
    ----------
    timings : pd.DataFrame
        As of `measuring.alternate`; a system is its number of steps, 0 the baseline.
    """
    seconds = measuring.medians(timings).sort_index()
    rows = [
        [steps or "none (baseline)", f"{median:.2f}", f"{measuring.ratio(timings, steps, 1):.2f}"]
        for steps, median in seconds.items()
    ]
    columns = ["steps of the classifier", "seconds", "of one step, times"]
    return measuring.markdown(columns, rows)
