"""How good a system is on the target, how sure that is, and whether another one is better."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier

from ser_utils.domains import Pair
from ser_utils.metrics import REPLICATES, Estimate, estimate, uar
from ser_utils.trained import Trained
from ser_utils.utterances import Labelled


def majority_uar(pair: Pair) -> float:
    """UAR on the target of a dummy that always names the larger class of the source."""
    dummy = DummyClassifier(strategy="most_frequent").fit(
        np.zeros((len(pair.source), 1)), pair.source.labels
    )
    return uar(pair.evaluation.labels, dummy.predict(np.zeros((len(pair.evaluation), 1))))


def bootstrap_uar(
    labels: np.ndarray,
    predictions: np.ndarray | Sequence[np.ndarray],
    speakers: np.ndarray,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Estimate:
    """UAR with a 95 % interval from resampling speakers.

    Utterances of a speaker resemble each other, so resampling utterances would promise too much
    (cluster bootstrap: Field & Welsh 2007, JRSS B 69(3)). With few speakers (EMOVO has six)
    the interval is still somewhat too narrow.

    Parameters
    ----------
    labels : np.ndarray, shape (n,)
    predictions : np.ndarray, shape (n,) or (runs, n)
        Of one training, or of several seeds, whose mean UAR is estimated.
    speakers : np.ndarray, shape (n,)
    replicates : int
        Bootstrap samples.
    seed : int

    Returns
    -------
    Estimate
    """
    return estimate(*_uar_samples(labels, predictions, speakers, replicates, seed))


def bootstrap_gain(
    labels: np.ndarray,
    before: np.ndarray | Sequence[np.ndarray],
    after: np.ndarray | Sequence[np.ndarray],
    speakers: np.ndarray,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Estimate:
    """Difference in UAR of two systems, with a paired bootstrap over speakers.

    Both systems are scored on the same resampled speakers, so what makes a speaker hard for both
    cancels. Parameters are those of `bootstrap_uar`.
    """
    return estimate(*gain_samples(labels, before, after, speakers, replicates, seed))


def gain_samples(
    labels: np.ndarray,
    before: np.ndarray | Sequence[np.ndarray],
    after: np.ndarray | Sequence[np.ndarray],
    speakers: np.ndarray,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> tuple[float, np.ndarray]:
    """Return the gain and its bootstrap samples, shape (replicates,); see `bootstrap_gain`."""
    value_before, samples_before = _uar_samples(labels, before, speakers, replicates, seed)
    value_after, samples_after = _uar_samples(labels, after, speakers, replicates, seed)
    return value_after - value_before, samples_after - samples_before


def _uar_samples(
    labels: np.ndarray, predictions: np.ndarray, speakers: np.ndarray, replicates: int, seed: int
) -> tuple[float, np.ndarray]:
    """UAR, mean over runs, of all speakers and of each bootstrap sample of them.

    A speaker's utterances enter as counts a class, (speakers, 2), so that a sample is a weighted
    sum. Samples without one of the classes are drawn but not counted.
    """
    names, index = np.unique(speakers, return_inverse=True)
    totals, hits = np.zeros((2, len(names), 2))
    np.add.at(totals, (index, labels), 1)
    runs = np.atleast_2d(predictions)
    for run in runs:
        np.add.at(hits, (index, labels), (run == labels) / len(runs))
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=replicates)
    with np.errstate(invalid="ignore"):
        samples = ((weights @ hits) / (weights @ totals)).mean(axis=1)
    return float((hits.sum(0) / totals.sum(0)).mean()), samples


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same target.

    Attributes
    ----------
    pair : Pair
    baseline, dann : Estimate
        UAR on the target, mean over the runs.
    gain : Estimate
        `dann` minus `baseline`, paired by speaker.
    majority : float
        UAR of the dummy that always names the larger class of the source.
    baseline_source, dann_source : float
        UAR on source speakers held out from training, mean over the runs; NaN if none were.
    statistics : {"running", "target"}
        Batch statistics that the target was evaluated by.
    names : (str, str)
        Titles of both systems.
    """

    pair: Pair
    baseline: Estimate
    dann: Estimate
    gain: Estimate
    majority: float
    baseline_source: float
    dann_source: float
    statistics: str = "running"
    names: tuple[str, str] = ("baseline", "DANN")

    @property
    def caption(self) -> str:
        """Under which conditions both were compared."""
        return str(self.pair) + (", target statistics" if self.statistics == "target" else "")

    @property
    def table(self) -> pd.DataFrame:
        """UAR in percent: a row a system, columns held-out source, target and its interval."""
        nan = float("nan")
        rows = {
            "majority dummy": (nan, self.majority, nan, nan),
            "baseline": (self.baseline_source, *_numbers(self.baseline)),
            "DANN": (self.dann_source, *_numbers(self.dann)),
            "gain": (self.dann_source - self.baseline_source, *_numbers(self.gain)),
        }
        columns = ["UAR source (held out)", "UAR target", "95 % low", "95 % high"]
        return (100 * pd.DataFrame.from_dict(rows, orient="index", columns=columns)).round(1)

    def __str__(self) -> str:
        return f"{self.caption}\n{self.table.to_string(na_rep='')}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        caption = f"UAR in percent: {self.caption}"
        return {
            "text/plain": str(self),
            "text/html": f"<p>{caption}</p>{self.table.to_html(na_rep='')}",
            "application/vnd.ser-utils.headline+json": self.headline(),
        }

    def headline(self) -> dict:
        """Return the result as plain numbers, for a summary elsewhere."""
        systems = {"baseline": self.baseline, "DANN": self.dann}
        return {
            "source": "+".join(self.pair.source.table["dataset"].unique()),
            "target": "+".join(self.pair.evaluation.table["dataset"].unique()),
            "task": self.pair.task,
            "rows": [
                {"system": name, "uar": e.value, "low": e.low, "high": e.high}
                for name, e in systems.items()
            ],
            "majority": self.majority,
            "gain": self.gain.value,
            "gain_low": self.gain.low,
            "gain_high": self.gain.high,
        }


