"""Domains: the utterances of a language as numbers, and pairs of them to adapt between.

The target is one language, the source one or several that are learned from together.

The target that training sees has no labels and no file names (a file name of an emotional corpus
tells the emotion). Labels of the target live in `Pair.evaluation` alone.
"""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit

from ser_utils import features as feature_sets
from ser_utils import labels
from ser_utils.errors import DomainError, SerWarning, unknown_name
from ser_utils.features import Features

NORMALISATIONS = ("source", "dataset", "speaker")
PROTOCOLS = ("transductive", "inductive")
#: Share of the target speakers that the inductive protocol sets apart to evaluate on.
INDUCTIVE_SHARE = 0.5


@dataclass(frozen=True)
class Unlabelled:
    """Utterances without labels: all that training may know of the target.

    Attributes
    ----------
    features : np.ndarray, float32, shape (n, d) or (n, mel, frames)
    lengths : np.ndarray, shape (n,), int64, or None
        Valid frames of each utterance; None for functionals.
    speakers : np.ndarray, shape (n,), str
    language : str
        Its code; of several languages, joined by "+".
    role : {"source", "target"}
        Its side of a pair, for models that treat the two differently.
    dataset : str
        Name of the corpus, or of several, separated by commas.
    """

    features: np.ndarray
    lengths: np.ndarray | None
    speakers: np.ndarray
    language: str
    role: str = field(default="source", kw_only=True)
    dataset: str = field(default="", kw_only=True)

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True)
class Domain(Unlabelled):
    """Labelled utterances of one language, or of several that are learned from together.

    Attributes
    ----------
    labels : np.ndarray, shape (n,), int64
        1 for high arousal or positive valence, 0 for low or negative.
    table : pd.DataFrame
        The n utterances.
    """

    labels: np.ndarray
    table: pd.DataFrame

    @property
    def languages(self) -> np.ndarray:
        """Code of the language of each utterance, shape (n,), str."""
        return self.table["language"].to_numpy(str)

    def unlabelled(self) -> Unlabelled:
        """Return the domain without labels and table."""
        fields = (self.features, self.lengths, self.speakers, self.language)
        return Unlabelled(*fields, role=self.role, dataset=self.dataset)

    def take(self, rows: np.ndarray) -> "Domain":
        """Return the utterances at the positions `rows` (indices or a boolean mask)."""
        return replace(
            self,
            features=self.features[rows],
            lengths=None if self.lengths is None else self.lengths[rows],
            labels=self.labels[rows],
            speakers=self.speakers[rows],
            table=self.table.loc[rows].reset_index(drop=True),
        )


@dataclass(frozen=True)
class Standardiser:
    """The map to mean 0 and standard deviation 1 over some reference, feature by feature.

    Attributes
    ----------
    mean, std : np.ndarray, float64, shape (d,) or (mel,)
        Of the reference; of log-mel bands over all its valid frames.
    """

    mean: np.ndarray
    std: np.ndarray

    def __call__(self, part: Unlabelled) -> Unlabelled:
        """Return `part`, a Domain as a Domain, standardised; padding stays zero."""
        if part.lengths is None:
            scaled = (part.features - self.mean) / self.std
        else:
            scaled = (part.features - self.mean[:, None]) / self.std[:, None]
            scaled = scaled * _valid(part)[:, None, :]
        return replace(part, features=scaled.astype(np.float32))


@dataclass(frozen=True)
class Pair:
    """A labelled source, an unlabelled target, and what the result is evaluated on.

    Attributes
    ----------
    source : Domain
        Labelled utterances to train on.
    target : Unlabelled
        Utterances to adapt to.
    evaluation : Domain
        Labelled target utterances. Training never reads them.
    task : str
        "arousal" or "valence".
    kind : str
        The feature set.
    normalise : str
        Whose statistics standardise the features: one of `NORMALISATIONS`.
    protocol : str
        "transductive": evaluated on the utterances adapted to. "inductive": on other speakers.
    standardise_target : Standardiser or None
        What the target went through, and further utterances of it have to; None where every
        speaker went through their own.
    """

    source: Domain
    target: Unlabelled
    evaluation: Domain
    task: str
    kind: str
    normalise: str
    protocol: str
    standardise_target: Standardiser | None = None

    def __str__(self) -> str:
        return (
            f"{self.source.language} -> {self.evaluation.language}, {self.task}, {self.kind}, "
            f"{self.normalise} normalisation, {self.protocol}"
        )


