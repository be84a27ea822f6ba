"""Many pairs x tasks x systems x seeds: which trainings there are, and what each one scores."""

import itertools
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupKFold
from tqdm import tqdm

from ser_utils import (
    batch_norm,
    datasets,
    domains,
    evaluation,
    features,
    labels,
    metrics,
    models,
    settings,
    training,
)
from ser_utils.alignment import DomainAdversary
from ser_utils.domains import Pair
from ser_utils.embeddings import invariance
from ser_utils.errors import DomainError, UnknownNameError, unknown_name
from ser_utils.experiments import parallel, reports
from ser_utils.experiments.result_rows import Key, ResultFile, Score
from ser_utils.features import Features
from ser_utils.utterances import Labelled

METHODS = ("baseline", "dann", "supervised")
#: The model for each kind of features.
MODELS = {"egemaps": models.mlp, "logmel": models.cnn}
#: Of the cross-validation over target speakers that gives the supervised ceiling.
FOLDS = 5


# Which trainings there are ----------------------------------------------------------------------


@dataclass(frozen=True)
class Grid:
    """An experiment: every combination of what is listed here.

    Attributes
    ----------
    datasets : tuple of str
        Corpora; every ordered pair of those of different languages is run.
    tasks, normalise, batch_norm, statistics, methods, protocols : tuple of str
        Values of the fields of `result_rows.Key`.
    seeds : int
        Trainings of each system, with the seeds 0, 1, ...
    features : str
        The feature set.
    pairs : tuple of (str, str)
        Run these only; empty for all.
    """

    datasets: tuple[str, ...]
    tasks: tuple[str, ...] = labels.TASKS
    normalise: tuple[str, ...] = ("source",)
    batch_norm: tuple[str, ...] = (settings.BATCH_NORM,)
    statistics: tuple[str, ...] = ("running",)
    methods: tuple[str, ...] = METHODS
    protocols: tuple[str, ...] = ("transductive",)
    seeds: int = 5
    features: str = "egemaps"
    pairs: tuple[tuple[str, ...], ...] = ()

    def check(self) -> None:
        """Refuse what cannot be run, before anything runs.

        Raises
        ------
        UnknownNameError
            For a corpus, task, ... that does not exist, or a pair of other corpora.
        MissingCorpusError
            If a corpus is not on this machine.
        DomainError
            If there is nothing to compare: one language only, or no seeds.
        """
        for name in self.datasets:
            datasets.find(name)
        for kind, given, known in (
            ("task", self.tasks, labels.TASKS),
            ("normalisation", self.normalise, domains.NORMALISATIONS),
            ("batch_norm", self.batch_norm, batch_norm.NAMES),
            ("statistics", self.statistics, batch_norm.STATISTICS),
            ("method", self.methods, METHODS),
            ("protocol", self.protocols, domains.PROTOCOLS),
            ("feature set", (self.features,), MODELS),
        ):
            for name in given:
                if name not in known:
                    raise unknown_name(kind, name, known)
        for pair in self.pairs:
            if len(pair) != 2:
                raise UnknownNameError(f"a pair is written SOURCE:TARGET, not {':'.join(pair)!r}.")
            for name in pair:
                if name not in self.datasets:
                    raise unknown_name("corpus of --datasets", name, self.datasets)
        if self.seeds < 1:
            raise DomainError(f"at least one seed is needed, not {self.seeds}.")
        if not self.ordered_pairs():
            raise DomainError(
                f"a comparison needs corpora of at least two languages; {', '.join(self.datasets)} "
                "have one."
            )
        for name in self.datasets:
            datasets.load(name)

    def ordered_pairs(self) -> list[tuple[str, str]]:
        """Return source and target of every pair."""
        language = {name: datasets.find(name)[0].language for name in self.datasets}
        pairs = self.pairs or itertools.permutations(dict.fromkeys(self.datasets), 2)
        return [(a, b) for a, b in pairs if language[a] != language[b]]

    def rows(self) -> list[Key]:
        """Return all rows, in order."""
        axes = (
            *(self.ordered_pairs(), self.tasks, self.normalise, self.batch_norm, self.statistics),
            *(self.methods, [self.features], self.protocols, range(self.seeds)),
        )
        return list(dict.fromkeys(Key(*pair, *rest) for pair, *rest in itertools.product(*axes)))


