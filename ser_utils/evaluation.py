"""How good a system is on the target, how sure that is, and whether another one is better."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
import pandas as pd

from ser_utils import metrics
from ser_utils.alignment import DomainAdversary
from ser_utils.domains import Pair
from ser_utils.errors import unknown_name
from ser_utils.metrics import NO_INTERVAL, REPLICATES, Estimate, Sampled, auc, uar
from ser_utils.trained import Trained
from ser_utils.utterances import Labelled


def majority_uar(pair: Pair) -> float:
    """UAR on the target of a dummy that always names the larger class of the source."""
    larger = np.bincount(pair.source.labels).argmax()
    return uar(pair.evaluation.labels, np.full(len(pair.evaluation), larger))


def bootstrap_uar(
    labels: np.ndarray,
    predictions: np.ndarray | Sequence[np.ndarray],
    speakers: np.ndarray,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Estimate:
    """UAR with a 95 % interval from resampling speakers, and seeds if there are several.

    See `metrics`: there is no interval over few speakers.

    Parameters
    ----------
    labels, speakers : np.ndarray, shape (n,)
    predictions : np.ndarray, shape (n,) or (runs, n)
        Of one training, or of one per seed, whose mean UAR is estimated.
    replicates, seed : int
        Of the bootstrap.
    """
    return sampled_uar(labels, predictions, speakers, replicates, seed).estimate()


def sampled_uar(
    labels: np.ndarray,
    predictions: np.ndarray | Sequence[np.ndarray],
    speakers: np.ndarray,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Sampled:
    """UAR, mean over runs, as observed and on each bootstrap sample of speakers and runs.

    The difference of two systems is paired: both are scored on the same resampled speakers, so what
    makes a speaker hard for both cancels; and so does what a seed means to both, if they have as
    many runs, in the same order. Parameters are those of `bootstrap_uar`.
    """
    _, hits, totals = metrics.counts(labels, predictions, speakers)
    rng = metrics.generator(seed)
    of_speakers, of_runs = (metrics.draws(rng, n, replicates) for n in (len(totals), len(hits)))
    totals = np.broadcast_to(totals, hits.shape)
    scores = metrics.resampled(hits, totals, of_speakers)
    return Sampled.of((of_runs * scores).mean(axis=1), speakers=of_speakers.shape[1])


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same target, as from `compare`.

    `baseline` and `dann` are UAR on the target of the first and of the second system, mean over the
    runs; `gain` is the second minus the first, paired by speaker and seed. `majority` is UAR of the
    dummy that always names the larger class of the source. `baseline_source` and `dann_source` are
    UAR on source speakers held out from training, NaN if none were; `baseline_auc` and `dann_auc`
    are AUC on the target, which does not depend on the threshold.
    """

    pair: Pair
    baseline: Estimate
    dann: Estimate
    gain: Estimate
    majority: float
    baseline_source: float
    dann_source: float
    baseline_auc: float
    dann_auc: float
    statistics: str = "running"
    threshold: str = "zero"
    names: tuple[str, str] = ("baseline", "DANN")

    @property
    def caption(self) -> str:
        """Under which conditions both were compared, and why there is no interval if so."""
        statistics = ", target statistics" * (self.statistics == "target")
        cut = "" if self.threshold == "zero" else f", cut by {self.threshold}"
        return f"{self.pair}{statistics}{cut}" + f"; {NO_INTERVAL}" * (not self.gain.has_interval)

    @property
    def table(self) -> pd.DataFrame:
        """UAR and AUC in percent: a row per system.

        Columns are UAR on held-out source speakers, on the target, its interval, and AUC on the
        target. Of fewer than `metrics.FEWEST_SPEAKERS` the interval is NaN.
        """
        rows = {
            "majority dummy": (np.nan, self.majority, np.nan, np.nan, 0.5),
            self.names[0]: (self.baseline_source, *astuple(self.baseline), self.baseline_auc),
            self.names[1]: (self.dann_source, *astuple(self.dann), self.dann_auc),
        }
        before, after = rows[self.names[0]], rows[self.names[1]]
        rows["gain"] = after[0] - before[0], *astuple(self.gain), after[-1] - before[-1]
        columns = ["UAR source (held out)", "UAR target", "95 % low", "95 % high", "AUC target"]
        return (100 * pd.DataFrame.from_dict(rows, orient="index", columns=columns)).round(1)

    def __str__(self) -> str:
        return f"{self.caption}\n{self.table.to_string(na_rep='')}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        html = f"<p>In percent: {self.caption}</p>{self.table.to_html(na_rep='')}"
        return {"text/plain": str(self), "text/html": html}

    def headline(self) -> dict:
        """Return the result as plain numbers, for a summary elsewhere.

        None stands for a bound of an interval that there is not: JSON has no NaN.
        """
        systems = zip(self.names, (self.baseline, self.dann), strict=True)
        rows = [{"system": n, "uar": e.value, **_bounds(e)} for n, e in systems]
        return {
            "source": "+".join(self.pair.source.table["dataset"].unique()),
            "target": "+".join(self.pair.evaluation.table["dataset"].unique()),
            "task": self.pair.task,
            "rows": rows,
            "majority": self.majority,
            "gain": self.gain.value,
            **_bounds(self.gain, "gain_"),
        }


