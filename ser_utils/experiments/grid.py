"""Which trainings there are: every combination of corpora, tasks, conditions, systems and seeds."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ser_utils import batch_norm, datasets, domains, features, labels, settings
from ser_utils.domains import Pair
from ser_utils.errors import DomainError, UnknownNameError, require_number, unknown_name
from ser_utils.experiments.result_rows import Key
from ser_utils.experiments.systems import REPRODUCED, SYSTEMS
from ser_utils.features import Features

#: Of one grid, whose rows are listed before any is trained.
MOST_SEEDS = 10_000


@dataclass(frozen=True)
class Grid:
    """An experiment: every combination of what is listed here."""

    datasets: tuple[str, ...]  # every ordered pair of those of different languages is run
    tasks: tuple[str, ...] = labels.TASKS
    normalise: tuple[str, ...] = ("source",)
    batch_norm: tuple[str, ...] = (settings.BATCH_NORM,)
    statistics: tuple[str, ...] = ("running",)
    methods: tuple[str, ...] = REPRODUCED
    protocols: tuple[str, ...] = ("transductive",)
    seeds: int = 5  # of each system: 0, 1, ...
    features: str = "egemaps"
    pairs: tuple[tuple[str, ...], ...] = ()  # run these only; empty for all
    leave_one_language_out: bool = False  # for each target, all corpora of other languages at once
    selection: str = ""  # file of what the rule chose, for an experiment on it
    on_error: str = "raise"  # at a bad file: one of `errors.ON_ERROR`

    def check(self) -> None:
        """Refuse what cannot be run, before anything runs.

        Raises `UnknownNameError` for a corpus, task, ... that does not exist or a pair of other
        corpora; `DomainError` if there is nothing to compare: a pair of one language, an empty
        list, or if a pair cannot be trained on; `SettingError` for a number of seeds that cannot
        be; `MissingCorpusError` if a corpus is not on this machine.
        """
        language = self._languages()
        for kind, given, known in (
            ("task", self.tasks, labels.TASKS),
            ("normalisation", self.normalise, domains.NORMALISATIONS),
            ("batch_norm", self.batch_norm, batch_norm.NAMES),
            ("statistics", self.statistics, batch_norm.STATISTICS),
            ("method", self.methods, SYSTEMS),
            ("protocol", self.protocols, domains.PROTOCOLS),
            ("feature set", (self.features,), features.FEATURE_SETS),
        ):
            _check_names(kind, given, known)
        for pair in self.pairs:
            if len(pair) != 2:
                raise UnknownNameError(f"a pair is written SOURCE:TARGET, not {':'.join(pair)!r}.")
            source, target = pair
            _check_names("corpus of --datasets", [target], self.datasets)
            several = self._of_other_languages()[target]
            known = dict.fromkeys([*self.datasets, "+".join(several)])
            _check_names("corpus of --datasets", [source], known)
            if language.get(source) == language[target]:
                raise DomainError(
                    f"the pair {':'.join(pair)} is of one language ({language[source]}): ask for "
                    "pairs of two."
                )
        require_number("the number of seeds", self.seeds, whole=True, least=1, most=MOST_SEEDS)
        if not self.ordered_pairs():
            least = "three" if self.leave_one_language_out else "two"
            raise DomainError(
                f"a comparison needs corpora of at least {least} languages; "
                f"{', '.join(self.datasets)} have {len(set(language.values()))}."
            )
        self._check_pairs({name: datasets.load(name, self.on_error) for name in self.corpora()})

    def _check_pairs(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Refuse pairs that cannot be trained on, and name the others."""
        refused: dict[tuple[str, str], str] = {}
        pairs = self.ordered_pairs()
        for pair, task, protocol in itertools.product(pairs, self.tasks, self.protocols):
            source, target = pair
            try:
                parts = [tables[name] for name in by_language(source)]
                check_pair(parts, tables[target], task, protocol)
            except DomainError as error:
                refused.setdefault(pair, f"{':'.join(pair)}, {task}, {protocol}: {error}")
        if refused:
            rest = " ".join(":".join(pair) for pair in pairs if pair not in refused)
            others = f" The other pairs run by --pairs {rest}" if rest else ""
            raise DomainError(next(iter(refused.values())) + others)

    def ordered_pairs(self) -> list[tuple[str, str]]:
        """Return source and target of every pair; a source of several is joined by ``+``."""
        if self.pairs:
            return list(self.pairs)
        language, others = self._languages(), self._of_other_languages()
        if self.leave_one_language_out:
            several = {b: a for b, a in others.items() if len({language[name] for name in a}) > 1}
            return [("+".join(sources), target) for target, sources in several.items()]
        return [(a, b) for a, b in itertools.permutations(language, 2) if a in others[b]]

    def _of_other_languages(self) -> dict[str, list[str]]:
        """For each corpus those of other languages."""
        language = self._languages()
        return {b: [a for a in language if language[a] != language[b]] for b in language}

    def _languages(self) -> dict[str, str]:
        return {name: datasets.find(name)[0].language for name in self.datasets}

    def corpora(self) -> list[str]:
        """Return the corpora that are in a pair; of a source of several, those of each language."""
        paired = {name for a, b in self.ordered_pairs() for name in (*by_language(a), b)}
        listed = [name for name in dict.fromkeys(self.datasets) if name in paired]
        return [*listed, *sorted(paired - {*listed})]

    def rows(self) -> list[Key]:
        """Return all rows, in order."""
        axes = [self.ordered_pairs(), self.tasks, self.normalise, self.batch_norm, self.statistics]
        axes += [self.methods, [self.features], self.protocols, range(self.seeds)]
        keys = (Key(*pair, *rest) for pair, *rest in itertools.product(*axes))
        return [key for key in dict.fromkeys(keys) if _is_asked(key)]


