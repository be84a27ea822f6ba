"""Unweighted average recall, the counts it is made of, and a number with its bootstrap interval.

A speaker's utterances resemble each other, so a bootstrap draws whole speakers: drawing utterances
would promise too much. With few speakers (EMOVO has six) the interval is still somewhat too narrow.

References
----------
Field & Welsh, "Bootstrapping clustered data", JRSS B 69(3), 2007.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

#: Samples of a bootstrap.
REPLICATES = 2000
MEASURES = ("uar", "accuracy")


def uar(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Unweighted average recall: the mean of the recalls of the classes, 0.5 at chance.

    The measure of the field since Schuller et al. 2009 (Interspeech Emotion Challenge): it cannot
    be raised by always naming the larger class.
    """
    return float(balanced_accuracy_score(labels, predictions))


def confusion(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Counts, shape (2, 2): rows are true classes, columns predicted ones."""
    return confusion_matrix(labels, predictions, labels=[0, 1])


def counts(
    labels: np.ndarray, predictions: np.ndarray | Sequence[np.ndarray], speakers: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count by speaker and class what was recognised, and all there is.

    Parameters
    ----------
    labels, speakers : np.ndarray, shape (n,)
    predictions : np.ndarray, shape (n,) or (runs, n)

    Returns
    -------
    names : np.ndarray, shape (S,)
        The speakers, sorted.
    hits : np.ndarray, shape (runs, S, 2), int
    totals : np.ndarray, shape (S, 2), int
    """
    names, index = np.unique(speakers, return_inverse=True)
    runs = np.atleast_2d(predictions)
    hits, totals = np.zeros((len(runs), len(names), 2), int), np.zeros((len(names), 2), int)
    np.add.at(totals, (index, labels), 1)
    for of_run, run in zip(hits, runs, strict=True):
        np.add.at(of_run, (index, labels), run == labels)
    return names, hits, totals


def recognised(
    labels: np.ndarray, predictions: np.ndarray, speakers: np.ndarray
) -> dict[str, tuple[int, int, int, int]]:
    """By speaker, the recognised and all utterances of class 0, then of class 1."""
    names, (hits,), totals = counts(labels, predictions, speakers)
    fours = np.stack([hits, totals], axis=-1).reshape(-1, 4).tolist()
    return {str(name): tuple(four) for name, four in zip(names, fours, strict=True)}


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} [{100 * self.low:.1f}, {100 * self.high:.1f}]"


def points(share: float) -> str:
    """Write a difference of shares in points, with its sign."""
    return f"{round(100 * share, 1) + 0.0:+.1f}"  # + 0.0: no negative zero


def percent(share: float, digits: int = 0) -> str:
    """Write a share in percent; a dash if it is NaN, so was not measured.

    Examples
    --------
    >>> percent(0.625), percent(0.625, digits=1), percent(np.nan)
    ('62 %', '62.5 %', '–')
    """
    return "–" if np.isnan(share) else f"{100 * share:.{digits}f} %"


# Bootstrap --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sampled:
    """A number, and what it would have been on each bootstrap sample, shape (replicates,).

    A sample is NaN where a class is missing from the speakers drawn.
    """

    value: float
    samples: np.ndarray

    @classmethod
    def of(cls, scores: np.ndarray) -> "Sampled":
        """Take the first of `scores`, shape (1 + replicates,), for the value."""
        return cls(float(scores[0]), scores[1:])

    def __sub__(self, other: "Sampled") -> "Sampled":
        """Return the difference, which is paired if both come from the same draws."""
        return Sampled(self.value - other.value, self.samples - other.samples)

    def estimate(self) -> Estimate:
        """Return the number with the middle 95 % of its samples."""
        low, high = np.nanpercentile(self.samples, [2.5, 97.5])
        return Estimate(self.value, float(low), float(high))


def draws(rng: np.random.Generator, n: int, replicates: int) -> np.ndarray:
    """Draw n of n things with replacement; return how often, shape (1 + replicates, n).

    In the first sample, which is what was observed, each is once.
    """
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=replicates)
    return np.vstack([np.ones((1, n)), drawn])


def resampled(
    hits: np.ndarray, totals: np.ndarray, weights: np.ndarray, measure: str = "uar"
) -> np.ndarray:
    """Score runs on samples of their speakers, shape (samples, runs).

    A score is NaN where a class (for accuracy: every utterance) is missing.

    Parameters
    ----------
    hits, totals : np.ndarray, shape (runs, S, 2)
        As from `counts`.
    weights : np.ndarray, shape (samples, S)
        How often each speaker is drawn.
    measure : {"uar", "accuracy"}
    """
    hits, totals = (np.tensordot(weights, c.astype(float), axes=(1, 1)) for c in (hits, totals))
    if measure == "accuracy":
        hits, totals = hits.sum(axis=-1, keepdims=True), totals.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return (hits / totals).mean(axis=-1)
