"""The search for the settings that the package trains with, by a rule that needs no target score.

The rule: the best recall on held-out speakers of the source, mean over pairs, tasks and seeds.
Every corpus is a source of some pairs and a target of others: its labels count in the first role
and are out of reach in the second. The batch norm is the default one: which one to take is a
question of the experiments, not a setting to tune.
"""

import itertools
from dataclasses import replace

import pandas as pd

from ser_utils import evaluation, experiments, models, training
from ser_utils.alignment import DomainAdversary
from ser_utils.domains import Pair
from ser_utils.embeddings import invariance
from ser_utils.experiments import parallel

GRID = {
    "learning_rate": [1e-4, 3e-4, 1e-3],
    "dropout": [0.2, 0.5],
}


def search(names: list[str], tasks: list[str], seeds: int, jobs: int = 1) -> pd.DataFrame:
    """Train a DANN under each setting of `GRID` on every pair, and score it without target labels.

    The accuracy of a fresh probe for the language is recorded, too, but decides nothing: it hardly
    differs between the settings.

    Returns
    -------
    pd.DataFrame
        A row a setting, means over pairs, tasks and seeds: the setting, `uar_source`,
        `language_accuracy` and `chosen`.
    """
    pairs = experiments.make_pairs(names, tasks)
    pairs = [replace(pair, evaluation=None) for pair in pairs]  # out of reach
    settings = [
        dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())
    ]
    items = list(itertools.product(pairs, settings, range(seeds)))
    scores = parallel.in_order(_score_without_target_labels, items, jobs, "search")
    table = pd.DataFrame(
        [setting | score for (_, setting, _), score in zip(items, scores, strict=True)]
    )
    table = table.groupby(list(GRID), as_index=False, sort=False).mean()
    return table.assign(chosen=choose(table)).round(4)


def choose(table: pd.DataFrame) -> pd.Series:
    """Mark the setting that the rule picks."""
    return pd.Series(table.index == table["uar_source"].idxmax(), index=table.index)


def _score_without_target_labels(pair: Pair, setting: dict, seed: int) -> dict[str, float]:
    model = models.mlp(pair, dropout=setting["dropout"])
    rate = setting["learning_rate"]
    align = DomainAdversary()
    run = training.fit(model, pair, align=align, learning_rate=rate, seed=seed, progress=False)
    return {
        "uar_source": evaluation.held_out_uar(run, pair.source),
        "language_accuracy": invariance.language_accuracy(
            run.embed(pair.source),
            run.embed(pair.target),
            pair.source.speakers,
            pair.target.speakers,
        ),
    }