def _is_asked(key: Key) -> bool:
    """Whether a system is trained under these conditions at all."""
    system = SYSTEMS[key.method]
    limits = (
        (key.batch_norm, system.batch_norms),
        (key.normalise, system.normalisations),
    )
    return all(not limit or name in limit for name, limit in limits)


def by_language(source: str) -> list[str]:
    """Split the name of a source by language, into names that `datasets.load` knows."""
    parts: dict[str, list[str]] = {}
    for name in [source] if source in datasets.names() else source.split("+"):
        (corpus,) = datasets.find(name)
        parts.setdefault(corpus.language, []).append(name)
    return ["+".join(names) for names in parts.values()]


def languages_of(name: str) -> frozenset[str]:
    """Return the languages of a corpus, or of those it joins; an unknown one has its own."""
    known = datasets.corpora()
    parts = [name] if name in known else name.split("+")
    return frozenset(known[part].language if part in known else part for part in parts)


def has_several_languages(source: str) -> bool:
    """Tell whether a source joins corpora of several languages."""
    return len(languages_of(source)) > 1


def check_pair(
    source: pd.DataFrame | Sequence[pd.DataFrame],
    target: pd.DataFrame,
    task: str,
    protocol: str = "transductive",
) -> Pair:
    """Refuse two tables that nothing can be trained on, before their features are extracted.

    Returns their pair, of features without columns. Raises `DomainError` as `domains.pair` does,
    and if training could not hold out speakers of the source.
    """
    sources = [source] if isinstance(source, pd.DataFrame) else source
    *sources, target = (
        Features("none", np.empty((len(table), 0), np.float32), None, [], table)
        for table in (*sources, target)
    )
    pair = domains.pair(sources, target, task=task, protocol=protocol)
    try:
        domains.split_by_speaker(pair.source, settings.HELD_OUT, seed=0)
    except DomainError as error:
        name = pair.source.dataset
        raise DomainError(
            f"{name} cannot be the source, of which training holds speakers out: {error}"
        ) from None
    return pair


def _check_names(kind: str, given: Sequence[str], known: Sequence[str]) -> None:
    if not given:
        raise DomainError(f"no {kind} is given: choose of {', '.join(known)}.")
    for name in given:
        if name not in known:
            raise unknown_name(kind, name, known)
