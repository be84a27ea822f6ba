"""How good a system is on the target, how sure that is, and whether another one is better."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier

from ser_utils import metrics
from ser_utils.alignment import DomainAdversary
from ser_utils.domains import Pair
from ser_utils.metrics import REPLICATES, Estimate, Sampled, uar
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
    """UAR with a 95 % interval from resampling speakers (see `metrics`).

    Parameters
    ----------
    labels : np.ndarray, shape (n,)
    predictions : np.ndarray, shape (n,) or (runs, n)
        Of one training, or of several seeds, whose mean UAR is estimated.
    speakers : np.ndarray, shape (n,)
    replicates : int
        Bootstrap samples.
    seed : int
    """
    return _sampled_uar(labels, predictions, speakers, replicates, seed).estimate()


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
    one, other = (
        _sampled_uar(labels, runs, speakers, replicates, seed) for runs in (before, after)
    )
    return (other - one).estimate()


def _sampled_uar(
    labels: np.ndarray, predictions: np.ndarray, speakers: np.ndarray, replicates: int, seed: int
) -> Sampled:
    """UAR, mean over runs, of all speakers and of each bootstrap sample of them."""
    _, hits, totals = metrics.counts(labels, predictions, speakers)
    weights = metrics.draws(np.random.default_rng(seed), len(totals), replicates)
    totals = np.broadcast_to(totals, hits.shape)
    return Sampled.of(metrics.resampled(hits, totals, weights).mean(axis=1))


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same target.

    Attributes
    ----------
    pair : Pair
    baseline, dann : Estimate
        UAR on the target of the first and of the second system, mean over the runs.
    gain : Estimate
        The second minus the first, paired by speaker.
    majority : float
        UAR of the dummy that always names the larger class of the source.
    baseline_source, dann_source : float
        UAR on source speakers held out from training, mean over the runs; NaN if none were.
    statistics : {"running", "target"}
        Batch statistics that the target was evaluated by.
    names : (str, str)
        What the two systems are called.
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
        """UAR in percent: a row per system, columns held-out source, target and its interval."""
        nan = float("nan")
        first, second = self.names
        rows = {
            "majority dummy": (nan, self.majority, nan, nan),
            first: (self.baseline_source, *astuple(self.baseline)),
            second: (self.dann_source, *astuple(self.dann)),
            "gain": (self.dann_source - self.baseline_source, *astuple(self.gain)),
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
        }

    def headline(self) -> dict:
        """Return the result as plain numbers, for a summary elsewhere."""
        systems = zip(self.names, (self.baseline, self.dann), strict=True)
        return {
            "source": "+".join(self.pair.source.table["dataset"].unique()),
            "target": "+".join(self.pair.evaluation.table["dataset"].unique()),
            "task": self.pair.task,
            "rows": [
                {"system": name, "uar": e.value, "low": e.low, "high": e.high}
                for name, e in systems
            ],
            "majority": self.majority,
            "gain": self.gain.value,
            "gain_low": self.gain.low,
            "gain_high": self.gain.high,
        }


def compare(
    baseline: Trained | Sequence[Trained],
    dann: Trained | Sequence[Trained],
    pair: Pair,
    statistics: str = "running",
    replicates: int = REPLICATES,
    seed: int = 0,
    names: tuple[str, str] | None = None,
) -> Comparison:
    """Compare two systems on the target, with a paired bootstrap over its speakers.

    Parameters
    ----------
    baseline, dann : Trained or sequence of Trained
        Two systems, the second of which may be any: one training each, or one per seed.
    pair : Pair
        What they were trained on.
    statistics : {"running", "target"}
        Batch statistics for the target, see `Trained.with_statistics`.
    replicates, seed : int
        Of the bootstrap.
    names : (str, str), optional
        What to call the systems; by default by what each was aligned with.
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
        names=names or _names(baseline, dann),
    )


def _names(*systems: list[Trained]) -> tuple[str, str]:
    """Name two systems by what they were aligned with: "baseline", "DANN" or another penalty."""
    names = [" and ".join(dict.fromkeys(map(_title, runs))) for runs in systems]
    if names[0] == names[1]:
        names = [f"{names[0]} ({which})" for which in ("first", "second")]
    return tuple(names)


def _title(run: Trained) -> str:
    kind = (run.settings.get("align") or "baseline").partition("(")[0]
    return "DANN" if kind == DomainAdversary.__name__ else kind


def held_out_uar(run: Trained, source: Labelled) -> float:
    """UAR on the source speakers that the training held out; NaN if it held out none."""
    if not run.held_out:
        return float("nan")
    aside = source.take(np.isin(source.speakers, run.held_out))
    return uar(aside.labels, run.predict(aside))
