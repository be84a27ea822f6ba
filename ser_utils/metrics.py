"""Unweighted average recall and AUC, and a number with its bootstrap interval.

UAR asks whether each class is recognised, at the threshold that the system has; AUC whether it
ranks the utterances of one class above those of the other, wherever the threshold lies.

A speaker's utterances resemble each other, so a bootstrap draws whole speakers: drawing utterances
would promise too much. With few speakers (EMOVO has six) the interval is still somewhat too narrow,
and of fewer than `FEWEST_SPEAKERS` there is none. Of several trainings the bootstrap draws the
seeds as well: another seed is another result.

References
----------
Field & Welsh, "Bootstrapping clustered data", JRSS B 69(3), 2007.
Obuchowski, "Nonparametric analysis of clustered ROC curve data", Biometrics 53(2), 1997: the AUC by
cluster that `placed` counts.
Saerens, Latinne & Decaestecker, "Adjusting the outputs of a classifier to new a priori
probabilities", Neural Computation 14(1), 2002.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata
from sklearn.metrics import confusion_matrix, roc_auc_score

from ser_utils.errors import require_finite, require_number, require_seed

#: Samples of a bootstrap.
REPLICATES = 2000
#: Speakers that a bootstrap needs for an interval. Of one, all samples are alike: width zero.
#: Of two, half of the samples hold only one, so it goes from the score of one to that of the other;
#: but the median of all speakers lies between two of them in one case of two, not in 95 of 100.
#: (Between the lowest and the highest of three it does in three cases of four: these are few, too.)
FEWEST_SPEAKERS = 3
#: What stands where there is no interval.
NO_INTERVAL = f"no interval: fewer than {FEWEST_SPEAKERS} speakers"
MEASURES = ("uar", "accuracy", "auc")
#: At most, of `em_share`.
EM_STEPS = 1000


def _require_finite(predictions: np.ndarray) -> None:
    require_finite(np.asarray(predictions), "predictions", "What predicted them may have diverged.")


def uar(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Unweighted average recall: the mean of the recalls of the classes, 0.5 at chance.

    The measure of the field since Schuller et al. 2009 (Interspeech Emotion Challenge): it cannot
    be raised by always naming the larger class.
    """
    _require_finite(predictions)
    # As scikit-learn's `balanced_accuracy_score`, without the checks that take most of its time:
    # training asks after every epoch.
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    is_right = predictions == labels
    return float(np.mean([is_right[labels == value].mean() for value in np.unique(labels)]))


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve: how often class 1 scores above class 0, 0.5 at chance."""
    _require_finite(scores)
    return float(roc_auc_score(labels, scores))


def above_zero(scores: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Predict class 1 for the `scores`, log-odds, above 0, whatever the others `of` are.

    Where they are calibrated, it is the best cut for UAR, whatever the shares of the classes.
    """
    _require_finite(scores)
    return (scores > 0).astype(np.int64)


