"""Many trainings: corpora against each other, with and without the adversary, over seeds."""

import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed, parallel_config
from sklearn.model_selection import GroupKFold
from tqdm import tqdm

from ser_utils import (
    batch_norm,
    datasets,
    domains,
    evaluation,
    features,
    invariance,
    labels,
    models,
    training,
)
from ser_utils.alignment import DomainAdversary
from ser_utils.domains import Domain, Pair, Unlabelled
from ser_utils.errors import DomainError, UnknownNameError, unknown_name

METHODS = ("baseline", "dann")
#: The model for each kind of features.
MODELS = {"egemaps": models.mlp, "logmel": models.cnn}
FOLDS = 5


@dataclass(frozen=True)
class Outcome:
    """One training, scored.

    Attributes
    ----------
    predictions : np.ndarray, shape (n,)
        Classes of `pair.evaluation`.
    uar_source : float
        On the held-out source speakers.
    language_accuracy : float
        Of a fresh probe on the embeddings; 0.5 is chance.
    seconds : float
        Of the training alone, on one core.
    """

    predictions: np.ndarray
    uar_source: float
    language_accuracy: float
    seconds: float


def train(pair: Pair, composition: str, method: str, seed: int) -> Outcome:
    """Train one system on one pair with the default settings."""
    model = MODELS[pair.kind](pair, batch_norm=composition)
    align = DomainAdversary() if method == "dann" else None
    start = time.perf_counter()
    run = training.fit(model, pair, align=align, seed=seed, progress=False)
    seconds = time.perf_counter() - start
    test = pair.evaluation
    return Outcome(
        predictions=run.predict(test),
        uar_source=evaluation.held_out_uar(run, pair.source),
        language_accuracy=language_accuracy(run, pair.source, test),
        seconds=seconds,
    )


def language_accuracy(run: training.Trained, source: Unlabelled, target: Unlabelled) -> float:
    """Balanced accuracy of a fresh probe for the language on the embeddings of a trained model."""
    embeddings = run.embed(source), run.embed(target)
    return invariance.language_accuracy(*embeddings, source.speakers, target.speakers)


def train_oracle(target: Domain, kind: str, seed: int) -> np.ndarray:
    """Predict each utterance by a model trained on the *labels* of other speakers of the target.

    An oracle: what adaptation without labels is measured against, never a result.

    Parameters
    ----------
    target : Domain
        Not normalised; each fold is, by its training speakers.
    kind : str
        The feature set.
    seed : int

    Returns
    -------
    np.ndarray, shape (n,)
        Predicted classes.
    """
    predictions = np.empty(len(target), dtype=int)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
    for seen, unseen in folds.split(target.features, groups=target.speakers):
        standardise = domains.standardiser(target.take(seen))
        known, test = standardise(target.take(seen)), standardise(target.take(unseen))
        pair = Pair(known, test.unlabelled(), test, "oracle", kind, "source", "inductive")
        model = MODELS[kind](pair, batch_norm="source")
        run = training.fit(model, pair, held_out=0, seed=seed, progress=False)
        predictions[unseen] = run.predict(test)
    return predictions


def in_parallel(function: Callable, items: Iterable[tuple], jobs: int, what: str) -> list:
    """Apply `function` to each tuple of arguments, one thread a process, in order."""
    items = list(items)
    with parallel_config("loky", inner_max_num_threads=1):
        results = Parallel(jobs, return_as="generator")(
            delayed(_on_one_thread)(function, item) for item in items
        )
        return list(tqdm(results, total=len(items), desc=what, unit="training"))


def _on_one_thread(function: Callable, arguments: tuple) -> object:
    torch.set_num_threads(1)
    return function(*arguments)


# A first look: every ordered pair --------------------------------------------------------------


def first_look(
    names: list[str],
    tasks: list[str],
    compositions: list[str],
    seeds: int,
    kind: str = "egemaps",
    normalise: str = "source",
    pairs: list[tuple[str, str]] | None = None,
    jobs: int = 1,
) -> pd.DataFrame:
    """Compare baseline and DANN on every ordered pair of corpora, under the same batch norm.

    Parameters
    ----------
    names : list of str
        Corpora.
    tasks, compositions : list of str
        Tasks, and values of `batch_norm=`.
    seeds : int
        Trainings of each system.
    kind, normalise : str
        Feature set and normalisation.
    pairs : list of (str, str), optional
        Source and target of the pairs to run, by default all ordered pairs of `names`.
    jobs : int
        Processes.

    Returns
    -------
    pd.DataFrame
        A row for each task, batch norm and pair, and one for the mean over pairs (`source` and
        `target` are "mean"). UAR and gain are in [0, 1], means over seeds; `_low` and `_high` bound
        95 % intervals of a paired bootstrap over target speakers.
    """
    extracted = {name: features.extract(datasets.load(name), kind) for name in names}
    pairs = pairs or list(itertools.permutations(names, 2))
    cells = {
        (task, composition, source, target): domains.pair(
            extracted[source], extracted[target], task=task, normalise=normalise
        )
        for task, composition, (source, target) in itertools.product(tasks, compositions, pairs)
    }
    keys = list(itertools.product(cells, METHODS, range(seeds)))
    outcomes = in_parallel(
        train, ((cells[cell], cell[1], method, seed) for cell, method, seed in keys), jobs, "pairs"
    )
    ceilings = _ceilings(extracted, tasks, {target for _, target in pairs}, kind, seeds, jobs)
    runs: dict[tuple, dict[str, list[Outcome]]] = {cell: {m: [] for m in METHODS} for cell in cells}
    for (cell, method, _), outcome in zip(keys, outcomes, strict=True):
        runs[cell][method].append(outcome)
    rows, samples = [], []
    for cell, pair in cells.items():
        row, gains = _row(cell, pair, runs[cell], ceilings[cell[0], cell[3]], seeds)
        rows.append(row)
        samples.append(gains)
    table = pd.DataFrame(rows)
    means = _means(table, np.array(samples))
    return pd.concat([table, means], ignore_index=True).round(4)


