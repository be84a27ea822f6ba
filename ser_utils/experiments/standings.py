"""Where each system stands: beside the baseline of the paper, its like, and its free opponents.

Three comparisons, none of which stands for another. The paper's: the whole system against
source-only training with ordinary batch norm. The same batch norm on both sides: what the adversary
adds. And the free opponents: what needs no training on the target, such as the same baseline cut at
the median of its scores, or trained on inputs that each corpus standardises by itself, or both.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from ser_utils.errors import ResultsError
from ser_utils.experiments.resampling import FACTORS, Resampling
from ser_utils.experiments.result_rows import Rows
from ser_utils.experiments.systems import BY_RULE, SELECTED, SYSTEMS
from ser_utils.metrics import REPLICATES, Sampled


class Entry(NamedTuple):
    """A system under its conditions: what names a line of the standings."""

    method: str
    normalise: str = "source"
    batch_norm: str = "source"
    statistics: str = "running"
    protocol: str = "transductive"


#: The baseline of the paper: source-only training with ordinary batch norm.
PAPER_BASELINE = Entry("baseline")
RULE = Entry("dann_rule", batch_norm=BY_RULE)
#: Differs from `RULE` in the adversary alone.
SAME_BATCH_NORM = Entry("bounded", batch_norm=BY_RULE)
FREE_OPPONENTS = (
    Entry("median"),
    Entry("baseline", normalise="dataset"),
    Entry("median", normalise="dataset"),
)

#: What a README tells, from the plainest to what only labels of the target can do.
STORY = (
    PAPER_BASELINE,
    *FREE_OPPONENTS,
    Entry("baseline", batch_norm="joint"),
    Entry("dann"),
    Entry("dann", batch_norm="joint"),
    Entry("dann_5_1", batch_norm="joint"),
    RULE,
    Entry("dann_rule_once", batch_norm=BY_RULE),
    Entry("dann_rule", normalise="dataset", batch_norm=BY_RULE),
    Entry("oracle_dann", batch_norm=BY_RULE),
    Entry("supervised"),
)

_PAIR_AND_TASK = ["source", "target", "task"]


class Standings:
    """Scores of the systems in a file of results, on the same draws of speakers, seeds and pairs.

    Parameters
    ----------
    rows : Rows
        As from `selection.with_chosen`.
    replicates, seed : int
        Of the bootstrap.
    """

    def __init__(self, rows: Rows, replicates: int = REPLICATES, seed: int = 0) -> None:
        self._rows = rows.table
        self._positions = rows.table.groupby(list(Entry._fields)).indices
        self._resampling = Resampling(rows, replicates, seed)
        self._with_pairs = Resampling(rows, replicates, seed, over=FACTORS)
        self.tasks = list(dict.fromkeys(rows.table["task"]))
        (self._features,) = rows.table["features"].unique()

    def entries(self) -> list[Entry]:
        """Return all systems under all conditions, by normalisation and then as they are listed."""
        found = {Entry(*names) for names in self._rows[list(Entry._fields)].to_numpy()}
        order = {name: i for i, name in enumerate(SYSTEMS | SELECTED)}
        conditions = ("normalise", "batch_norm")
        seen = {name: list(dict.fromkeys(self._rows[name])) for name in conditions}
        return sorted(
            found,
            key=lambda e: (
                seen["normalise"].index(e.normalise),
                order.get(e.method, len(order)),
                seen["batch_norm"].index(e.batch_norm),
                e.statistics,
                e.protocol,
            ),
        )

    def pairs(self, *entries: Entry) -> list[tuple[str, str]]:
        """Return the pairs that all entries were run on in every task."""
        sets = [
            {(s, t) for s, t, of in self.trainings(entry)[_PAIR_AND_TASK].to_numpy() if of == task}
            for entry in entries
            for task in self.tasks
        ]
        return sorted(set.intersection(*sets))

    def trainings(self, entry: Entry) -> pd.DataFrame:
        """Return the rows of an entry."""
        return self._rows.iloc[self._positions.get(entry, [])]

    def samples(
        self, entry: Entry, pairs: Iterable[tuple[str, str]], task: str, measure: str
    ) -> np.ndarray:
        """Score on each pair, shape (pairs, 1 + replicates); the first is as observed."""
        names = self._names(entry, pairs, task)
        resampled = self._resampling.pair_samples
        return np.array([resampled(name, entry.method, measure) for name in names])

    def _names(
        self, entry: Entry, pairs: Iterable[tuple[str, str]], task: str
    ) -> list[tuple[str, ...]]:
        """Name an entry on each pair as `Resampling` does."""
        _, normalise, batch_norm, statistics, protocol = entry
        cell = task, normalise, batch_norm, statistics, self._features, protocol
        return [(*cell, *pair) for pair in pairs]

    def score(self, entry: Entry, measure: str = "uar") -> float:
        """Mean of a measure over tasks, pairs and seeds, in [0, 1]."""
        pairs = self.pairs(entry)
        return float(np.mean([self.samples(entry, pairs, t, measure)[:, 0] for t in self.tasks]))

    def gain(self, entry: Entry, over: Entry, measure: str = "uar") -> dict:
        """How much better one entry is than another: over all tasks, and per task.

        Returns
        -------
        dict
            In points: `gain`, `low` and `high` (95 %, speakers and seeds drawn), `low_pairs` and
            `high_pairs` (pairs drawn, too), NaN for too few speakers (see `resampling`);
            `pairs_that_gain` of `pairs`; `tasks`, the same by task.
        """
        pairs = self.pairs(entry, over)
        if not pairs:
            raise ResultsError(f"{entry} and {over} were run on no pair in common.")
        gains = {
            task: self.samples(entry, pairs, task, measure)
            - self.samples(over, pairs, task, measure)
            for task in self.tasks
        }
        overall = np.mean(list(gains.values()), axis=0)
        by_task = {task: self._summarised(of, pairs, entry, [task]) for task, of in gains.items()}
        return {**self._summarised(overall, pairs, entry, self.tasks), "tasks": by_task}

    def _summarised(
        self, gains: np.ndarray, pairs: list[tuple[str, str]], entry: Entry, tasks: Iterable[str]
    ) -> dict:
        names = [name for task in tasks for name in self._names(entry, pairs, task)]
        samples = {
            self._resampling: gains.mean(axis=0),
            self._with_pairs: self._with_pairs.mean_over_pairs(gains, pairs),
        }
        fixed, drawn = (
            Sampled.of(scores, how.speakers_drawn(names, entry.method)).estimate()
            for how, scores in samples.items()
        )
        values = {
            "gain": fixed.value,
            "low": fixed.low,
            "high": fixed.high,
            "low_pairs": drawn.low,
            "high_pairs": drawn.high,
        }
        return {name: round(100 * value, 2) for name, value in values.items()} | {
            "pairs_that_gain": int((gains[:, 0] > 0).sum()),
            "pairs": len(pairs),
        }


def table(standings: Standings) -> pd.DataFrame:
    """Tabulate every entry: UAR, AUC and UAR at the median, and its gain over `PAPER_BASELINE`.

    Returns
    -------
    pd.DataFrame
        One row per entry, with the columns of `Entry`; `uar`, `auc`, `uar_median` and
        `language_accuracy` in percent, means over tasks, pairs and seeds; the gain as in
        `Standings.gain`, without its tasks.
    """
    lines = []
    for entry in standings.entries():
        means = standings.trainings(entry)[["uar_median", "language_accuracy"]].mean()
        line = entry._asdict() | {
            "uar": 100 * standings.score(entry),
            "auc": 100 * standings.score(entry, "auc"),
            **(100 * means),
        }
        if entry != PAPER_BASELINE and standings.pairs(entry, PAPER_BASELINE):
            line |= standings.gain(entry, PAPER_BASELINE)
            del line["tasks"]
        lines.append(line)
    return pd.DataFrame(lines)


def story(table: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of `table` that are in `STORY`, in its order."""
    return pd.DataFrame(STORY).merge(table)


