"""How sure the scores of a grid of trainings are: a bootstrap of speakers, seeds and pairs.

Three things vary and none of them is of interest in itself: the speakers of a target corpus, the
seed of a training, and the pairs of corpora. Each is resampled by itself, and the draws are shared
by everything that depends on it: two pairs with one target are scored on the same speakers, two
systems with the same seeds. So their dependence is kept, and what they have in common cancels in a
difference.

Of a target with fewer than `metrics.FEWEST_SPEAKERS` evaluated speakers it is not known how much
others would differ. So there is no interval over speakers, neither for a pair with this target nor
for a mean that such a pair is part of. Where pairs are drawn as well, those of another target bring
other speakers: then it is enough that all targets of a mean have so many speakers together.

References
----------
Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1(2), 2007: resampling crossed
factors independently errs on the side of too wide an interval.
Field & Welsh, "Bootstrapping clustered data", JRSS B 69(3), 2007: whole speakers are drawn, since
the utterances of one resemble each other.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ser_utils import metrics
from ser_utils.errors import ResultsError, unknown_name
from ser_utils.experiments.result_rows import Rows
from ser_utils.metrics import MEASURES, REPLICATES, Sampled

#: What names a cell of the grid: two systems are compared within one, over pairs and seeds.
CELL = ("task", "normalise", "batch_norm", "statistics", "features", "protocol")
#: What names a cell and pair, over whose seeds a score averages.
ENTRY = [*CELL, "source", "target"]
USUAL = {
    "normalise": "source",
    "batch_norm": "source",
    "statistics": "running",
    "features": "egemaps",
    "protocol": "transductive",
}
#: What `Resampling` can draw; or, instead of pairs, their targets.
FACTORS = ("speakers", "seeds", "pairs")
TARGETS = "targets"


class Resampling:
    """The scores in a file of results on bootstrap samples of its speakers, seeds and pairs.

    All draws are made once. Differences of scores from one `Resampling` are therefore paired. Two
    with the same `seed` draw the same speakers and seeds, whatever else they resample.

    Parameters
    ----------
    rows : Rows
    replicates, seed : int
        Bootstrap samples, and the seed of the draws.
    over : sequence of {"speakers", "seeds", "pairs", "targets"}
        What is resampled; the rest is taken as it is. Ordered pairs are drawn as if they were
        independent, though they share corpora: their interval is still somewhat too narrow. With
        a target come all pairs that have it.
    """

    def __init__(
        self,
        rows: Rows,
        replicates: int = REPLICATES,
        seed: int = 0,
        over: Sequence[str] = ("speakers", "seeds"),
    ) -> None:
        for factor in over:
            if factor not in (*FACTORS, TARGETS):
                raise unknown_name("factor to resample", factor, (*FACTORS, TARGETS))
        self._over = over
        self._table = table = rows.table.reset_index(drop=True)
        self._hits, self._totals, self._placed = rows.hits, rows.totals, rows.placed
        self._positions = table.groupby([*ENTRY, "method"]).indices
        self._names = {column: sorted(set(table[column])) for column in (*ENTRY, "method")}
        names, self._seed_of = np.unique(table["seed"], return_inverse=True)
        self._pair_index = {pair: i for i, pair in enumerate(_pairs(table))}
        rng = metrics.generator(seed)

        def draws(factor: str, n: int) -> np.ndarray:
            # Drawn even where it is not used, so that the draws that follow stay the same.
            weights = metrics.draws(rng, n, replicates)
            return weights if factor in over else np.ones_like(weights)

        self._speakers = {}
        for target in sorted(table["target"].unique()):
            own = np.flatnonzero(rows.totals[table["target"] == target].sum(axis=(0, 2)))
            self._speakers[target] = own, draws("speakers", len(own))
        self._seeds = draws("seeds", len(names))
        of_pairs, of_targets = (
            draws("pairs", len(self._pair_index)),
            draws(TARGETS, len(self._speakers)),
        )
        number = {target: i for i, target in enumerate(self._speakers)}
        self._pairs = of_pairs * of_targets[:, [number[target] for _, target in self._pair_index]]

    def score(self, method: str, task: str, measure: str = "uar", **where: str) -> Sampled:
        """Return the score of a system on the target, mean over seeds and over pairs.

        Parameters
        ----------
        method, task : str
        measure : {"uar", "accuracy", "auc"}
        **where : str
            Other columns of the file: `normalise`, `batch_norm`, ..., by default those of `USUAL`;
            and `source` or `target`, for pairs with these only.

        Returns
        -------
        Sampled
            In [0, 1].

        Raises
        ------
        UnknownNameError
            For a name that is not in the file.
        ResultsError
            If no training in the file has this combination.
        """
        if measure not in MEASURES:
            raise unknown_name("measure", measure, MEASURES)
        wanted = {"task": task} | USUAL | where | {"method": method}
        rows = self._table
        for column, name in wanted.items():
            if column not in self._names:
                raise unknown_name("column", column, self._names)
            if name not in self._names[column]:
                raise unknown_name(column, name, self._names[column])
            rows = rows[rows[column] == name]
        if rows.empty:
            described = ", ".join(f"{column}={name}" for column, name in wanted.items())
            raise ResultsError(f"no training in the file has {described}: choose others.")
        cell, pairs = [wanted[column] for column in CELL], _pairs(rows)
        entries = [(*cell, *pair) for pair in pairs]
        samples = np.array([self.pair_samples(entry, method, measure) for entry in entries])
        speakers = self.speakers_drawn(entries, method)
        return Sampled.of(self.mean_over_pairs(samples, pairs), speakers)

    def speakers_drawn(self, entries: Iterable[tuple[str, ...]], method: str) -> float:
        """From how many speakers a mean of one system over some pairs is drawn.

        It is the number of the target with the fewest; if pairs or targets are drawn, that of all
        targets together; and infinite if speakers are not drawn.
        """
        if "speakers" not in self._over:
            return np.inf
        rows = [self._positions[(*entry, method)] for entry in entries]
        is_drawn = np.array([self._totals[own].any(axis=(0, 2)) for own in rows])
        others_come = {"pairs", TARGETS} & {*self._over}
        return is_drawn.any(axis=0).sum() if others_come else is_drawn.sum(axis=1).min()

    def pair_samples(self, entry: tuple[str, ...], method: str, measure: str) -> np.ndarray:
        """Score of one system on one pair, shape (1 + replicates,); the first is as observed.

        `entry` holds the values of `ENTRY`; if there is no such training, all is NaN. In the
        inductive protocol every seed is evaluated on other speakers. A seed whose speakers, as
        drawn, lack a class is not counted in that sample.
        """
        rows = self._positions.get((*entry, method), [])
        speakers, weights = self._speakers[entry[-1]]
        own = np.ix_(rows, speakers)
        hits = self._placed if measure == "auc" else self._hits
        scores = metrics.resampled(hits[own], self._totals[own], weights, measure)
        counted = self._seeds[:, self._seed_of[rows]] * np.isfinite(scores)
        with np.errstate(invalid="ignore"):
            return (counted * np.nan_to_num(scores)).sum(axis=1) / counted.sum(axis=1)

    def mean_over_pairs(self, samples: np.ndarray, pairs: Iterable[tuple[str, str]]) -> np.ndarray:
        """Mean of `samples`, a row per pair, weighted by how often it or its target is drawn."""
        weights = self._pairs[:, [self._pair_index[pair] for pair in pairs]].T
        with np.errstate(invalid="ignore"):
            return (weights * samples).sum(axis=0) / weights.sum(axis=0)


def over_pairs_and_seeds(
    values: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> Sampled:
    """Mean of a measure that is no count by speaker, on samples of pairs and of seeds.

    `values` has the shape (pairs, seeds). Two measures of one `seed` of the draws are paired.
    """
    rng = metrics.generator(seed)
    pairs, seeds = (metrics.draws(rng, n, replicates) for n in values.shape)
    return Sampled.of(np.einsum("bp,ps,bs->b", pairs, values, seeds) / values.size)


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    return sorted(set(zip(table["source"], table["target"], strict=True)))
