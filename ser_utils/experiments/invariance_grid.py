"""How much language, emotion and speaker embeddings hold: every pair, task, batch norm and seed."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ser_utils import experiments, metrics
from ser_utils.domains import Pair
from ser_utils.embeddings import invariance
from ser_utils.experiments import parallel, resampling
from ser_utils.experiments.summary import MEAN, with_means

RAW = "raw features"
#: What is measured: the features, and the embeddings of two systems, by method.
METHODS = {"baseline": "baseline", "DANN": "dann"}
REPRESENTATIONS = (RAW, *METHODS, invariance.CHANCE)
#: What names a row.
KEY = ("source", "target", "task", "batch_norm", "representation", "seed")


def run(
    names: Sequence[str],
    tasks: Sequence[str],
    compositions: Sequence[str],
    seeds: int,
    jobs: int = 1,
) -> pd.DataFrame:
    """Measure raw features, baseline and DANN on every ordered pair of corpora.

    Parameters
    ----------
    names, tasks, compositions : sequence of str
        Corpora, tasks and values of `batch_norm=`.
    seeds : int
    jobs : int
        Processes.

    Returns
    -------
    pd.DataFrame
        A row a pair, task, batch norm, representation and seed: `KEY`, the measures of
        `invariance.measure`, and `uar_target`. Raw features and chance know neither batch norm nor
        seed; their rows are repeated, so that the table is complete.
    """
    pairs = experiments.make_pairs(names, tasks)
    rows = list(itertools.product(range(len(pairs)), compositions, REPRESENTATIONS, range(seeds)))
    once = list(dict.fromkeys(map(_measured_once, rows)))
    items = [(pairs[i], *rest) for i, *rest in once]
    scores = dict(zip(once, parallel.in_order(_score, items, jobs, "invariance"), strict=True))
    lines = []
    for i, *rest in rows:
        names = pairs[i].source.dataset, pairs[i].evaluation.dataset, pairs[i].task
        key = dict(zip(KEY, (*names, *rest), strict=True))
        lines.append(key | scores[_measured_once((i, *rest))])
    return pd.DataFrame(lines).round(4)


def _measured_once(row: tuple[int, str, str, int]) -> tuple[int, str, str, int]:
    """Everything that tells one measurement from another: only systems know batch norm and seed."""
    pair, _, representation, _ = row
    return row if representation in METHODS else (pair, "", representation, 0)


def _score(pair: Pair, composition: str, representation: str, seed: int) -> dict[str, float]:
    if representation == invariance.CHANCE:
        return invariance.chance(pair) | {"uar_target": 0.5}
    if representation == RAW:
        return invariance.measure(invariance.raw_features(pair), pair) | {"uar_target": np.nan}
    trained = experiments.train(pair, composition, METHODS[representation], seed)
    test = pair.evaluation
    uar_target = metrics.uar(test.labels, trained.predict(test))
    return invariance.measure(trained.embed(pair.source, test), pair) | {"uar_target": uar_target}


def summary(
    table: pd.DataFrame, replicates: int = metrics.REPLICATES, seed: int = 0
) -> pd.DataFrame:
    """Compare DANN with the baseline by each measure, on every pair and on average.

    Parameters
    ----------
    table : pd.DataFrame
        From `run`, or the file it was written to.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        A row a measure and task, batch norm, source and target, of which "mean" is over pairs, and
        in `task` over tasks: the means of each representation; `change`, DANN minus baseline;
        for means over pairs `change_low` and `change_high`, its 95 % interval over pairs and seeds
        (see `resampling.over_pairs_and_seeds`).
    """
    stacked = table.set_index(list(KEY)).rename_axis(columns="measure").stack(future_stack=True)
    frame = stacked.unstack("representation", sort=False)
    index = frame.index.names
    frame = frame.assign(change=frame["DANN"] - frame["baseline"]).reset_index()
    frame["pair"] = frame["source"] + " " + frame["target"]
    groups = with_means(frame, index).groupby([key for key in index if key != "seed"], sort=False)
    result = groups[[*REPRESENTATIONS, "change"]].mean()
    for cell, rows in groups:
        if cell[0] == MEAN:
            bounds = _interval(rows, replicates, seed)
            result.loc[cell, ["change_low", "change_high"]] = bounds
    return result.rename_axis(columns=None).reset_index()


def _interval(rows: pd.DataFrame, replicates: int, seed: int) -> tuple[float, float]:
    changes = rows.pivot_table("change", index="pair", columns="seed").to_numpy()
    change = resampling.over_pairs_and_seeds(changes, replicates, seed).estimate()
    return change.low, change.high