def make_pairs(names: Iterable[str], tasks: Iterable[str]) -> list[Pair]:
    """Make every ordered pair of corpora of different languages, for each task, by eGeMAPS."""
    grid = Grid(tuple(names), tuple(tasks))
    extracted = {name: features.extract(datasets.load(name)) for name in grid.datasets}
    return [
        domains.pair(extracted[source], extracted[target], task=task)
        for source, target in grid.ordered_pairs()
        for task in grid.tasks
    ]


def training_of(key: Key) -> Key:
    """Name the training that fills a row.

    Rows that differ in the statistics of the evaluation only share one. The supervised ceiling of a
    target serves every source, and has no batch with two domains whose statistics could be shared.
    """
    if key.method != "supervised":
        return key._replace(statistics="")
    plain = key.batch_norm if key.batch_norm in ("none", "layer") else "source"
    return key._replace(source=key.target, normalise="source", batch_norm=plain, statistics="")


# What each one scores ---------------------------------------------------------------------------


def score(
    key: Key, statistics: Iterable[str], source: Features, target: Features
) -> dict[str, Score]:
    """Train one system and score it on the target.

    Parameters
    ----------
    key : Key
        As from `training_of`.
    statistics : iterable of str
        Whose batch statistics to evaluate by.
    source, target : Features

    Returns
    -------
    dict of str to Score
        By statistics.
    """
    if key.method == "supervised":
        return dict.fromkeys(statistics, _score_supervised(key, target))
    pair = domains.pair(
        source,
        target,
        task=key.task,
        normalise=key.normalise,
        protocol=key.protocol,
        seed=key.seed,
    )
    start = time.perf_counter()
    run = train(pair, key.batch_norm, key.method, key.seed)
    seconds = time.perf_counter() - start
    scores = {}
    for name in statistics:
        adapted = run.with_statistics(name, pair.target)
        test = pair.evaluation
        embeddings = run.embed(pair.source), adapted.embed(test)
        scores[name] = _score(
            pair,
            predictions=adapted.predict(test),
            uar_source=evaluation.held_out_uar(run, pair.source),
            language_accuracy=invariance.language_accuracy(
                *embeddings, pair.source.speakers, test.speakers
            ),
            seconds=seconds,
        )
    return scores


def train(
    pair: Pair, composition: str, method: str, seed: int, progress: bool = False
) -> training.Trained:
    """Train a baseline or a DANN on one pair with the default settings."""
    model = MODELS[pair.kind](pair, batch_norm=composition)
    align = DomainAdversary() if method == "dann" else None
    return training.fit(model, pair, align=align, seed=seed, progress=progress)


def _score_supervised(key: Key, target: Features) -> Score:
    """Score the oracle ceiling: learned from *labels* of other speakers of the target.

    Transductive: five folds of speakers, each predicted by a model of the others. Inductive: the
    speakers that other systems adapt to without labels are learned from with labels.
    """
    whole = domains.domain(target, key.task)
    start = time.perf_counter()
    if key.protocol == "inductive":
        known, test = domains.split_by_speaker(whole, domains.INDUCTIVE_SHARE, key.seed)
        predictions = learned_from_labels(known, test, key)
    else:
        test, predictions = whole, np.empty(len(whole), dtype=int)
        n_folds = min(FOLDS, len(set(whole.speakers)))
        folds = GroupKFold(n_folds, shuffle=True, random_state=key.seed)
        for seen, unseen in folds.split(whole.features, groups=whole.speakers):
            predictions[unseen] = learned_from_labels(whole.take(seen), whole.take(unseen), key)
    seconds = time.perf_counter() - start
    pair = _oracle_pair(whole, test, key)
    return _score(pair, predictions, np.nan, np.nan, seconds)


