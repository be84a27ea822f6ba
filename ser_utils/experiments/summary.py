"""What a grid of trainings says: the gain of one system over another, by pair and on average."""

import warnings
from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
import pandas as pd
from scipy import stats

from ser_utils import batch_norm, domains, labels
from ser_utils.errors import ResultsError, SerWarning
from ser_utils.experiments.resampling import ENTRY, FACTORS, Resampling
from ser_utils.experiments.result_rows import KEY, Rows
from ser_utils.experiments.systems import COMPARED, System, described
from ser_utils.metrics import MEASURES, NO_INTERVAL, REPLICATES, Sampled

#: The average absolute gain over the baseline for arousal and valence that the paper reports, in
#: points, on corpora and by a measure that are not public.
PAPER_GAIN = 3.91
PAPER = "Cai et al., ISCSLP 2021 (arXiv:2012.11174)"

#: Stands for all pairs in `source` and `target`, and for all tasks in `task`.
MEAN = "mean"


def table(
    rows: Rows, replicates: int = REPLICATES, seed: int = 0, compared: tuple[str, str] = COMPARED
) -> pd.DataFrame:
    """Compare two systems in every cell of a grid, by pair and on average.

    Parameters
    ----------
    rows : Rows
    replicates, seed : int
        Of the bootstrap.
    compared : (str, str)
        Names of the two, as in the column `method`: (A, B), by default ("baseline", "dann").

    Returns
    -------
    pd.DataFrame
        For each cell (`CELL`) one row per pair, and then their mean, with `source` and `target`
        "mean". Where the file has several tasks, cells of the task "mean" follow, averages over the
        tasks as the paper's abstract reports. All scores are in [0, 1], means over seeds:

        - `A`, `B`, `gain`: UAR on the target, and B minus A; `accuracy_*` and `auc_*` the same by
          accuracy and AUC;
          `batch_norm_gain` is B minus B without batch norm. `*_low` and `*_high` bound 95 %
          intervals of a bootstrap over target speakers and seeds, for these pairs; `*_low_pairs`
          and `*_high_pairs`, for means, of one that draws the pairs as well. Of targets with too
          few speakers the former are NaN, also for means that these are part of: see `resampling`.
        - `pairs`, `pairs_that_gain`: how many there are, and how many have a positive gain.
        - `wilcoxon_p`: of a two-sided signed-rank test of the gains of the pairs against zero. Such
          pairs share corpora, so it promises too much.
        - `ceiling`: UAR of the oracle, trained on the labels of other speakers of the target;
          `gap_closed`: gain divided by ceiling minus A, where that is positive.
        - `uar_majority`, `uar_source_*`, `language_accuracy_*`, `seeds`.

    Raises
    ------
    ResultsError
        If the file does not have both systems in the same cell, pair and seed.

    Warns
    -----
    SerWarning
        If some trainings have no such partner; they are left out.
    """
    rows = _partners(rows, compared)
    frame = _entries(rows.table, compared)
    resampling = Resampling(rows, replicates, seed)
    samples = _samples(frame, resampling, compared)
    frame = frame.assign(position=range(len(frame)), gain=samples["gain"][:, 0])
    frame["pair"] = frame["source"] + " " + frame["target"]
    groups = with_means(frame, ENTRY)

    lines = groups.groupby(ENTRY)
    result = lines[[c for c in frame if c.startswith(("uar", "language"))]].mean()
    result["seeds"] = lines["seeds"].min()
    gains = groups.groupby([*ENTRY, "pair"])["gain"].mean().groupby(ENTRY)
    result["pairs"], result["wilcoxon_p"] = gains.size(), gains.agg(wilcoxon_p)
    result["pairs_that_gain"] = gains.agg(lambda of_pairs: (of_pairs > 0).sum())

    with_pairs = Resampling(rows, replicates, seed, over=FACTORS)
    intervals = [
        _intervals(samples, frame.iloc[own], resampling, with_pairs, compared[0])
        for _, own in lines["position"]
    ]
    result = result.join(pd.DataFrame(intervals, index=result.index))
    room = result["ceiling"] - result[compared[0]]
    result["gap_closed"] = result["gain"] / room.where(room > 0)
    return result.reset_index().sort_values(ENTRY, key=_rank, ignore_index=True)


def compared_in(table: pd.DataFrame) -> tuple[System, System]:
    """Return the two systems that a table, as from `table`, compares."""
    names = table.filter(regex="^uar_source_").columns.str.removeprefix("uar_source_")
    return tuple(map(described, names if len(names) else COMPARED))


def gain_of(table: pd.DataFrame, between: str = "over") -> str:
    """Say between which systems the gains of a table are: "DANN over the baseline"."""
    first, second = compared_in(table)
    article = "the " if first.name == "baseline" else ""
    return f"{second.title} {between} {article}{first.title}"


def without_interval(table: pd.DataFrame) -> str:
    """Say for which targets there is no interval over speakers; nothing if there is for all."""
    targets = set(table["target"][table["gain_low"].isna()])
    named = ", ".join(sorted(targets - {MEAN})) or "a target"
    return f"{NO_INTERVAL.capitalize()} in {named}." if targets else ""


