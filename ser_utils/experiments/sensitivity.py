"""How the gain of DANN depends on the settings that nobody tuned, one varied at a time.

Scores are on the target, so they need its labels: they explain a result, and may choose nothing.
"""

import itertools
from collections.abc import Sequence

import pandas as pd

from ser_utils import experiments, metrics, models, settings, training
from ser_utils.alignment import DomainAdversary
from ser_utils.domains import Pair
from ser_utils.experiments import parallel

VARIED = {
    "epochs": (10, settings.EPOCHS, 60),
    "max_lambda": (0.1, 0.3, settings.MAX_LAMBDA, 3.0),
    "adversary_width": (16, settings.ADVERSARY_WIDTH, 256),
}
USUAL = {name: settings.as_dict()[name] for name in VARIED}
METHODS = ("baseline", "dann")


def sensitivity(
    names: Sequence[str],
    tasks: Sequence[str],
    compositions: Sequence[str],
    seeds: int,
    jobs: int = 1,
) -> pd.DataFrame:
    """Vary one setting at a time around the usual ones, on every ordered pair of corpora.

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
        A row a setting, value, task and batch norm, means over pairs and seeds. `oracle_baseline`,
        `oracle_dann` and `oracle_gain` are UAR on the target; `usual` marks the value in use.
    """
    pairs = experiments.make_pairs(names, tasks)
    rows = pd.DataFrame(
        [
            (name, value, norm, method, i, seed)
            for name, values in VARIED.items()
            for value, norm, method, i, seed in itertools.product(
                values, compositions, METHODS, range(len(pairs)), range(seeds)
            )
        ],
        columns=["setting", "value", "batch_norm", "method", "pair", "seed"],
    )
    rows["training"] = [_training(row) for row in rows.itertuples()]
    trainings = list(dict.fromkeys(rows["training"]))  # the usual one is on every axis
    items = [(pairs[i], *rest) for i, *rest in trainings]
    scores = parallel.in_order(_target_uar, items, jobs, "sensitivity")
    rows["score"] = rows["training"].map(dict(zip(trainings, scores, strict=True)))
    rows["task"] = [pairs[i].task for i in rows["pair"]]
    keys = ["setting", "value", "task", "batch_norm"]
    table = rows.groupby([*keys, "method"], sort=False)["score"].mean().unstack()
    table = table[list(METHODS)].add_prefix("oracle_").reset_index()
    table["oracle_gain"] = table["oracle_dann"] - table["oracle_baseline"]
    return table.assign(usual=table["value"] == table["setting"].map(USUAL)).round(4)


def _training(row) -> tuple:
    """Everything that tells one training from another; the adversary is nothing to a baseline."""
    affected = row.method == "dann" or row.setting == "epochs"
    changed = {row.setting: row.value} if affected else {}
    return row.pair, row.batch_norm, row.method, tuple((USUAL | changed).items()), row.seed


def _target_uar(pair: Pair, composition: str, method: str, chosen: tuple, seed: int) -> float:
    chosen = dict(chosen)
    align = DomainAdversary(int(chosen["adversary_width"]), max_lambda=chosen["max_lambda"])
    run = training.fit(
        models.mlp(pair, batch_norm=composition),
        pair,
        align=align if method == "dann" else None,
        epochs=int(chosen["epochs"]),
        seed=seed,
        progress=False,
    )
    return metrics.uar(pair.evaluation.labels, run.predict(pair.evaluation))
