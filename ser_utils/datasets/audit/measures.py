"""Trivial measures of recordings, and how well one alone tells labels apart on other speakers."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

#: In which a classifier sees a measure, each with as many files.
BINS = 16


class Measure(NamedTuple):
    """A number per recording, a column of the descriptions that `reading.inspect` gives."""

    title: str
    unit: str
    style: str  # how a number of it is written
    #: What differs by less is alike: nobody hears it, and a voice or a frame may make it.
    step: float
    #: Whether an expression moves it, so that it need not come from the recorder or an editor.
    expressive: bool = False


MEASURES = {
    "seconds": Measure("duration", "s", ".2f", 0.01, expressive=True),
    "level": Measure("level", "dB", ".1f", 0.1, expressive=True),
    "leading": Measure("leading silence", "s", ".2f", 0.1),
    "trailing": Measure("trailing silence", "s", ".2f", 0.1),
    "noise_floor": Measure("noise floor", "dB", ".1f", 1.0),
    "bandwidth": Measure("bandwidth", "Hz", ".0f", 100.0),
    "offset": Measure("offset (DC)", "of full scale", ".1g", 0.001),
    "sampling_rate": Measure("sampling rate", "Hz", ".0f", 1.0),
    "bits": Measure("bit depth", "bit", ".0f", 1.0),
    "channels": Measure("channels", "", ".0f", 1.0),
}


def median(measure: str, values: pd.Series) -> str:
    """Write the median of a measure, with its unit."""
    how = MEASURES[measure]
    return f"{values.median():{how.style}} {how.unit}".strip()


class Told(NamedTuple):
    """How well labels are told apart by a measure."""

    #: The share of each label that is recognised, shape (1 + shuffles, labels): first as they are.
    recalls: np.ndarray
    #: How well each label is told from all others: the mean of two shares, (labels,).
    from_others: np.ndarray

    @property
    def uar(self) -> np.ndarray:
        """Unweighted average recall, shape (1 + shuffles,)."""
        return self.recalls.mean(axis=1)


def tell(
    measure: str, files: pd.DataFrame, labels: pd.Series, groups: pd.Series, shuffles: int = 0
) -> Told:
    """Name the label of each file from one measure, as learned from the files of other groups.

    The classifier is naive Bayes on bins, with equal priors: scikit-learn's `CategoricalNB`, which
    would take minutes for what counts do at once for all shuffles. These are of labels within
    groups, such as speakers; all measures of the same labels and groups are shuffled alike.
    """
    values = (files[measure].astype(float) / MEASURES[measure].step).round()
    edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
    bins = np.digitize(values, edges)
    (label, names), (group, known) = (pd.factorize(c, sort=True) for c in (labels, groups))
    shape = len(known), len(edges) + 1, len(names)
    totals = np.bincount(label)
    recalls, from_others = [], []
    for drawn in _shuffled(label, group, shuffles):
        counts = np.bincount(
            np.ravel_multi_index((group, bins, drawn), shape), minlength=np.prod(shape)
        ).reshape(shape)
        others = counts.sum(axis=0) - counts
        likelihood = (others + 1) / (others.sum(axis=1, keepdims=True) + shape[1])
        guess = np.eye(len(names))[likelihood.argmax(axis=2)]
        hits = (counts * guess).sum(axis=(0, 1))
        guesses = (counts.sum(axis=2, keepdims=True) * guess).sum(axis=(0, 1))
        recalls.append(hits / totals)
        spared = 1 - (guesses - hits) / (len(label) - totals)
        from_others.append((recalls[-1] + spared) / 2)
    return Told(np.array(recalls), from_others[0])


def _shuffled(label: np.ndarray, group: np.ndarray, shuffles: int) -> Iterator[np.ndarray]:
    """Yield labels as they are, then shuffled within each group."""
    yield label
    rng, rows = np.random.default_rng(0), np.argsort(group, kind="stable")
    for _ in range(shuffles):
        drawn = np.empty_like(label)
        drawn[rows] = label[np.lexsort((rng.random(len(label)), group))]
        yield drawn