def _ceilings(extracted, tasks, targets, kind, seeds, jobs) -> dict[tuple[str, str], float]:
    """UAR of the oracle on each target, mean over seeds."""
    wanted = list(itertools.product(tasks, sorted(targets)))
    labelled = {key: domains.domain(extracted[key[1]], task=key[0]) for key in wanted}
    items = [(labelled[key], kind, seed) for key in wanted for seed in range(seeds)]
    predictions = iter(in_parallel(train_oracle, items, jobs, "oracles"))
    return {
        key: float(
            np.mean([evaluation.uar(labelled[key].labels, next(predictions)) for _ in range(seeds)])
        )
        for key in wanted
    }


def _row(cell, pair, runs, ceiling, seeds) -> tuple[dict, np.ndarray]:
    """Summarise the trainings of one pair; return the bootstrap samples of the gain too."""
    task, composition, source, target = cell
    test = pair.evaluation
    row = {
        "source": source,
        "target": target,
        "task": task,
        "normalise": pair.normalise,
        "batch_norm": composition,
        "features": pair.kind,
        "protocol": pair.protocol,
        "seeds": seeds,
        "uar_majority": evaluation.majority_uar(pair),
    }
    predictions = {m: np.stack([o.predictions for o in runs[m]]) for m in METHODS}
    for method in METHODS:
        estimate = evaluation.bootstrap_uar(test.labels, predictions[method], test.speakers)
        row |= _with_interval(method, estimate)
    gain, samples = evaluation.gain_samples(
        test.labels, predictions["baseline"], predictions["dann"], test.speakers
    )
    row |= _with_interval("gain", evaluation.estimate(gain, samples))
    row["oracle_ceiling"] = ceiling
    for method in METHODS:
        row[f"uar_source_{method}"] = np.mean([o.uar_source for o in runs[method]])
        row[f"language_accuracy_{method}"] = np.mean([o.language_accuracy for o in runs[method]])
        row[f"seconds_{method}"] = np.mean([o.seconds for o in runs[method]])
    return row, samples


def _with_interval(name: str, estimate: evaluation.Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _means(table: pd.DataFrame, samples: np.ndarray) -> pd.DataFrame:
    """Rows of the mean over pairs.

    Every bootstrap sample is averaged over the pairs. Pairs with the same target use the same
    resampled speakers, because the seed of the bootstrap is the same, so their dependence is kept.
    """
    rows = []
    for _, group in table.groupby(["task", "batch_norm"], sort=False):
        row = group.iloc[0].to_dict() | group.mean(numeric_only=True).to_dict()
        row |= {"source": "mean", "target": "mean", "seeds": int(row["seeds"])}
        row |= _with_interval(
            "gain", evaluation.estimate(row["gain"], samples[group.index].mean(axis=0))
        )
        for method in METHODS:  # the interval that matters is that of the gain
            row |= {f"{method}_low": np.nan, f"{method}_high": np.nan}
        rows.append(row)
    return pd.DataFrame(rows)


def check(
    names: list[str],
    tasks: list[str],
    seeds: int,
    compositions: Iterable[str] = (),
    pairs: Iterable[tuple[str, ...]] = (),
) -> None:
    """Refuse what cannot be run before anything runs.

    Raises
    ------
    UnknownNameError
        For a corpus, task or composition that does not exist, or a pair of other corpora.
    MissingCorpusError
        If a corpus is not on this machine.
    DomainError
        If there is nothing to compare: one corpus only, or no seeds.
    """
    for kind, given, known in (
        ("corpus", names, datasets.names()),
        ("task", tasks, labels.TASKS),
        ("batch_norm", compositions, batch_norm.NAMES),
    ):
        for name in given:
            if name not in known:
                raise unknown_name(kind, name, known)
    if len(set(names)) < 2:
        raise DomainError(f"a comparison needs at least two corpora, not {names}.")
    if seeds < 1:
        raise DomainError(f"at least one seed is needed, not {seeds}.")
    for pair in pairs:
        if len(pair) != 2:
            raise UnknownNameError(f"a pair is written SOURCE:TARGET, not {':'.join(pair)!r}.")
        for name in pair:
            if name not in names:
                raise unknown_name("corpus of --datasets", name, names)
    for name in names:
        datasets.load(name)
