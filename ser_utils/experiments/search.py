"""The search for the settings that the package trains with, by the rule of `selection`.

Every corpus is a source of some pairs and a target of others: its labels count in the first role
and are out of reach in the second. The command searches under `joint`, with an adversary that takes
five steps: which batch norm to take is a question of the experiments, not a setting to tune.
"""

import itertools
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ser_utils import evaluation
from ser_utils.embeddings import invariance
from ser_utils.errors import require_finite
from ser_utils.experiments import scoring, selection
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.result_rows import KEY
from ser_utils.experiments.runs import Experiment
from ser_utils.experiments.streamed import RUN_AGAIN, Table
from ser_utils.features import Features

VARIED = {"learning_rate": [1e-4, 3e-4, 1e-3], "dropout": [0.2, 0.5]}
COLUMNS = ("uar_source", "language_accuracy")

Row = namedtuple("Row", [*KEY, *VARIED])


def rows(grid: Grid) -> list[Row]:
    """Return every training of a grid under each of the settings `VARIED`."""
    return [Row(*key, *of) for of in itertools.product(*VARIED.values()) for key in grid.rows()]


def score(keys: Sequence[Row], source: Features, target: Features) -> list[tuple[float, float]]:
    """Train under the settings of a row, and score it without labels of the target (`COLUMNS`)."""
    (row,) = keys
    pair = replace(scoring.pair_of(row, source, target), evaluation=None)  # out of reach
    chosen = {name: getattr(row, name) for name in VARIED}
    run = scoring.train(pair, row.batch_norm, row.method, row.seed, **chosen)
    language_accuracy = invariance.language_accuracy(
        run.embed(pair.source), run.embed(pair.target), pair.source.speakers, pair.target.speakers
    )
    return [(evaluation.held_out_uar(run, pair.source), language_accuracy)]


def means(trainings: pd.DataFrame) -> pd.DataFrame:
    """Apply the rule to the settings, over all pairs, tasks and seeds: see `selection.ruled`."""
    require_finite(trainings["uar_source"].to_numpy(), "trainings", RUN_AGAIN)
    return selection.ruled(trainings, list(VARIED), ["source", "target", "task", "seed"]).round(4)


EXPERIMENT = Experiment(
    rows,
    training_of=lambda row: row,
    score=score,
    tables=lambda path, _: [Table(path, COLUMNS)],
    means=means,
    varied={"varied": VARIED},
    chooses=tuple(VARIED),
)
