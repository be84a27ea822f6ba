"""Domains: the utterances of one language as numbers, and pairs of them to adapt between.

The target that training sees has no labels and no file names (a file name of an emotional corpus
tells the emotion). Labels of the target live in `Pair.evaluation` alone.
"""

import warnings
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
    """Utterances of one language without labels: all that training may know of the target.

    Attributes
    ----------
    features : np.ndarray, float32, shape (n, d) or (n, mel, frames)
    lengths : np.ndarray, shape (n,), int64, or None
        Valid frames of each utterance; None for functionals.
    speakers : np.ndarray, shape (n,), str
    language : str
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
    """Labelled utterances of one language.

    Attributes
    ----------
    labels : np.ndarray, shape (n,), int64
        1 for high arousal or positive valence, 0 for low or negative.
    table : pd.DataFrame
        The n utterances.
    """

    labels: np.ndarray
    table: pd.DataFrame

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
        Labelled target utterances. Only `ser_utils.evaluation` reads it.
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
    source: pd.DataFrame | Features,
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
        Tables of utterances (see `datasets.load`), or features extracted from them before.
    features : str
        Feature set to extract from tables.
    task : {"arousal", "valence"}
    scheme : str or float, optional
        How the task's labels follow from emotions or ratings: see `labels.binary`.
    normalise : {"source", "dataset", "speaker"}
        Standardise both domains by the source's mean and standard deviation, each by its own, or
        each speaker by their own. All but the first use the unlabelled target, so they are already
        a kind of adaptation: compare systems under the same one.
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
        If a domain lacks one of the two classes, or the domains share a speaker.
    UnknownNameError
        For a task, scheme, normalisation or protocol that does not exist.
    """
    if normalise not in NORMALISATIONS:
        raise unknown_name("normalisation", normalise, NORMALISATIONS)
    if protocol not in PROTOCOLS:
        raise unknown_name("protocol", protocol, PROTOCOLS)
    extracted = [
        these
        if isinstance(these, Features)
        else feature_sets.extract(these, features, on_error=on_error, progress=progress)
        for these in (source, target)
    ]
    kind = extracted[0].kind
    if extracted[1].kind != kind:
        raise DomainError(f"source features are {kind!r}, target features {extracted[1].kind!r}.")
    source, target = (domain(these, task, scheme) for these in extracted)
    _check_pair(source, target)
    target = replace(target, role="target")
    adapt_to = evaluate_on = target
    if protocol == "inductive":
        adapt_to, evaluate_on = split_by_speaker(target, INDUCTIVE_SHARE, seed)
    if normalise == "speaker":
        of_source = of_target = _standardised_by_speaker
    else:
        of_source = standardiser(source)
        of_target = of_source if normalise == "source" else standardiser(adapt_to)
    return Pair(
        source=of_source(source),
        target=of_target(adapt_to).unlabelled(),
        evaluation=of_target(evaluate_on),
        task=task,
        kind=kind,
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
        raise DomainError(f"a domain is one language, not {languages}: load them one by one.")
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
    """Set the utterances of a random `fraction` of the speakers apart.

    Returns
    -------
    rest, apart : Domain
        No speaker is in both.

    Raises
    ------
    DomainError
        If there are fewer than two speakers, or a part lacks a class.
    """
    n = len(np.unique(whole.speakers))
    if n < 2 or np.ceil(fraction * n) == n:
        raise DomainError(
            f"cannot set {fraction:g} of the speakers apart: the {whole.language} utterances have "
            f"only {n}. Use a corpus with more speakers, or hold out fewer, or none (held_out=0)."
        )
    splitter = GroupShuffleSplit(n_splits=1, test_size=fraction, random_state=seed)
    parts = next(splitter.split(whole.features, groups=whole.speakers))
    rest, apart = (whole.take(rows) for rows in parts)
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


def _check_pair(source: Domain, target: Domain) -> None:
    shared = sorted(set(source.speakers) & set(target.speakers))
    if shared:
        raise DomainError(f"source and target share speakers: {', '.join(shared[:5])}.")
    if source.language == target.language:
        warnings.warn(
            f"source and target are both {source.language!r}: then it is corpora that are aligned, "
            "not languages.",
            SerWarning,
            stacklevel=3,
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
    scaled = np.empty_like(part.features)
    for speaker in np.unique(part.speakers):
        rows = part.speakers == speaker
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
