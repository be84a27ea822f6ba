"""One training of a grid: a system is trained on a pair and scored on the target."""

import time
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.model_selection import GroupKFold

from ser_utils import domains, evaluation, metrics, models, settings, training
from ser_utils.domains import Pair
from ser_utils.embeddings import invariance
from ser_utils.errors import DomainError, SettingError
from ser_utils.experiments import result_rows, systems
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.result_rows import Key, Score
from ser_utils.experiments.runs import Experiment
from ser_utils.features import Features
from ser_utils.utterances import Labelled

#: The model for each kind of features.
MODELS = {"egemaps": models.mlp, "logmel": models.cnn}


def train(
    pair: Pair,
    batch_norm: str,
    method: str,
    seed: int,
    *,
    dropout: float = settings.DROPOUT,
    adversary: Mapping[str, float] = {},
    progress: bool = False,
    **options,
) -> training.Trained:
    """Train one of `systems.SYSTEMS` on a pair, with the usual settings unless others are given.

    Several languages of a source count the same. `adversary` holds arguments of its alignment, if
    it has one; `options` are of `training.fit`. An oracle, and a system without trainings of its
    own, raise `SettingError`.
    """
    system = systems.find(method)
    if system.oracle:
        raise SettingError(
            f"{method!r} learns from labels of the target, not on a pair: choose another method."
        )
    if system.trained_as:
        raise SettingError(
            f"{method!r} takes the trainings of {system.trained_as!r}: train that one."
        )
    arguments = {"batch_norm": batch_norm, "dropout": dropout, **system.model}
    model = MODELS[pair.feature_set](pair, **arguments)
    align = system.align(**adversary) if system.align else None
    how = {"seed": seed, "progress": progress, "balance_languages": True}
    return training.fit(model, pair, align=align, **how, **options)


def training_of(key: Key) -> Key:
    """Name the training that fills a row.

    Rows that differ in the statistics of the evaluation only share one, and so do systems that
    differ in their threshold. The supervised ceiling of a target serves every source, and has no
    batch with two domains whose statistics could be shared.
    """
    system = systems.find(key.method)
    if not system.oracle:
        return key._replace(method=system.trained_as or key.method, statistics="")
    plain = key.batch_norm if key.batch_norm in ("none", "layer") else "source"
    return key._replace(source=key.target, normalise="source", batch_norm=plain, statistics="")


def pair_of(key: Key, source: Features | list[Features], target: Features) -> Pair:
    """Make the pair of a row from the features of its corpora."""
    chosen = {name: getattr(key, name) for name in ("task", "normalise", "protocol", "seed")}
    return domains.pair(source, target, clip=systems.find(key.method).clip, **chosen)


def score(keys: Sequence[Key], source: Features | list[Features], target: Features) -> list[Score]:
    """Train a system and score it on the target: by each row of `keys`, which share one training.

    `source` and `target` are the features of the corpora of the first one.
    """
    key = training_of(keys[0])
    if systems.find(key.method).oracle:
        return [_score_ceiling(key, target)] * len(keys)
    pair = pair_of(key, source, target)
    start = time.perf_counter()
    run = train(pair, key.batch_norm, key.method, key.seed)
    seconds = time.perf_counter() - start
    uar_source = evaluation.held_out_uar(run, pair.source)
    test, of_source = pair.evaluation, run.embed(pair.source)
    scores = []
    for row in keys:
        adapted = run.with_statistics(row.statistics, pair.target)
        language_accuracy = invariance.language_accuracy(
            of_source, adapted.embed(test), pair.source.speakers, test.speakers
        )
        odds, of_all = adapted.log_odds(test), adapted.log_odds(pair.target)
        threshold = systems.find(row.method).threshold
        side = uar_source, language_accuracy, threshold
        scores.append(_score(pair, odds, of_all, seconds, *side))
    return scores


def _score_ceiling(key: Key, target: Features) -> Score:
    """Score the oracle ceiling: learned from *labels* of other speakers of the target.

    Transductive: five folds of speakers, each predicted by a model of the others. Inductive: the
    speakers that other systems adapt to without labels are learned from with labels.
    """
    whole = domains.domain(target, key.task)
    start = time.perf_counter()
    if key.protocol == "inductive":
        known, test = domains.split_by_speaker(whole, domains.INDUCTIVE_SHARE, key.seed)
        odds = learned_from_labels(known, test, key)
    else:
        test, odds = whole, np.empty(len(whole))
        folds = GroupKFold(min(5, len(set(whole.speakers))), shuffle=True, random_state=key.seed)
        for seen, unseen in folds.split(whole.features, groups=whole.speakers):
            odds[unseen] = learned_from_labels(whole.take(seen), whole.take(unseen), key)
    seconds = time.perf_counter() - start
    pair = _oracle_pair(whole, test, key)
    return _score(pair, odds, odds, seconds)


def learned_from_labels(known: Labelled, test: Labelled, key: Key) -> np.ndarray:
    """Log-odds of class 1 for each of `test`, shape (n,), by a model of the speakers `known`.

    An oracle: a bound to measure adaptation without labels against, never a result. Raises
    `DomainError` if these speakers lack a class.
    """
    if len(np.unique(known.labels)) < 2:
        raise DomainError(
            f"there is no ceiling: without the tested ones, the speakers of {known.dataset} lack a "
            "class. Leave its method out."
        )
    standardise = domains.standardiser(known, settings.CLIP)
    pair = _oracle_pair(standardise(known), standardise(test), key)
    run = train(pair, key.batch_norm, "baseline", key.seed, held_out=0)
    return run.log_odds(pair.evaluation)


def _oracle_pair(known: Labelled, test: Labelled, key: Key) -> Pair:
    return Pair(known, test.unlabelled(), test, key.task, key.features, "source", key.protocol)


def _score(
    pair: Pair,
    odds: np.ndarray,
    of_all: np.ndarray,
    seconds: float,
    uar_source: float = np.nan,
    language_accuracy: float = np.nan,
    threshold: str = "zero",
) -> Score:
    """Score the log-odds of class 1, shape (n,), by the system's own threshold and the others.

    `of_all`, shape (m,), are the log-odds of what it adapted to.
    """
    test = pair.evaluation
    cut = {name: above(odds, of_all) for name, above in metrics.THRESHOLDS.items()}
    predictions = cut[threshold]
    return Score(
        epochs=settings.EPOCHS,
        uar_source=uar_source,
        uar_target=metrics.uar(test.labels, predictions),
        uar_majority=evaluation.majority_uar(pair),
        language_accuracy=language_accuracy,
        seconds=seconds,
        auc_target=metrics.auc(test.labels, odds),
        uar_median=metrics.uar(test.labels, cut["median"]),
        uar_em=metrics.uar(test.labels, cut["em"]),
        recognised=metrics.recognised(test.labels, predictions, test.speakers),
        placed=metrics.placed(test.labels, odds, test.speakers),
    )


#: Every system on every pair.
EXPERIMENT = Experiment(Grid.rows, training_of, score, result_rows.tables)
