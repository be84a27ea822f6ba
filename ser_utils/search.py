"""The search for the settings that the package trains with, by a rule that needs no target score.

Every corpus is a source of some pairs and a target of others: its labels count in the first role
and are out of reach in the second.
"""

import itertools
from dataclasses import replace

import pandas as pd

from ser_utils import datasets, domains, evaluation, features, models, training
from ser_utils.alignment import DomainAdversary
from ser_utils.domains import Pair
from ser_utils.experiments import in_parallel, language_accuracy

GRID = {
    "batch_norm": ["none", "source", "joint", "separate"],
    "learning_rate": [1e-4, 3e-4, 1e-3],
    "dropout": [0.2, 0.5],
}
#: Settings whose UAR on held-out source speakers is within this of the best count as equally good.
TOLERANCE = 0.02


def search(names: list[str], tasks: list[str], seeds: int, jobs: int = 1) -> pd.DataFrame:
    """Train a DANN under each setting of `GRID` on every pair, and score it without target labels.

    The rule: among the settings that keep the recall on held-out source speakers within
    `TOLERANCE` of the best, the one that leaves the least language in the embeddings, as a fresh
    probe tells. For a pair, both need the labels of its source and the names of its languages only.

    Returns
    -------
    pd.DataFrame
        A row a setting, means over pairs, tasks and seeds: the setting, `uar_source`,
        `language_accuracy` and `chosen`.
    """
    extracted = {name: features.extract(datasets.load(name)) for name in names}
    pairs = [
        domains.pair(extracted[source], extracted[target], task=task)
        for source, target in itertools.permutations(names, 2)
        for task in tasks
    ]
    pairs = [replace(pair, evaluation=None) for pair in pairs]  # out of reach
    settings = [
        dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())
    ]
    items = list(itertools.product(pairs, settings, range(seeds)))
    scores = in_parallel(_score_without_target_labels, items, jobs, "search")
    table = pd.DataFrame(
        [setting | score for (_, setting, _), score in zip(items, scores, strict=True)]
    )
    table = table.groupby(list(GRID), as_index=False, sort=False).mean()
    return table.assign(chosen=choose(table)).round(4)


def choose(table: pd.DataFrame) -> pd.Series:
    """Mark the setting that the rule of `search` picks."""
    eligible = table["uar_source"] >= table["uar_source"].max() - TOLERANCE
    best = table["language_accuracy"].where(eligible).idxmin()
    return pd.Series(table.index == best, index=table.index)


def _score_without_target_labels(pair: Pair, setting: dict, seed: int) -> dict[str, float]:
    model = models.mlp(pair, batch_norm=setting["batch_norm"], dropout=setting["dropout"])
    rate = setting["learning_rate"]
    align = DomainAdversary()
    run = training.fit(model, pair, align=align, learning_rate=rate, seed=seed, progress=False)
    return {
        "uar_source": evaluation.held_out_uar(run, pair.source),
        "language_accuracy": language_accuracy(run, pair.source, pair.target),
    }
