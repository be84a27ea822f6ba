"""Unweighted average recall, the counts it is made of, and a number with its interval."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

#: Samples of a bootstrap.
REPLICATES = 2000


def uar(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Unweighted average recall: the mean of the recalls of the classes, 0.5 at chance.

    The measure of the field since Schuller et al. 2009 (Interspeech Emotion Challenge): it cannot
    be raised by always naming the larger class.
    """
    return float(balanced_accuracy_score(labels, predictions))


def confusion(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Counts, shape (2, 2): rows are true classes, columns predicted ones."""
    return confusion_matrix(labels, predictions, labels=[0, 1])


def recognised(
    labels: np.ndarray, predictions: np.ndarray, speakers: np.ndarray
) -> dict[str, tuple[int, int, int, int]]:
    """By speaker, the recognised and all utterances of class 0, then of class 1."""
    counts = {}
    for speaker in np.unique(speakers):
        own = speakers == speaker
        of_class = [own & (labels == c) for c in (0, 1)]
        pairs = [(int((predictions[of] == labels[of]).sum()), int(of.sum())) for of in of_class]
        counts[str(speaker)] = (*pairs[0], *pairs[1])
    return counts


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval.

    Attributes
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} [{100 * self.low:.1f}, {100 * self.high:.1f}]"


def points(share: float) -> str:
    """Write a difference of shares in points, with its sign."""
    return f"{round(100 * share, 1) + 0.0:+.1f}"  # + 0.0: no negative zero


def estimate(value: float, samples: np.ndarray) -> Estimate:
    """Bound `value` by the middle 95 % of its bootstrap `samples`."""
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return Estimate(value, float(low), float(high))