def first_conditions(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the cells of the first normalisation, statistics, feature set and protocol of a table.

    They are in the order in which the package lists them, so the first ones are the usual ones.
    """
    for column in ("normalise", "statistics", "features", "protocol"):
        table = table[table[column] == table[column].iloc[0]]
    return table


def _partners(rows: Rows, names: tuple[str, str]) -> Rows:
    """Leave out trainings of one of two systems without the other one in the same cell and seed.

    Then the two differ in nothing but the system, even in a file that is not complete.
    """
    trainings = rows.table.reset_index(drop=True)
    compared = trainings[trainings["method"].isin(names)]
    others = [column for column in KEY if column != "method"]
    partnered = compared.groupby(others)["method"].transform("nunique") == len(set(names))
    if not partnered.any():
        raise ResultsError(
            f"nothing to compare: no {' and '.join(names)} share a pair, task, settings and seed. "
            "Run both methods."
        )
    alone = partnered.index[~partnered]
    if len(alone):
        warnings.warn(
            f"{len(alone)} of {len(compared)} trainings of {' or '.join(names)} lack the other one "
            "and are left out: run the rest of the experiment.",
            SerWarning,
            stacklevel=3,
        )
    keep = trainings.index.difference(alone)
    return rows.take(keep)


def _entries(trainings: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
    """One row per cell and pair, of what is averaged over seeds without interval."""
    compared = trainings[trainings["method"].isin(names)]
    entries = compared.groupby(ENTRY)
    frame = entries.agg(uar_majority=("uar_majority", "mean"), seeds=("seed", "nunique"))
    for column in ("uar_source", "language_accuracy"):
        by_method = compared.groupby([*ENTRY, "method"])[column].mean().unstack("method")
        frame = frame.join(by_method[list(dict.fromkeys(names))].add_prefix(f"{column}_"))
    return frame.reset_index()


def _samples(
    frame: pd.DataFrame, resampling: Resampling, compared: tuple[str, str]
) -> dict[str, np.ndarray]:
    """Scores and differences of each row of `frame`, shape (len(frame), 1 + replicates)."""
    first, second = compared
    index = pd.MultiIndex.from_frame(frame[ENTRY])
    samples = {}
    for measure, prefix in zip(MEASURES, ("", "accuracy_", "auc_"), strict=True):
        for name, method in {first: first, second: second, "ceiling": "supervised"}.items():
            scores = [resampling.pair_samples(names, method, measure) for names in index]
            samples[prefix + name] = np.array(scores)
        samples[prefix + "gain"] = samples[prefix + second] - samples[prefix + first]
    plain = pd.MultiIndex.from_frame(frame[ENTRY].assign(batch_norm="none", statistics="running"))
    position = index.get_indexer(plain)
    without = np.where(position[:, None] < 0, np.nan, samples[second][position])
    samples["batch_norm_gain"] = samples[second] - without
    return samples


def with_means(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Repeat rows under the names of the means that they belong to.

    A mean over tasks takes only what all tasks have, so that it is of the same pairs in each.
    """
    others = [key for key in keys if key != "task"]
    tasks = frame["task"].nunique()
    if tasks > 1:
        complete = frame[frame.groupby(others)["task"].transform("size") == tasks]
        frame = pd.concat([frame, complete.assign(task=MEAN)])
    return pd.concat([frame, frame.assign(source=MEAN, target=MEAN)])


def _rank(column: pd.Series) -> pd.Series:
    """Order of a column: names that the package knows as it lists them, then others, then means."""
    known = {
        "task": labels.TASKS,
        "normalise": domains.NORMALISATIONS,
        "batch_norm": batch_norm.NAMES,
        "protocol": domains.PROTOCOLS,
        "statistics": batch_norm.STATISTICS,
    }.get(column.name, ())
    return column.map([*known, *sorted(set(column) - {*known, MEAN}), MEAN].index)


def _intervals(
    samples: dict[str, np.ndarray],
    entries: pd.DataFrame,
    resampling: Resampling,
    with_pairs: Resampling,
    method: str,
) -> dict[str, float]:
    """Means over some entries with their intervals: of a pair or all, in a task or in all.

    On the speakers that `method` is evaluated on, so is all that it is compared with.
    """
    pairs = list(zip(entries["source"], entries["target"], strict=True))
    names = list(entries[ENTRY].itertuples(index=False, name=None))
    speakers, of_all = (how.speakers_drawn(names, method) for how in (resampling, with_pairs))
    positions, line = entries["position"].to_numpy(), {}
    for name, scores in samples.items():
        own = scores[positions]
        columns = name, f"{name}_low", f"{name}_high"
        line |= zip(columns, _bounds(own.mean(axis=0), speakers), strict=True)
        if name.endswith("gain"):
            drawn = with_pairs.mean_over_pairs(own, pairs) if len(set(pairs)) > 1 else [np.nan]
            _, line[f"{name}_low_pairs"], line[f"{name}_high_pairs"] = _bounds(drawn, of_all)
    return line


def _bounds(samples: np.ndarray, speakers: float) -> tuple[float, float, float]:
    return astuple(Sampled.of(samples, speakers).estimate())


def wilcoxon_p(gains: Sequence[float]) -> float:
    """Two-sided Wilcoxon signed-rank test against zero; NaN for too few pairs or no difference."""
    if len(gains) < 5 or not np.any(gains):  # with four pairs its p is 1/8 at best
        return np.nan
    return float(stats.wilcoxon(gains).pvalue)
