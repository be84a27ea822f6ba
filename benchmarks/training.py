"""One adversarial training, RAVDESS to EMO-DB, by this package and by two libraries."""

from functools import partial

import pandas as pd
import torch
from scipy.stats import ttest_ind

from benchmarks import measuring, peers
from ser_utils import datasets, domains, metrics, settings

#: They are the seeds: target UAR varies so much between seeds that ten would not tell the systems
#: apart.
REPETITIONS = 40
CORPORA = ("ravdess", "emodb")
SPEED_BAR = 2.5
#: By library and composition of batch norm, how to train. Each library has one composition.
SYSTEMS = {
    "ser_utils joint": partial(peers.train_here, batch_norm="joint"),
    "skada joint": peers.train_skada,
    "ser_utils separate": partial(peers.train_here, batch_norm="separate"),
    "pytorch-adapt separate": peers.train_pytorch_adapt,
    "ser_utils source": partial(peers.train_here, batch_norm="source"),
}


def run(repetitions: int, machine: dict) -> None:
    """Measure, and write training.csv, training.json and the table in README.md.

    Parameters
    ----------
    repetitions : int
        Trainings of each system; the number of the repetition is the seed.
    machine : dict
        See `measuring.machine`.
    """
    torch.set_num_threads(1)
    tables = (datasets.load(name) for name in CORPORA)
    pair = domains.pair(*tables, features="egemaps", task="arousal", normalise="source")
    systems = {name: partial(train, pair) for name, train in SYSTEMS.items()}
    for train in systems.values():  # imports and first calls
        train(0)
    runs, predictions = measuring.alternate(systems, repetitions)
    runs["uar"] = [
        metrics.uar(pair.evaluation.labels, predictions[system][repetition])
        for system, repetition in zip(runs["system"], runs["repetition"], strict=True)
    ]
    utterances = f"{len(pair.source)} and {len(pair.target)} utterances"
    text = f"{pair}, {utterances}, {repetitions} seeds.\n\n{report(runs)}"
    about = {"pair": str(pair), "repetitions": repetitions, "machine": machine}
    measuring.write("training", runs, text, settings.as_dict() | about)


def report(runs: pd.DataFrame) -> str:
    """Write the table: each library beside this package under the same batch norm.

    Parameters
    ----------
    runs : pd.DataFrame
        As of `measuring.alternate`, and a column `uar`.
    """
    columns = ["training by", "batch norm", "seconds", "of ser_utils, times"]
    columns += ["target UAR (SD)", "ser_utils gains [95 %]"]
    seconds = measuring.medians(runs)
    scores = {name: 100 * group for name, group in runs.groupby("system")["uar"]}
    rows = []
    for name in SYSTEMS:
        library, batch_norm = name.split()
        score = f"{scores[name].mean():.1f} ({scores[name].std():.1f})"
        row = [library, f"`{batch_norm}`", f"{seconds[name]:.2f}", "", score, ""]
        if library != "ser_utils":
            ours = f"ser_utils {batch_norm}"
            row[3] = f"{measuring.ratio(runs, name, ours):.2f}"
            row[5] = gain(scores[ours], scores[name])
        rows.append(row)
    speed = measuring.ratio(runs, "skada joint", "ser_utils joint")
    bar = measuring.against(SPEED_BAR, speed)
    return f"{measuring.markdown(columns, rows)}\n\n{speed:.2f} times as fast as skada. {bar}"


def gain(ours: pd.Series, theirs: pd.Series) -> str:
    """Tell the difference of two means over seeds, with Welch's interval: they share no seeds."""
    interval = ttest_ind(ours, theirs, equal_var=False).confidence_interval()
    return f"{ours.mean() - theirs.mean():+.1f} [{interval.low:+.1f}, {interval.high:+.1f}]"