def headline(standings: Standings) -> dict[str, Mapping]:
    """Return the comparisons that the README tells, as in `Standings.gain`; None for NaN.

    The free opponent is the one with the best UAR on the targets, the hardest to stand against.
    """
    opponents = [entry for entry in FREE_OPPONENTS if standings.pairs(entry)]
    if not opponents:
        raise ResultsError(
            "no free opponent was run: add the method median, or --normalise dataset."
        )
    opponent = max(opponents, key=standings.score)
    comparisons = {
        "paper": standings.gain(RULE, PAPER_BASELINE),
        "same_batch_norm": standings.gain(RULE, SAME_BATCH_NORM),
        "free_opponent": {"opponent": opponent._asdict(), **standings.gain(RULE, opponent)},
        "auc": standings.gain(RULE, PAPER_BASELINE, "auc"),
    }
    return without_nan(comparisons)


def without_nan(values: object) -> object:
    """Put None, which JSON has, in the place of NaN, which it has not."""
    if isinstance(values, dict):
        return {name: without_nan(value) for name, value in values.items()}
    return None if values != values else values


#: Steps from the plainest baseline to what all of them together bring, by title.
WATERFALL = {
    "source-only": Entry("unclipped"),
    "inputs clipped": Entry("baseline"),
    "target in the statistics": Entry("baseline", batch_norm="joint"),
    "bounded embedding": Entry("bounded", batch_norm="joint"),
    "adversary, 1 step": Entry("dann_1_1", batch_norm="joint"),
    "adversary, 5 steps": Entry("dann_5_1", batch_norm="joint"),
    "dataset normalisation": Entry("dann_5_1", normalise="dataset", batch_norm="joint"),
}


def waterfall(standings: Standings) -> pd.DataFrame:
    """Score after each step of `WATERFALL`, and what the step added, in points.

    Returns
    -------
    pd.DataFrame
        One row per step that was run: `uar`, `auc`, `gain`, `low`, `high`, ... over the one before.
    """
    lines, before = {}, None
    there = {title: entry for title, entry in WATERFALL.items() if standings.pairs(entry)}
    for title, entry in there.items():
        line = {name: 100 * standings.score(entry, name) for name in ("uar", "auc")}
        if before is not None:
            line |= standings.gain(entry, before)
            del line["tasks"]
        lines[title], before = line, entry
    return pd.DataFrame.from_dict(lines, orient="index")
