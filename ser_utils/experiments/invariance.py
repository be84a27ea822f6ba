"""How much language, emotion and speaker embeddings hold: of every pair, task and normalisation."""

import itertools
from collections import namedtuple
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ser_utils import domains, metrics, settings
from ser_utils.embeddings import invariance
from ser_utils.errors import ResultsError
from ser_utils.experiments import resampling, scoring, selection
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.runs import Experiment
from ser_utils.experiments.streamed import Table
from ser_utils.experiments.summary import MEAN, with_means
from ser_utils.experiments.systems import SELECTED, SYSTEMS
from ser_utils.features import Features

RAW = "raw features"
#: What is measured besides: the embeddings of a baseline, of the usual DANN, both under ordinary
#: batch norm, of the DANN that the rule chose for the pair, and of the same without its adversary.
BASELINE, ONE_STEP, NO_ADVERSARY = (SYSTEMS[name].title for name in ("baseline", "dann", "bounded"))
BY_RULE = SELECTED["dann_rule"].title
REPRESENTATIONS = (RAW, BASELINE, ONE_STEP, NO_ADVERSARY, BY_RULE, invariance.CHANCE)
#: The measures of each, and its score.
COLUMNS = (*invariance.MEASURES, "uar_target")

#: `batch_norm` and `method` tell which network it is; raw features and chance have none.
KEY = ("source", "target", "task", "normalise", "representation", "batch_norm", "method", "seed")
Row = namedtuple("Row", KEY)
NO_NETWORK = ("-", "-")


def rows(grid: Grid) -> list[Row]:
    """Return all rows, in order.

    Raw features and chance know no seed; their rows are repeated, so that the table is complete.
    Raises `ResultsError` if `grid.selection` has no choice for one of the pairs.
    """
    chosen = selection.winners(grid.selection)
    axes = grid.ordered_pairs(), grid.tasks, grid.normalise, REPRESENTATIONS, range(grid.seeds)
    result = []
    for pair, task, normalise, representation, seed in itertools.product(*axes):
        condition = *pair, task, normalise
        if condition not in chosen:
            raise ResultsError(
                f"{grid.selection} has no DANN for {', '.join(condition)}: run reproduce and "
                "summarise first, on all pairs, tasks and normalisations that are measured."
            )
        norm, method = chosen[condition]
        network = {
            BASELINE: (settings.BATCH_NORM, "baseline"),
            ONE_STEP: (settings.BATCH_NORM, "dann"),
            NO_ADVERSARY: (norm, "bounded"),
            BY_RULE: (norm, method),
        }.get(representation, NO_NETWORK)
        result.append(Row(*condition, representation, *network, seed))
    return result


def measured_once(row: Row) -> Row:
    """Name a measurement: only those of networks differ by seed."""
    return row if (row.batch_norm, row.method) != NO_NETWORK else row._replace(seed=0)


def score(keys: Sequence[Row], source: Features, target: Features) -> list[list[float]]:
    """Measure one representation of a pair; return `COLUMNS` for each row of it."""
    row = keys[0]
    pair = domains.pair(source, target, task=row.task, normalise=row.normalise)
    uar_target = np.nan
    if row.representation == invariance.CHANCE:
        measured, uar_target = invariance.chance(pair), 0.5
    elif row.representation == RAW:
        measured = invariance.measure(invariance.raw_features(pair), pair)
    else:
        run = scoring.train(pair, row.batch_norm, row.method, row.seed)
        measured = invariance.measure(run.embed(pair.source, pair.evaluation), pair)
        uar_target = metrics.uar(pair.evaluation.labels, run.predict(pair.evaluation))
    return [[round(value, 4) for value in (*measured.values(), uar_target)]] * len(keys)


EXPERIMENT = Experiment(rows, measured_once, score, tables=lambda path, _: [Table(path, COLUMNS)])


def read(path: str | Path) -> pd.DataFrame:
    """Read the file of this experiment; raise `ResultsError` if it is absent or another."""
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read ({error}).") from error
    if list(table) != [*KEY, *COLUMNS]:
        raise ResultsError(f"{path} has other columns than what `invariance` writes.")
    return table


def summary(
    table: pd.DataFrame, replicates: int = metrics.REPLICATES, seed: int = 0
) -> pd.DataFrame:
    """Compare the representations by each measure, on every pair and on average.

    `table` is from `read`; `replicates` and `seed` are of the bootstrap.

    Returns
    -------
    pd.DataFrame
        One row per measure, task, normalisation, source and target, where "mean" is over pairs, and
        in `task` over tasks: the means of each representation; `change`, DANN by rule minus
        baseline; for means over pairs `change_low` and `change_high`, its 95 % interval over pairs
        and seeds (see `resampling.over_pairs_and_seeds`).
    """
    keys = [name for name in KEY if name not in ("batch_norm", "method")]
    values = table.set_index(keys).drop(columns=["batch_norm", "method"])
    frame = values.rename_axis(columns="measure").stack(future_stack=True)
    frame = frame.unstack("representation", sort=False)
    index = frame.index.names
    frame = frame.assign(change=frame[BY_RULE] - frame[BASELINE]).reset_index()
    frame["pair"] = frame["source"] + " " + frame["target"]
    groups = with_means(frame, index).groupby([key for key in index if key != "seed"], sort=False)
    result = groups[[*REPRESENTATIONS, "change"]].mean()
    for cell, of_cell in groups:
        if cell[0] == MEAN:
            # Without the pairs on which it cannot be measured.
            changes = of_cell.pivot_table("change", index="pair", columns="seed").to_numpy()
            if changes.size:
                change = resampling.over_pairs_and_seeds(changes, replicates, seed).estimate()
                result.loc[cell, ["change_low", "change_high"]] = change.low, change.high
    return result.rename_axis(columns=None).reset_index()


def most_invariant(summary: pd.DataFrame) -> dict[str, str | float]:
    """Return the DANN whose embedding tells a fresh linear probe least, on average over pairs.

    No label of the target decides. Accuracies of the probes on unseen speakers, and UAR on the
    target, are in percent. Under the same normalisation, `uar_baseline` is of the baseline, and
    `..._without` of the network without its adversary.
    """
    means = summary[(summary["source"] == MEAN) & (summary["task"] == summary["task"].iloc[-1])]
    means = means.set_index(["normalise", "measure"])
    probe = means.xs("language_accuracy", level="measure")[[ONE_STEP, BY_RULE]]
    normalise, title = probe.stack().idxmin()
    of = (100 * means.loc[normalise]).round(2)
    return {
        "system": f"{title}, {normalise} normalisation",
        "probe_linear": of.loc["language_accuracy", title],
        "probe_mlp": of.loc["language_accuracy_mlp", title],
        "probe_linear_without": of.loc["language_accuracy", NO_ADVERSARY],
        "probe_mlp_without": of.loc["language_accuracy_mlp", NO_ADVERSARY],
        "uar_target": of.loc["uar_target", title],
        "uar_baseline": of.loc["uar_target", BASELINE],
    }