def above_median(scores: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Predict class 1 for the `scores` above the median of the scores `of`.

    A threshold that needs no label. It is right if half of the utterances are of each class, and
    wrong in as much as they are not.
    """
    _require_finite(np.concatenate([scores, of]))
    return (scores > np.median(of)).astype(np.int64)


def em_share(scores: np.ndarray, source_share: float = 0.5) -> float:
    r"""Estimate the share of class 1 without labels, by EM (Saerens et al. 2002).

    .. math:: \pi \leftarrow \frac{1}{n} \sum_i p_i, \qquad \log \frac{p_i}{1 - p_i}
        = s_i + \log \frac{\pi}{1 - \pi} - \log \frac{\pi_S}{1 - \pi_S}

    from the source's share pi_S onwards: the share is the mean probability of class 1, and each
    probability what the score says, corrected for the share. It is right under two assumptions:
    that source and target differ in nothing but the shares of their classes (label shift), and that
    the scores are calibrated on the source. Another language is more than a label shift.

    `scores`, shape (n,), are log-odds s of class 1. They were learned from a share of one half:
    in training both classes count the same, however many utterances they have.
    """
    share = source_share
    for _ in range(EM_STEPS):
        before, share = share, expit(scores + logit(share) - logit(source_share)).mean()
        if abs(share - before) < 1e-6:
            break
    return float(share)


def above_em(scores: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Predict class 1 for the `scores` that make it the likelier class at the share in `of`.

    See `em_share`, by whose assumptions it stands and falls. Even where they hold, it is best for
    accuracy: it names the larger class more often, which costs UAR.
    """
    _require_finite(np.concatenate([scores, of]))
    return (scores > -logit(em_share(of))).astype(np.int64)


#: Where scores are cut, by name; none needs a label.
THRESHOLDS = {"zero": above_zero, "median": above_median, "em": above_em}


def confusion(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Counts, shape (2, 2): rows are true classes, columns predicted ones."""
    _require_finite(predictions)
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
    _require_finite(runs)
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


def placed(
    labels: np.ndarray, scores: np.ndarray, speakers: np.ndarray
) -> dict[str, tuple[float, float]]:
    """By speaker, the sums over the utterances of class 0 and of class 1 of how well they rank.

    That is, for an utterance, the share of the other class that it is on the right side of; a tie
    counts half. The mean over the utterances of either class is the AUC.
    """
    _require_finite(scores)
    names, index = np.unique(speakers, return_inverse=True)
    won, ranks = np.empty(len(scores)), rankdata(scores)
    for label in (0, 1):
        own = labels == label
        above = (ranks[own] - rankdata(scores[own])) / (~own).sum()
        won[own] = above if label else 1 - above
    sums = np.zeros((len(names), 2))
    np.add.at(sums, (index, labels), won)
    return {str(name): tuple(two) for name, two in zip(names, sums.tolist(), strict=True)}


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, whose bounds are NaN if there is none."""

    value: float
    low: float
    high: float

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval: see `FEWEST_SPEAKERS`."""
        return not np.isnan(self.low)

    def __str__(self) -> str:
        return format(self)

    def __format__(self, sign: str) -> str:
        """Write it in percent, or, with the sign "+", as a difference in points."""
        shares = self.value, self.low, self.high
        value, low, high = (points(x) if sign == "+" else f"{100 * x:.1f}" for x in shares)
        return f"{value} [{low}, {high}]" if self.has_interval else f"{value} ({NO_INTERVAL})"


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

    A sample is NaN where a class is missing from the speakers drawn, and all are if those are too
    few for an interval.
    """

    value: float
    samples: np.ndarray

    @classmethod
    def of(cls, scores: np.ndarray, speakers: float = np.inf) -> "Sampled":
        """Take the first of `scores`, shape (1 + replicates,), for the value.

        `speakers` is how many were drawn from, if they were: see `FEWEST_SPEAKERS`.
        """
        enough = speakers >= FEWEST_SPEAKERS
        return cls(float(scores[0]), np.where(enough, scores[1:], np.nan))

    def __sub__(self, other: "Sampled") -> "Sampled":
        """Return the difference, which is paired if both come from the same draws."""
        return Sampled(self.value - other.value, self.samples - other.samples)

    def estimate(self) -> Estimate:
        """Return the number with the middle 95 % of its samples, if there are any."""
        samples = self.samples[~np.isnan(self.samples)]
        low, high = np.percentile(samples, [2.5, 97.5]) if len(samples) else (np.nan, np.nan)
        return Estimate(self.value, float(low), float(high))


def generator(seed: int) -> np.random.Generator:
    """Return the source of the draws of a bootstrap; a `SettingError` says that `seed` is none."""
    require_seed(seed)
    return np.random.default_rng(seed)


def draws(rng: np.random.Generator, n: int, replicates: int) -> np.ndarray:
    """Draw n of n things with replacement; return how often, shape (1 + replicates, n).

    In the first sample, which is what was observed, each is once. A `SettingError` says that
    `replicates` is no number of samples.
    """
    require_number("replicates", replicates, whole=True, least=1)
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
        As from `counts`; for AUC, `hits` are sums as from `placed`.
    weights : np.ndarray, shape (samples, S)
        How often each speaker is drawn.
    measure : {"uar", "accuracy", "auc"}
        AUC is linear in the speakers: of two classes that are drawn together, each moves it while
        the other stands still.
    """
    observed = hits.sum(axis=1) / totals.sum(axis=1)
    hits, totals = (np.tensordot(weights, c.astype(float), axes=(1, 1)) for c in (hits, totals))
    if measure == "accuracy":
        hits, totals = hits.sum(axis=-1, keepdims=True), totals.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        shares = hits / totals
    return (
        shares.sum(axis=-1) - observed.mean(axis=-1) if measure == "auc" else shares.mean(axis=-1)
    )
