"""How much language, emotion and speaker embeddings hold: every pair, task, batch norm and seed."""

import itertools
from collections import namedtuple
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ser_utils import domains, metrics
from ser_utils.embeddings import invariance
from ser_utils.experiments import resampling, scoring
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.runs import Experiment
from ser_utils.experiments.streamed import Table
from ser_utils.experiments.summary import MEAN, with_means
from ser_utils.experiments.systems import COMPARED, SYSTEMS
from ser_utils.features import Features

RAW = "raw features"
#: What is measured: the features, and the embeddings of two systems.
TITLES = tuple(SYSTEMS[name].title for name in COMPARED)
REPRESENTATIONS = (RAW, *TITLES, invariance.CHANCE)
#: The measures of each, and its score.
COLUMNS = (*invariance.MEASURES, "uar_target")


KEY = ("source", "target", "task", "batch_norm", "representation", "seed")
Row = namedtuple("Row", KEY)


def rows(grid: Grid) -> list[Row]:
    """Return all rows, in order.

    Raw features and chance know neither batch norm nor seed; their rows are repeated, so that the
    table is complete.
    """
    axes = grid.ordered_pairs(), grid.tasks, grid.batch_norm, REPRESENTATIONS, range(grid.seeds)
    return [Row(*pair, *rest) for pair, *rest in itertools.product(*axes)]


def measured_once(row: Row) -> Row:
    """Name a measurement: only those of systems differ by batch norm and seed."""
    return row if row.representation in TITLES else row._replace(batch_norm="", seed=0)


def score(keys: Sequence[Row], source: Features, target: Features) -> list[list[float]]:
    """Measure one representation of a pair; return `COLUMNS` for each row of it."""
    row = keys[0]
    pair = domains.pair(source, target, task=row.task)
    uar_target = np.nan
    if row.representation == invariance.CHANCE:
        measured, uar_target = invariance.chance(pair), 0.5
    elif row.representation == RAW:
        measured = invariance.measure(invariance.raw_features(pair), pair)
    else:
        method = COMPARED[TITLES.index(row.representation)]
        run = scoring.train(pair, row.batch_norm, method, row.seed)
        measured = invariance.measure(run.embed(pair.source, pair.evaluation), pair)
        uar_target = metrics.uar(pair.evaluation.labels, run.predict(pair.evaluation))
    return [[round(value, 4) for value in (*measured.values(), uar_target)]] * len(keys)


EXPERIMENT = Experiment(rows, measured_once, score, tables=lambda path, _: [Table(path, COLUMNS)])


def summary(
    table: pd.DataFrame, replicates: int = metrics.REPLICATES, seed: int = 0
) -> pd.DataFrame:
    """Compare both systems by each measure, on every pair and on average.

    `table` is the file as read; `replicates` and `seed` are of the bootstrap.

    Returns
    -------
    pd.DataFrame
        One row per measure, task, batch norm, source and target, where "mean" is over pairs, and in
        `task` over tasks: the means of each representation; `change`, DANN minus baseline; for
        means over pairs `change_low` and `change_high`, its 95 % interval over pairs and seeds (see
        `resampling.over_pairs_and_seeds`).
    """
    stacked = table.set_index(list(KEY)).rename_axis(columns="measure").stack(future_stack=True)
    frame = stacked.unstack("representation", sort=False)
    index = frame.index.names
    frame = frame.assign(change=frame[TITLES[1]] - frame[TITLES[0]]).reset_index()
    frame["pair"] = frame["source"] + " " + frame["target"]
    groups = with_means(frame, index).groupby([key for key in index if key != "seed"], sort=False)
    result = groups[[*REPRESENTATIONS, "change"]].mean()
    for cell, rows in groups:
        if cell[0] == MEAN:
            # Without the pairs on which it cannot be measured.
            changes = rows.pivot_table("change", index="pair", columns="seed").to_numpy()
            if changes.size:
                change = resampling.over_pairs_and_seeds(changes, replicates, seed).estimate()
                result.loc[cell, ["change_low", "change_high"]] = change.low, change.high
    return result.rename_axis(columns=None).reset_index()