def _numbers(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high


def compare(
    baseline: Trained | Sequence[Trained],
    dann: Trained | Sequence[Trained],
    pair: Pair,
    statistics: str = "running",
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Comparison:
    """Compare two systems on the target, with a paired bootstrap over its speakers.

    Parameters
    ----------
    baseline, dann : Trained or sequence of Trained
        One training each, or one a seed.
    pair : Pair
        What they were trained on.
    statistics : {"running", "target"}
        Batch statistics for the target, see `Trained.with_statistics`.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    Comparison
    """
    baseline, dann = (
        list(runs) if isinstance(runs, Sequence) else [runs] for runs in (baseline, dann)
    )
    test = pair.evaluation
    before, after = (
        np.stack([run.with_statistics(statistics, pair.target).predict(test) for run in runs])
        for runs in (baseline, dann)
    )
    common = {"speakers": test.speakers, "replicates": replicates, "seed": seed}
    return Comparison(
        pair=pair,
        baseline=bootstrap_uar(test.labels, before, **common),
        dann=bootstrap_uar(test.labels, after, **common),
        gain=bootstrap_gain(test.labels, before, after, **common),
        majority=majority_uar(pair),
        baseline_source=float(np.mean([held_out_uar(run, pair.source) for run in baseline])),
        dann_source=float(np.mean([held_out_uar(run, pair.source) for run in dann])),
        statistics=statistics,
    )


def held_out_uar(run: Trained, source: Labelled) -> float:
    """UAR on the source speakers that the training held out; NaN if it held out none."""
    if not run.held_out:
        return float("nan")
    aside = source.take(np.isin(source.speakers, run.held_out))
    return uar(aside.labels, run.predict(aside))