def pair(
    source: pd.DataFrame | Features | Sequence[pd.DataFrame | Features],
    target: pd.DataFrame | Features,
    *,
    features: str = "egemaps",
    task: str = "arousal",
    scheme: str | float | None = None,
    normalise: str = "source",
    protocol: str = "transductive",
    seed: int = 0,
    on_error: str = "raise",
    progress: bool = True,
) -> Pair:
    """Make a source and a target to adapt between.

    Parameters
    ----------
    source, target : pd.DataFrame or Features
        Tables of utterances (see `datasets.load`), or features extracted from them before. The
        source may be a list of them, each of another language, to learn from together: batch norm,
        evaluation and all else that tells source from target take them for one; only
        `alignment.DomainAdversary` can be asked to tell each of them apart.
    features : str
        Feature set to extract from tables.
    task : {"arousal", "valence"}
    scheme : str or float, optional
        How the task's labels follow from emotions or ratings: see `labels.binary`.
    normalise : {"source", "dataset", "speaker"}
        Standardise all by the mean and standard deviation of the whole source, each language by
        its own, or each speaker by their own. All but the first use the unlabelled target, so they
        are already a kind of adaptation: compare systems under the same one.
    protocol : {"transductive", "inductive"}
        Adapt to all target speakers and evaluate on them, or to half and evaluate on the rest.
    seed : int
        Chooses the speakers of the inductive protocol.
    on_error : {"raise", "skip"}
        What to do about bad audio files: see `features.extract`.
    progress : bool
        Show a progress bar while features are extracted.

    Returns
    -------
    Pair

    Raises
    ------
    DomainError
        If a language lacks one of the two classes, the sources repeat a language, or a speaker is
        in two of the tables.
    UnknownNameError
        For a task, scheme, normalisation or protocol that does not exist.
    """
    if normalise not in NORMALISATIONS:
        raise unknown_name("normalisation", normalise, NORMALISATIONS)
    if protocol not in PROTOCOLS:
        raise unknown_name("protocol", protocol, PROTOCOLS)
    sources = [source] if isinstance(source, pd.DataFrame | Features) else list(source)
    if not sources:
        raise DomainError("the list of sources is empty: a pair needs at least one.")
    extracted = [
        these
        if isinstance(these, Features)
        else feature_sets.extract(these, features, on_error=on_error, progress=progress)
        for these in (*sources, target)
    ]
    kinds = list(dict.fromkeys(these.kind for these in extracted))
    if len(kinds) > 1:
        found = " and ".join(map(repr, kinds))
        raise DomainError(f"the features of a pair are of one kind, not {found}.")
    *sources, target = (domain(these, task, scheme) for these in extracted)
    _check_pair(sources, target)
    source, target = _pooled(sources), replace(target, role="target")
    adapt_to = evaluate_on = target
    if protocol == "inductive":
        adapt_to, evaluate_on = split_by_speaker(target, INDUCTIVE_SHARE, seed)
    if normalise == "speaker":
        of_source = of_target = _standardised_by_speaker
    elif normalise == "dataset":
        of_source, of_target = _standardised_by_language, standardiser(adapt_to)
    else:
        of_source = of_target = standardiser(source)
    return Pair(
        source=of_source(source),
        target=of_target(adapt_to).unlabelled(),
        evaluation=of_target(evaluate_on),
        task=task,
        kind=kinds[0],
        normalise=normalise,
        protocol=protocol,
        standardise_target=None if normalise == "speaker" else of_target,
    )


def domain(features: Features, task: str = "arousal", scheme: str | float | None = None) -> Domain:
    """Make a labelled domain of the features of one language.

    Utterances without a label (under a scheme that leaves an emotion out, or unrated) are left out,
    of the target too. Parameters are those of `pair`.

    Raises
    ------
    DomainError
        If a class is absent, there is more than one language, or a corpus or speaker is unknown.
    """
    table = features.table
    _check_columns(table)
    languages = sorted(table["language"].unique())
    if len(languages) != 1:
        raise DomainError(
            f"a table is of one language, not {languages}: load them one by one, and pass several "
            "sources as a list."
        )
    binary = labels.binary(table, task, scheme)
    labelled = binary.notna().to_numpy()
    lengths = features.lengths
    made = Domain(
        features=features.values[labelled],
        lengths=None if lengths is None else lengths[labelled],
        language=languages[0],
        labels=binary[labelled].to_numpy(np.int64),
        speakers=table["speaker"][labelled].to_numpy(str),
        table=table[labelled].reset_index(drop=True),
        dataset=", ".join(table["dataset"].unique()),
    )
    _check_classes(made, task)
    return made


def _check_columns(table: pd.DataFrame) -> None:
    for column in ("dataset", "language", "speaker"):
        if column not in table or table[column].isna().any():
            raise DomainError(
                f"every utterance needs a {column}: fill the column {column!r} of the table."
            )