def _bounds(estimate: Estimate, prefix: str = "") -> dict[str, float | None]:
    low, high = (estimate.low, estimate.high) if estimate.has_interval else (None, None)
    return {f"{prefix}low": low, f"{prefix}high": high}


def compare(
    baseline: Trained | Sequence[Trained],
    dann: Trained | Sequence[Trained],
    pair: Pair,
    statistics: str = "running",
    threshold: str = "zero",
    replicates: int = REPLICATES,
    seed: int = 0,
    names: tuple[str, str] | None = None,
) -> Comparison:
    """Compare two systems on the target, with a paired bootstrap over its speakers and the seeds.

    Parameters
    ----------
    baseline, dann : Trained or sequence of Trained
        Two systems, the second of which may be any: one training each, or one per seed, in the
        same order. The seeds are drawn as well, so that one of a single training has an interval
        over speakers alone.
    pair : Pair
        What they were trained on.
    statistics : {"running", "target"}
        Batch statistics for the target, see `Trained.with_statistics`.
    threshold : {"zero", "median", "em"}
        Where the log-odds are cut: see `metrics.above_median` and `metrics.above_em` for what each
        takes for granted. The scores of `pair.target` decide, without labels.
    replicates, seed : int
        Of the bootstrap.
    names : (str, str), optional
        What to call the systems; by default by what each was aligned with.
    """
    if threshold not in metrics.THRESHOLDS:
        raise unknown_name("threshold", threshold, metrics.THRESHOLDS)
    test, cut = pair.evaluation, metrics.THRESHOLDS[threshold]
    systems = [list(runs) if isinstance(runs, Sequence) else [runs] for runs in (baseline, dann)]
    sampled, on_source, aucs = [], [], []
    for runs in systems:
        adapted = [run.with_statistics(statistics, pair.target) for run in runs]
        odds = [run.log_odds(test) for run in adapted]
        predictions = [
            cut(of_run, run.log_odds(pair.target))
            for of_run, run in zip(odds, adapted, strict=True)
        ]
        sampled.append(sampled_uar(test.labels, predictions, test.speakers, replicates, seed))
        aucs.append(float(np.mean([auc(test.labels, of_run) for of_run in odds])))
        on_source.append(float(np.mean([held_out_uar(run, pair.source) for run in runs])))
    return Comparison(
        pair,
        baseline=sampled[0].estimate(),
        dann=sampled[1].estimate(),
        gain=(sampled[1] - sampled[0]).estimate(),
        majority=majority_uar(pair),
        baseline_source=on_source[0],
        dann_source=on_source[1],
        baseline_auc=aucs[0],
        dann_auc=aucs[1],
        statistics=statistics,
        threshold=threshold,
        names=names or _names(*systems),
    )


def _names(*systems: list[Trained]) -> tuple[str, str]:
    """Name two systems by what they were aligned with: "baseline", "DANN" or another penalty."""
    names = []
    for runs in systems:
        kinds = [(run.settings.get("align") or "baseline").partition("(")[0] for run in runs]
        titles = ["DANN" if kind == DomainAdversary.__name__ else kind for kind in kinds]
        names.append(" and ".join(dict.fromkeys(titles)))
    if names[0] == names[1]:
        names = [f"{names[0]} ({which})" for which in ("first", "second")]
    return tuple(names)


def held_out_uar(run: Trained, source: Labelled) -> float:
    """UAR on the source speakers that the training held out; NaN if it held out none."""
    if not run.held_out:
        return np.nan
    aside = source.take(np.isin(source.speakers, run.held_out))
    return uar(aside.labels, run.predict(aside))
