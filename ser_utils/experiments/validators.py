"""Which score that needs no target label would have chosen well? Validators, scored themselves.

A validator judges a training by what it leaves behind: embeddings and scores of source and target,
and labels of the source. Here each judges the candidates of `selection`, one training per row; and
then the labels of the target judge the validators. They must not choose one for the same targets.

References
----------
Musgrave, Belongie & Lim, "Three New Validators and a Large-Scale Benchmark Ranking for Unsupervised
Domain Adaptation", arXiv 2208.07360, 2022: the same question about images.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special, stats
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ser_utils import metrics
from ser_utils.domains import Pair
from ser_utils.embeddings import invariance, probes
from ser_utils.errors import require_finite
from ser_utils.experiments import scoring
from ser_utils.experiments.grid import Grid, languages_of
from ser_utils.experiments.result_rows import Key
from ser_utils.experiments.runs import Experiment
from ser_utils.experiments.selection import CANDIDATE, CONDITION, ruled
from ser_utils.experiments.streamed import RUN_AGAIN, Table
from ser_utils.experiments.systems import CANDIDATES
from ser_utils.features import Features
from ser_utils.trained import Trained
from ser_utils.utterances import Labelled, Unlabelled


@dataclass(frozen=True)
class Evidence:
    """What a training leaves behind, without any label of the target.

    Attributes
    ----------
    source : Labelled
        Its n utterances; `features` are their embeddings, shape (n, width).
    is_held_out : np.ndarray, shape (n,), bool
        Those of speakers that training did not see.
    source_odds : np.ndarray, shape (n,)
        Log-odds of class 1.
    target : Unlabelled
        Its m utterances; `features` are their embeddings, shape (m, width).
    target_odds : np.ndarray, shape (m,)
    """

    source: Labelled
    is_held_out: np.ndarray
    source_odds: np.ndarray
    target: Unlabelled
    target_odds: np.ndarray

    @classmethod
    def of(cls, run: Trained, pair: Pair) -> "Evidence":
        """Gather it from a training on a pair, whose `evaluation` is not read."""
        source, target = (
            replace(side, features=run.embed(side), lengths=None)
            for side in (pair.source, pair.target)
        )
        aside = np.isin(source.speakers, run.held_out)
        return cls(source, aside, run.log_odds(pair.source), target, run.log_odds(pair.target))

    @property
    def target_probabilities(self) -> np.ndarray:
        """Probabilities of both classes, shape (m, 2)."""
        return special.expit(np.stack([-self.target_odds, self.target_odds], axis=1).astype(float))


def held_out_recall(evidence: Evidence) -> float:
    """UAR on the source speakers that training did not see; it knows nothing of the target."""
    aside = evidence.is_held_out
    return metrics.uar(evidence.source.labels[aside], evidence.source_odds[aside] > 0)


def fresh_probe(evidence: Evidence) -> float:
    """Balanced accuracy of a fresh probe that names the language: see `probes`. Less is better."""
    source, target = evidence.source, evidence.target
    sides = source.features, target.features, source.speakers, target.speakers
    return invariance.language_accuracy(*sides)


def information_maximisation(evidence: Evidence) -> float:
    r"""Diversity of the target's predictions minus their entropy (Shi & Sha 2012, ICML).

    .. math:: H \Big( \frac{1}{m} \sum_i p_i \Big) - \frac{1}{m} \sum_i H(p_i)

    with the probabilities p of the m utterances: the information that a prediction has of which
    utterance it is about. Each shall be certain, and all together name both classes.
    """
    p = evidence.target_probabilities
    return stats.entropy(p.mean(axis=0)) - stats.entropy(p, axis=1).mean()


def soft_neighbourhood_density(evidence: Evidence, temperature: float = 0.05) -> float:
    r"""How many neighbours the target's predictions have (Saito et al. 2021, ICCV).

    .. math:: - \frac{1}{m} \sum_i \sum_{j \ne i} P_{ij} \log P_{ij}, \qquad
        P_{ij} = \frac{\exp(S_{ij} / \tau)}{\sum_{k \ne i} \exp(S_{ik} / \tau)}

    with the cosine S of the predicted probabilities of two utterances, and the temperature tau: the
    entropy of drawing a neighbour, large where predictions form dense clusters.
    """
    p = evidence.target_probabilities
    p = p / np.linalg.norm(p, axis=1, keepdims=True)
    similarity = p @ p.T / temperature
    np.fill_diagonal(similarity, -np.inf)
    return stats.entropy(special.softmax(similarity, axis=1), axis=1).mean()


def deep_embedded_validation(evidence: Evidence) -> float:
    r"""Estimate the risk on the target from the held-out source (You et al. 2019, ICML).

    .. math:: \overline{L} + \eta \overline{W} - \eta, \qquad
        \eta = - \frac{\mathrm{Cov}(L, W)}{\mathrm{Var}(W)}, \qquad L = W \ell, \qquad
        W = \frac{p(z | \mathrm{target})}{p(z | \mathrm{source})}

    with the cross-entropy l of each held-out source utterance, and its weight W: how much likelier
    its embedding z is on the target. Weights are 1 on average, which makes them a control variate
    that takes variance away. A logistic regression that tells the source that training saw from the
    target knows the ratio; both domains count the same to it. Less is better. The labels may
    depend on the embedding alone, alike on both sides, and the sides have to overlap.
    """
    source, aside = evidence.source, evidence.is_held_out
    embeddings = np.concatenate([source.features[~aside], evidence.target.features])
    is_target = np.repeat([0, 1], [(~aside).sum(), len(evidence.target)])
    probe = make_pipeline(StandardScaler(), probes.LINEAR).fit(embeddings, is_target)
    weights = np.exp(probe.decision_function(source.features[aside]))
    signed = np.where(source.labels[aside] == 1, 1.0, -1.0) * evidence.source_odds[aside]
    weighted = weights * np.logaddexp(0.0, -signed)
    covariance = np.cov(weighted, weights)
    eta = -covariance[0, 1] / covariance[1, 1] if covariance[1, 1] else 0.0
    return float(weighted.mean() + eta * weights.mean() - eta)


@dataclass(frozen=True)
class Validator:
    """A score of a training that needs no target label."""

    title: str
    function: Callable[[Evidence], float]
    sign: int = 1  # -1 where less is better


#: By name, as in the columns of a table; `selection` reads the first two.
VALIDATORS = {
    "uar_source": Validator("recall on held-out source", held_out_recall),
    "language_accuracy": Validator("fresh probe", fresh_probe, -1),
    "information_maximisation": Validator("information maximisation", information_maximisation),
    "soft_neighbourhood_density": Validator(
        "soft neighbourhood density", soft_neighbourhood_density
    ),
    "deep_embedded_validation": Validator("deep embedded validation", deep_embedded_validation, -1),
}
#: The rule of `selection`, and to choose blindly.
RULE, RANDOM = "rule", "random"
#: What the labels of the target say: UAR by each of `metrics.THRESHOLDS`, and AUC.
ORACLES = ("oracle_uar_target", "oracle_uar_median", "oracle_uar_em", "oracle_auc_target")
#: In the column `left_out`, where no target is.
NOBODY = "none"


def score(keys: Sequence[Key], source: Features, target: Features) -> list[list[float]]:
    """Train a candidate; return what each validator says of it, and `ORACLES`."""
    (row,) = keys
    pair = scoring.pair_of(row, source, target)
    run = scoring.train(pair, row.batch_norm, row.method, row.seed)
    evidence = Evidence.of(run, replace(pair, evaluation=None))  # out of reach
    said = [validator.function(evidence) for validator in VALIDATORS.values()]
    labels, odds = pair.evaluation.labels, run.log_odds(pair.evaluation)
    cuts = [above(odds, evidence.target_odds) for above in metrics.THRESHOLDS.values()]
    oracles = *(metrics.uar(labels, cut) for cut in cuts), metrics.auc(labels, odds)
    return [[*said, *oracles]]


def judged(trainings: pd.DataFrame) -> pd.DataFrame:
    """Judge the validators in each condition by the labels of the target.

    Parameters
    ----------
    trainings : pd.DataFrame
        One row per training: the columns of `result_rows.KEY`, `VALIDATORS` and `ORACLES`. A
        candidate is the mean over its seeds.

    Returns
    -------
    pd.DataFrame
        One row per condition (`selection.CONDITION`) and validator, `RULE` and `RANDOM` included:
        `oracle_rank_correlation`, by Spearman, of its score with UAR on the target, NaN where all
        candidates have one score; `oracle_loss`, how much UAR is lost by its choice against the
        best candidate, for `RANDOM` on average.
    """
    lines = []
    for condition, own in trainings.groupby(CONDITION, sort=False):
        means = own.groupby(CANDIDATE, sort=False)[[*VALIDATORS, ORACLES[0]]].mean()
        uar = means[ORACLES[0]]
        scores = {name: of.sign * means[name] for name, of in VALIDATORS.items()}
        scores[RULE] = -_order_of_rule(own).reindex(means.index)
        for name, of in scores.items():
            loss = uar.max() - uar[of.idxmax()] if of.notna().any() else np.nan
            lines.append([*condition, name, _rank_correlation(of, uar), loss])
        lines.append([*condition, RANDOM, 0.0, uar.max() - uar.mean()])
    columns = [*CONDITION, "validator", "oracle_rank_correlation", "oracle_loss"]
    return pd.DataFrame(lines, columns=columns)


def _order_of_rule(trainings: pd.DataFrame) -> pd.Series:
    """Small for what the rule likes: kept candidates by their probe, and then the others."""
    table = ruled(trainings, CANDIDATE, ["seed"]).set_index(CANDIDATE)
    by_probe = table["language_accuracy"].where(table["kept"])
    return by_probe.fillna(1 + table["behind"])


def _rank_correlation(one: pd.Series, other: pd.Series) -> float:
    both = pd.concat([one, other], axis=1).dropna()
    if len(both) < 2 or both.nunique().min() < 2:
        return np.nan
    return float(stats.spearmanr(*both.to_numpy().T).statistic)


def means(trainings: pd.DataFrame) -> pd.DataFrame:
    """Average what `judged` says over all pairs, and over those to other languages than a target's.

    Returns
    -------
    pd.DataFrame
        One row per target that is left out (`NOBODY` first) and validator: how many `conditions`
        there are, and the means of `oracle_rank_correlation` and `oracle_loss`.
    """
    require_finite(trainings[[*ORACLES]].to_numpy(), "trainings", RUN_AGAIN)
    table = judged(trainings)
    languages, parts = {name: languages_of(name) for name in table["target"].unique()}, []
    for left_out in (NOBODY, *languages):
        is_other = table["target"].map(languages) != languages.get(left_out)
        by_validator = table[is_other].groupby("validator", sort=False)
        part = by_validator[["oracle_rank_correlation", "oracle_loss"]].mean()
        part.insert(0, "conditions", by_validator.size())
        part.insert(0, "left_out", left_out)
        parts.append(part.reset_index())
    return pd.concat(parts, ignore_index=True).round(4)


EXPERIMENT = Experiment(
    Grid.rows,
    training_of=lambda row: row,
    score=score,
    tables=lambda path, _: [Table(path, (*VALIDATORS, *ORACLES))],
    means=means,
    methods=tuple(CANDIDATES),
)