def split_by_speaker(whole: Domain, fraction: float, seed: int) -> tuple[Domain, Domain]:
    """Set the utterances of a random `fraction` of the speakers of each language apart.

    Returns
    -------
    rest, apart : Domain
        No speaker is in both.

    Raises
    ------
    DomainError
        If a language has fewer than two speakers, or a part lacks a class.
    """
    is_apart = np.zeros(len(whole), dtype=bool)
    splitter = GroupShuffleSplit(n_splits=1, test_size=fraction, random_state=seed)
    languages = whole.languages
    for language in np.unique(languages):
        own = np.flatnonzero(languages == language)
        speakers = whole.speakers[own]
        n = len(np.unique(speakers))
        if n < 2 or np.ceil(fraction * n) == n:
            raise DomainError(
                f"cannot set {fraction:g} of the speakers apart: the {language} utterances have "
                f"only {n}. Use a corpus with more speakers, or hold out fewer, or none "
                "(held_out=0)."
            )
        _, chosen = next(splitter.split(own, groups=speakers))
        is_apart[own[chosen]] = True
    rest, apart = whole.take(~is_apart), whole.take(is_apart)
    straddling = set(rest.speakers) & set(apart.speakers)
    if straddling:
        raise AssertionError(f"speakers on both sides of a split: {sorted(straddling)}")
    for part in (rest, apart):
        _check_classes(part, "speaker-disjoint")
    return rest, apart


def _check_classes(made: Domain, what: str) -> None:
    present = np.unique(made.labels)
    if len(present) < 2:
        only = f"only class {present[0]}" if len(present) else "no utterance"
        raise DomainError(
            f"the {made.language} utterances of {len(set(made.speakers))} speakers have {only} "
            f"in the {what} labels; both classes are needed. Choose another task, scheme or corpus."
        )


def _check_pair(sources: Sequence[Domain], target: Domain) -> None:
    languages = [source.language for source in sources]
    if len(set(languages)) < len(languages):
        raise DomainError(
            f"the sources are {', '.join(languages)}, but each has to be another language: load "
            "corpora of one language together, as in datasets.load(['ravdess', 'cremad'])."
        )
    tables_of = Counter(name for part in (*sources, target) for name in np.unique(part.speakers))
    shared = [name for name, count in tables_of.items() if count > 1]
    if shared:
        raise DomainError(f"sources and target share speakers: {', '.join(sorted(shared)[:5])}.")
    if target.language in languages:
        warnings.warn(
            f"source and target are both {target.language!r}: then it is corpora that are aligned, "
            "not languages.",
            SerWarning,
            stacklevel=3,
        )


def _pooled(sources: Sequence[Domain]) -> Domain:
    """Make one domain of several; the shorter spectrograms get more padding."""
    if len(sources) == 1:
        return sources[0]
    features = [source.features for source in sources]
    lengths = None
    if sources[0].lengths is not None:
        lengths = np.concatenate([source.lengths for source in sources])
        frames = max(values.shape[2] for values in features)
        features = [
            np.pad(values, [(0, 0), (0, 0), (0, frames - values.shape[2])]) for values in features
        ]
    return Domain(
        features=np.concatenate(features),
        lengths=lengths,
        language="+".join(source.language for source in sources),
        labels=np.concatenate([source.labels for source in sources]),
        speakers=np.concatenate([source.speakers for source in sources]),
        table=pd.concat([source.table for source in sources], ignore_index=True),
        dataset=", ".join(source.dataset for source in sources),
    )


# Normalisation ----------------------------------------------------------------------------------


def standardiser(reference: Unlabelled) -> Standardiser:
    """Return the map to mean 0 and standard deviation 1 over `reference`, feature by feature.

    Log-mel bands are standardised over all valid frames; padding stays zero. A feature that does
    not vary in the reference is only centred.
    """
    rows = _frames(reference)
    mean, std = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
    std[std < 1e-8 * np.maximum(1.0, np.abs(mean))] = 1.0
    return Standardiser(mean, std)


def _standardised_by_speaker(part: Domain) -> Domain:
    return _standardised_by(part.speakers, part)


def _standardised_by_language(part: Domain) -> Domain:
    return _standardised_by(part.languages, part)


def _standardised_by(groups: np.ndarray, part: Domain) -> Domain:
    """Standardise the utterances of each group, named for each by `groups`, by their own."""
    scaled = np.empty_like(part.features)
    for group in np.unique(groups):
        rows = groups == group
        own = part.take(rows)
        scaled[rows] = standardiser(own)(own).features
    return replace(part, features=scaled)


def _frames(part: Unlabelled) -> np.ndarray:
    """Return what is standardised as rows: functionals (n, d), or all valid frames (m, mel)."""
    if part.lengths is None:
        return part.features
    return part.features.transpose(0, 2, 1)[_valid(part)]


def _valid(part: Unlabelled) -> np.ndarray:
    """Mask of the frames that are not padding, shape (n, frames)."""
    return np.arange(part.features.shape[2]) < part.lengths[:, None]
