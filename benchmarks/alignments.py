"""What each alignment costs: trainings by every one of them, against the baseline's."""

from functools import partial

import pandas as pd
import torch

from benchmarks import measuring
from ser_utils import datasets, domains, settings
from ser_utils.domains import Pair
from ser_utils.experiments import scoring
from ser_utils.experiments.systems import ALIGNMENTS, SYSTEMS

REPETITIONS = 10
CORPORA = ("ravdess", "emodb")
BASELINE = "bounded"
MEASURED = (BASELINE, "dann", "dann_5_1", *ALIGNMENTS)
#: Times the baseline.
BAR = 3.0


def run(repetitions: int, machine: dict) -> None:
    """Measure, and write alignments.csv, alignments.json and the table in README.md.

    Parameters
    ----------
    repetitions : int
        Trainings of each; the number of the repetition is the seed.
    machine : dict
        See `measuring.machine`.
    """
    pair = domains.pair(*(datasets.load(name) for name in CORPORA), clip=settings.CLIP)
    systems = {name: partial(_train, pair, name) for name in MEASURED}
    measuring.trainings("alignments", pair, systems, repetitions, machine, report)


def _train(pair: Pair, name: str, seed: int) -> None:
    torch.set_num_threads(1)
    scoring.train(pair, "joint", name, seed)


def report(timings: pd.DataFrame) -> str:
    """Write the table.

    Parameters
    ----------
    timings : pd.DataFrame
        As of `measuring.alternate`; a system is its name, `BASELINE` one of them.
    """
    seconds = measuring.medians(timings)
    ratios = {name: measuring.ratio(timings, name, BASELINE) for name in MEASURED}
    rows = [
        [SYSTEMS[name].title, f"{seconds[name]:.2f}", f"{ratio:.2f}"]
        for name, ratio in ratios.items()
    ]
    slow = [SYSTEMS[name].title for name, ratio in ratios.items() if ratio > BAR]
    bar = f"**missed** by {', '.join(slow)}" if slow else "kept by all"
    table = measuring.markdown(["system", "seconds", "of the baseline, times"], rows)
    return f"{table}\n\nThe bar of at most {BAR:g} times the baseline is {bar}."