def learned_from_labels(known: Labelled, test: Labelled, key: Key) -> np.ndarray:
    """Predict the classes of `test`, shape (n,), by a model of the labelled speakers `known`.

    An oracle: what adaptation without labels is measured against, never a result.
    """
    standardise = domains.standardiser(known)
    pair = _oracle_pair(standardise(known), standardise(test), key)
    model = MODELS[key.features](pair, batch_norm=key.batch_norm)
    run = training.fit(model, pair, held_out=0, seed=key.seed, progress=False)
    return run.predict(pair.evaluation)


def _oracle_pair(known: Labelled, test: Labelled, key: Key) -> Pair:
    return Pair(known, test.unlabelled(), test, key.task, key.features, "source", key.protocol)


def _score(
    pair: Pair,
    predictions: np.ndarray,
    uar_source: float,
    language_accuracy: float,
    seconds: float,
) -> Score:
    test = pair.evaluation
    return Score(
        epochs=settings.EPOCHS,
        uar_source=uar_source,
        uar_target=metrics.uar(test.labels, predictions),
        uar_majority=evaluation.majority_uar(pair),
        language_accuracy=language_accuracy,
        seconds=seconds,
        recognised=metrics.recognised(test.labels, predictions, test.speakers),
    )


# All of them ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Failure:
    """A training that could not be carried out."""

    cause: str


def run(grid: Grid, out: Path, jobs: int = 1, scheduler: str | None = None) -> int:
    """Run an experiment, or what is missing of it, row by row into `out`.

    Parameters
    ----------
    grid : Grid
    out : Path
        See `result_rows`. How the rows came about is written beside it, as JSON.
    jobs : int
        Processes.
    scheduler : str, optional
        Address of a Dask scheduler that has workers for the trainings.

    Returns
    -------
    int
        How many trainings failed. Their rows are missing; causes are printed.

    Raises
    ------
    SerError
        If the grid cannot be run (see `Grid.check`), or `out` is of another one.
    """
    grid.check()
    reports.check_same_settings(out)
    names = sorted({name for pair in grid.ordered_pairs() for name in pair})
    extracted = {name: features.extract(datasets.load(name), grid.features) for name in names}
    targets = sorted({target for _, target in grid.ordered_pairs()})
    speakers = {speaker for name in targets for speaker in extracted[name].table["speaker"]}
    keys = grid.rows()
    file = ResultFile(out, keys, speakers)
    reports.write_provenance(out, {"settings": asdict(grid)})
    rows = _by_training(key for key in keys if key not in file.done)
    done = len(_by_training(keys)) - len(rows)
    items = [
        (key, {row.statistics for row in of}, extracted[key.source], extracted[key.target])
        for key, of in rows.items()
    ]
    failures = 0
    try:
        for index, scores in parallel.stream(_attempt, items, jobs, out.stem, done, scheduler):
            key = items[index][0]
            if isinstance(scores, Failure):
                failures += 1
                tqdm.write(f"not trained: {', '.join(map(str, filter(None, key)))}: {scores.cause}")
            else:
                file.append({row: scores[row.statistics] for row in rows[key]})
    finally:
        file.sort()
        print(f"{len(file.done)} of {len(keys)} rows are in {out}.")
        if len(file.done) < len(keys):
            print("The same command goes on from there.")
    return failures


def _by_training(keys: Iterable[Key]) -> dict[Key, list[Key]]:
    rows: dict[Key, list[Key]] = {}
    for key in keys:
        rows.setdefault(training_of(key), []).append(key)
    return rows


def _attempt(*arguments) -> dict[str, Score] | Failure:
    try:
        return score(*arguments)
    except Exception as error:  # whatever it is, the other trainings go on
        return Failure(f"{type(error).__name__}: {error}")
