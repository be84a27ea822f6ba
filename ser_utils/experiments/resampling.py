"""How sure the scores of a grid of trainings are: a bootstrap of speakers, seeds and pairs.

Three things vary and none of them is of interest in itself: the speakers of a target corpus, the
seed of a training, and the pairs of corpora. Each is resampled by itself, and the draws are shared
by everything that depends on it: two pairs with one target are scored on the same speakers, two
systems with the same seeds. So their dependence is kept, and what they have in common cancels in a
difference.

References
----------
Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1(2), 2007: resampling crossed
factors independently errs on the side of too wide an interval.
Field & Welsh, "Bootstrapping clustered data", JRSS B 69(3), 2007: whole speakers are drawn, since
the utterances of one resemble each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ser_utils.errors import ResultsError, unknown_name
from ser_utils.experiments.result_rows import Rows
from ser_utils.metrics import REPLICATES, Estimate, estimate

#: What names a cell of the grid: two systems are compared within one, over pairs and seeds.
CELL = ("task", "normalise", "batch_norm", "statistics", "features", "protocol")
#: What names a cell and pair, over whose seeds a score averages.
ENTRY = [*CELL, "source", "target"]
#: What `Resampling` can draw.
FACTORS = ("speakers", "seeds", "pairs")
MEASURES = ("uar", "accuracy")


@dataclass(frozen=True)
class Sampled:
    """A number, and what it would have been on each bootstrap sample.

    Attributes
    ----------
    value : float
    samples : np.ndarray, shape (replicates,)
        NaN where a class is missing from the speakers drawn.
    """

    value: float
    samples: np.ndarray

    def __sub__(self, other: "Sampled") -> "Sampled":
        return Sampled(self.value - other.value, self.samples - other.samples)

    def estimate(self) -> Estimate:
        """Return the value with its 95 % interval."""
        return estimate(self.value, self.samples)


class Resampling:
    """The scores in a file of results on bootstrap samples of its speakers, seeds and pairs.

    All draws are made once. Differences of scores from one `Resampling` are therefore paired. Two
    with the same `seed` draw the same speakers and seeds, whatever else they resample.

    Parameters
    ----------
    rows : Rows
    replicates : int
        Bootstrap samples.
    seed : int
        Of the draws.
    over : sequence of {"speakers", "seeds", "pairs"}
        What is resampled; the rest is taken as it is. Ordered pairs are drawn as if they were
        independent, though they share corpora: their interval is still somewhat too narrow.

    Raises
    ------
    UnknownNameError
        For something else to resample.
    """

    def __init__(
        self,
        rows: Rows,
        replicates: int = REPLICATES,
        seed: int = 0,
        over: Sequence[str] = ("speakers", "seeds"),
    ) -> None:
        for factor in over:
            if factor not in FACTORS:
                raise unknown_name("factor to resample", factor, FACTORS)
        self._table = table = rows.table.reset_index(drop=True)
        self._hits, self._totals = rows.hits.astype(float), rows.totals.astype(float)
        self._positions = table.groupby([*ENTRY, "method"]).indices
        names, self._seed_of = np.unique(table["seed"], return_inverse=True)
        self._pair_index = {pair: i for i, pair in enumerate(_pairs(table))}

        rng = np.random.default_rng(seed)
        self._speakers = {}
        for target in sorted(table["target"].unique()):
            own = np.flatnonzero(rows.totals[table["target"] == target].sum(axis=(0, 2)))
            self._speakers[target] = own, _draws(rng, len(own), replicates, "speakers" in over)
        self._seeds = _draws(rng, len(names), replicates, "seeds" in over)
        self._pairs = _draws(rng, len(self._pair_index), replicates, "pairs" in over)

    def score(
        self,
        method: str,
        task: str,
        normalise: str = "source",
        batch_norm: str = "source",
        statistics: str = "running",
        features: str = "egemaps",
        protocol: str = "transductive",
        source: str | None = None,
        target: str | None = None,
        measure: str = "uar",
    ) -> Sampled:
        """Return the score of a system on the target, mean over seeds and over pairs.

        Parameters
        ----------
        method, task, normalise, batch_norm, statistics, features, protocol : str
            The system and what it was trained on, as in the columns of the file.
        source, target : str, optional
            Only pairs with this source, or this target.
        measure : {"uar", "accuracy"}

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
        cell = (task, normalise, batch_norm, statistics, features, protocol)
        wanted = dict(zip([*ENTRY, "method"], (*cell, source, target, method), strict=True))
        wanted = {column: name for column, name in wanted.items() if name is not None}
        rows = self._table
        for column, name in wanted.items():
            if name not in set(self._table[column]):
                raise unknown_name(column, name, sorted(set(self._table[column])))
            rows = rows[rows[column] == name]
        if rows.empty:
            described = ", ".join(f"{column}={name}" for column, name in wanted.items())
            raise ResultsError(f"no training in the file has {described}: choose others.")
        pairs = _pairs(rows)
        samples = [self.pair_samples((*cell, *pair), method, measure) for pair in pairs]
        return sampled(self.mean_over_pairs(np.array(samples), pairs))

    def pair_samples(self, entry: tuple[str, ...], method: str, measure: str) -> np.ndarray:
        """Score of one system on one pair, shape (1 + replicates,); the first is as observed.

        In the inductive protocol every seed is evaluated on other speakers. A seed whose speakers,
        as drawn, lack a class is not counted in that sample.

        Parameters
        ----------
        entry : tuple of str
            Values of `ENTRY`.
        method : str
        measure : {"uar", "accuracy"}

        Returns
        -------
        np.ndarray
            All NaN if there is no such training.
        """
        rows = self._positions.get((*entry, method), [])
        speakers, weights = self._speakers[entry[-1]]
        hits, totals = (  # (1 + replicates, seeds, classes)
            np.tensordot(weights, counts[np.ix_(rows, speakers)], axes=(1, 1))
            for counts in (self._hits, self._totals)
        )
        if measure == "accuracy":
            hits, totals = hits.sum(axis=-1, keepdims=True), totals.sum(axis=-1, keepdims=True)
        with np.errstate(invalid="ignore"):
            scores = (hits / totals).mean(axis=-1)
            counted = self._seeds[:, self._seed_of[rows]] * np.isfinite(scores)
            return (counted * np.nan_to_num(scores)).sum(axis=1) / counted.sum(axis=1)

    def mean_over_pairs(self, samples: np.ndarray, pairs: Iterable[tuple[str, str]]) -> np.ndarray:
        """Mean of the rows of `samples`, a row a pair, weighted by how often each is drawn."""
        weights = self._pairs[:, [self._pair_index[pair] for pair in pairs]].T
        with np.errstate(invalid="ignore"):
            return (weights * samples).sum(axis=0) / weights.sum(axis=0)


def over_pairs_and_seeds(
    values: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> Sampled:
    """Mean of a measure that is no count by speaker, on bootstrap samples of pairs and of seeds.

    Parameters
    ----------
    values : np.ndarray, shape (pairs, seeds)
    replicates : int
        Bootstrap samples.
    seed : int
        Of the draws; two measures of one seed are paired.

    Returns
    -------
    Sampled
    """
    rng = np.random.default_rng(seed)
    pairs, seeds = (_draws(rng, n, replicates, resampled=True) for n in values.shape)
    return sampled(np.einsum("bp,ps,bs->b", pairs, values, seeds) / values.size)


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    return sorted(set(zip(table["source"], table["target"], strict=True)))


def _draws(rng: np.random.Generator, n: int, replicates: int, resampled: bool) -> np.ndarray:
    """How often each of `n` is in each sample, (1 + replicates, n); all once in the first.

    The numbers are drawn even where they are not used, so that the draws that follow stay the same.
    """
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=replicates)
    return np.vstack([np.ones((1, n)), drawn if resampled else np.ones_like(drawn)])


def sampled(samples: np.ndarray) -> Sampled:
    """Take the first of `samples`, shape (1 + replicates,), for the value."""
    return Sampled(float(samples[0]), samples[1:])
