"""Notebooks in little: what takes long in them, and no check of an exercise depends on, takes less.

Trainings that nothing watches are of two epochs, and each synthetic speaker says two sentences.
`make tutorial` executes all cells but the solutions as they are.
"""

from functools import partial

import pandas as pd

from ser_utils import training
from ser_utils.datasets.synthetic import prosody
from ser_utils.embeddings import probes
from ser_utils.lessons import two_moons

fit, learn, utterances = training.fit, two_moons.learn, prosody.utterances


def fit_shortly(model, pair, **options) -> training.Trained:
    """Train for two epochs, or up to the first probe; to the end if something watches."""
    short = {} if "on_epoch" in options else {"epochs": options.get("probe_every", 2)}
    return fit(model, pair, **{"progress": False} | options | short)


def few_utterances(language: str) -> pd.DataFrame:
    """Plan a corpus of two sentences."""
    plan = utterances(language)
    return plan[plan["sentence"].isin(("s1", "s2"))].reset_index(drop=True)


# Each is arguments of `setattr`.
SHORT_TRAININGS = (
    (training, "fit", fit_shortly),
    (two_moons, "learn", partial(learn, updates=40, every=2)),
    (probes.MLP, "max_iter", 2),
)
FEW_UTTERANCES = (prosody, "utterances", few_utterances)


def begin() -> None:
    """Have the notebook that this process is the kernel of be in little."""
    for patch in (*SHORT_TRAININGS, FEW_UTTERANCES):
        setattr(*patch)
