"""How the time of a training grows with the number of utterances."""

from functools import partial

import numpy as np
import pandas as pd
import torch

from benchmarks import measuring
from ser_utils import domains, models, settings, training
from ser_utils.alignment import DomainAdversary
from ser_utils.domains import Pair
from ser_utils.features import Features

REPETITIONS = 5
SIZES = (512, 1024, 2048, 5120, 10_240, 20_480)  # whole batches
EPOCHS = 10
N_FEATURES = 88
SPEAKERS = 20
#: Up to here growth is called linear: tenfold data takes at most 12 % more than tenfold time.
EXPONENT_BAR = 1.05


def run(repetitions: int, machine: dict) -> None:
    """Measure, and write growth.csv, growth.json and the table in README.md.

    Parameters
    ----------
    repetitions : int
        Trainings on each size.
    machine : dict
        See `measuring.machine`.
    """
    torch.set_num_threads(1)
    systems = {size: partial(train, random_pair(size)) for size in SIZES}
    systems[SIZES[0]](0)  # imports and first calls
    timings, _ = measuring.alternate(systems, repetitions)
    timings = timings.rename(columns={"system": "utterances"})
    about = settings.as_dict() | {"epochs": EPOCHS, "features": N_FEATURES}
    about |= {"repetitions": repetitions, "machine": machine}
    measuring.write("growth", timings, report(timings), about)


def random_pair(size: int) -> Pair:
    """Make a pair of two languages with `size` utterances each, whose features are normal noise."""
    rng = np.random.default_rng(size)
    return domains.pair(*(_noise(language, size, rng) for language in ("en", "de")))


def _noise(language: str, size: int, rng: np.random.Generator) -> Features:
    table = pd.DataFrame(
        {
            "dataset": "noise",
            "language": language,
            "speaker": [f"{language}-{i % SPEAKERS}" for i in range(size)],
            "emotion": rng.choice(["anger", "sadness"], size),
        }
    )
    values = rng.normal(size=(size, N_FEATURES)).astype(np.float32)
    return Features("egemaps", values, None, [str(i) for i in range(N_FEATURES)], table)


def train(pair: Pair, seed: int) -> None:
    """Train with the default settings, but for the epochs; steps are proportional to utterances."""
    training.fit(
        models.mlp(pair),
        pair,
        align=DomainAdversary(),
        epochs=EPOCHS,
        held_out=0,
        seed=seed,
        progress=False,
    )


def exponent(sizes: np.ndarray, seconds: np.ndarray) -> float:
    """Slope of the line through log size and log seconds: 1 is linear growth."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def report(timings: pd.DataFrame) -> str:
    """Write the table and the exponent."""
    medians = timings.groupby("utterances")["seconds"].median()
    columns = ["utterances per language", "seconds", "µs per utterance and epoch"]
    rows = [
        [f"{size:,}", f"{seconds:.2f}", f"{1e6 * seconds / (size * EPOCHS):.0f}"]
        for size, seconds in medians.items()
    ]
    slope = exponent(medians.index.to_numpy(), medians.to_numpy())
    verdict = "reached" if slope <= EXPONENT_BAR else "**missed**"
    return (
        f"{measuring.markdown(columns, rows)}\n\n"
        f"Seconds grow with utterances to the power of {slope:.2f}. "
        f"The bar of linear growth is {verdict}."
    )
