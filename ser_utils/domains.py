"""Pairs of domains to adapt between: a source of one or several languages, and a target of one.

The target that training sees has no labels; those live in `Pair.evaluation` alone.
"""

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit

from ser_utils import features as feature_sets
from ser_utils import labels, settings
from ser_utils.errors import DomainError, SerWarning, require_number, require_seed, unknown_name
from ser_utils.features import Features
from ser_utils.utterances import (
    Labelled,
    Standardiser,
    Unlabelled,
    pooled,
    standardised_by,
    standardiser,
)

NORMALISATIONS = ("source", "dataset", "speaker")
PROTOCOLS = ("transductive", "inductive")
#: Share of the target speakers that the inductive protocol sets apart to evaluate on.
INDUCTIVE_SHARE = 0.5
#: Utterances that a speaker's own statistics need: see `experiments.speaker_utterances`.
ENOUGH = 8
#: How often speakers are drawn until those apart and the rest have both classes.
DRAWS = 100


@dataclass(frozen=True)
class Pair:
    """A labelled source, an unlabelled target, and what the result is evaluated on.

    Attributes
    ----------
    source : Labelled
        Utterances to train on.
    target : Unlabelled
        Utterances to adapt to.
    evaluation : Labelled
        Utterances of the target. Training never reads them.
    task, feature_set, normalise, protocol : str
        As chosen: see `pair`, where `features` names the feature set.
    standardise_target : Standardiser or None
        What the target went through, and further utterances of it have to; None where every
        speaker, or each of several corpora, went through their own.
    clip : float or None
        The limit of standardised features.
    """

    source: Labelled
    target: Unlabelled
    evaluation: Labelled
    task: str
    feature_set: str
    normalise: str
    protocol: str
    standardise_target: Standardiser | None = None
    clip: float | None = None

    def __str__(self) -> str:
        languages = f"{self.source.language} -> {self.evaluation.language}"
        conditions = f"{self.normalise} normalisation, {self.protocol}"
        return f"{languages}, {self.task}, {self.feature_set}, {conditions}"


def pair(
    source: pd.DataFrame | Features | Sequence[pd.DataFrame | Features],
    target: pd.DataFrame | Features,
    *,
    features: str = "egemaps",
    task: str = "arousal",
    scheme: str | float | None = None,
    normalise: str = "source",
    clip: float | None = settings.CLIP,
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
        source may be a list of them, each of another language, to learn from together. Batch norm
        and evaluation take them for one; `alignment.DomainAdversary` can tell each of them apart.
    features : str
        Feature set to extract from tables.
    task : {"arousal", "valence"}
    scheme : str or float, optional
        How the task's labels follow from emotions or ratings: see `labels.binary`.
    normalise : {"source", "dataset", "speaker"}
        Standardise all by the mean and standard deviation of the whole source, each corpus by
        its own, or each speaker by their own. All but the first use the unlabelled target, so they
        are already a kind of adaptation: compare systems under the same one. By speaker goes wrong
        for speakers of few utterances (fewer than `ENOUGH` are warned of) or of one emotion.
    clip : float, optional
        Standardised features of source and target end at plus and minus this, in standard
        deviations. eGeMAPS holds ratios of a deviation to a mean near zero, some of which lie far
        away on another corpus. None leaves them there.
    protocol : {"transductive", "inductive"}
        Adapt to all target speakers and evaluate on them, or to half and evaluate on the rest.
    seed : int
        Chooses the speakers of the inductive protocol.
    on_error, progress
        As of `features.extract`: what to do about bad audio files, and whether to show a bar.

    Raises
    ------
    DomainError
        If a language lacks one of the two classes, the sources repeat a language, a speaker is in
        two of the tables, or no speaker of a target corpus is adapted to but has to be evaluated.
    NotFiniteError
        If a feature of a labelled utterance is NaN or infinite.
    SettingError
        If the seed or a threshold is no such number, or `clip` is not positive.
    UnknownNameError
        For a task, scheme, normalisation or protocol that does not exist.
    """
    if normalise not in NORMALISATIONS:
        raise unknown_name("normalisation", normalise, NORMALISATIONS)
    if protocol not in PROTOCOLS:
        raise unknown_name("protocol", protocol, PROTOCOLS)
    if clip is not None:
        require_number("clip", clip, above=0)
    require_seed(seed)
    sources = [source] if isinstance(source, pd.DataFrame | Features) else list(source)
    if not sources:
        raise DomainError("the list of sources is empty: a pair needs at least one.")
    how = {"on_error": on_error, "progress": progress}
    extracted = [
        these if isinstance(these, Features) else feature_sets.extract(these, features, **how)
        for these in (*sources, target)
    ]
    sets = list(dict.fromkeys(these.feature_set for these in extracted))
    if len(sets) > 1:
        raise DomainError(f"a pair has features of one set, not {' and '.join(map(repr, sets))}.")
    *sources, target = (domain(these, task, scheme) for these in extracted)
    _check_pair(sources, target)
    source, target = pooled(sources), replace(target, role="target")
    adapt_to = evaluate_on = target
    if protocol == "inductive":
        adapt_to, evaluate_on = split_by_speaker(target, INDUCTIVE_SHARE, seed)
    parts, of_target = (source, adapt_to, evaluate_on), None
    if normalise == "source":
        of_target = standardiser(source, clip)
        source, adapt_to, evaluate_on = map(of_target, parts)
    elif normalise == "dataset":
        if target.table["dataset"].nunique() == 1:
            of_target = standardiser(adapt_to, clip)
        source = pooled([standardised_by("dataset", each, clip) for each in sources])
        adapt_to, evaluate_on = (standardised_by("dataset", x, clip, adapt_to) for x in parts[1:])
    else:
        _warn_of_few(np.concatenate([source.speakers, target.speakers]))
        source, adapt_to, evaluate_on = (standardised_by("speaker", part, clip) for part in parts)
    target = adapt_to.unlabelled()
    return Pair(source, target, evaluate_on, task, sets[0], normalise, protocol, of_target, clip)


def domain(
    features: Features, task: str = "arousal", scheme: str | float | None = None
) -> Labelled:
    """Make a labelled domain of the features of one language.

    Utterances without a label (under a scheme that leaves an emotion out, or unrated) are left out,
    of the target too. Parameters are those of `pair`.

    Raises
    ------
    DomainError
        If a class is absent, there is more than one language, or a corpus or speaker is unknown.
    NotFiniteError
        If a feature of a labelled utterance is NaN or infinite.
    """
    table = features.table
    for column in ("dataset", "language", "speaker"):
        if column not in table or table[column].isna().any():
            raise DomainError(
                f"every utterance needs a {column}: fill the column {column!r} of the table."
            )
    languages = sorted(table["language"].unique())
    if len(languages) != 1:
        raise DomainError(
            f"a table is of one language, not {languages}: load them one by one, and pass several "
            "sources as a list."
        )
    binary = labels.binary(table, task, scheme)
    labelled = binary.notna().to_numpy()
    made = Labelled(
        features=features.values[labelled],
        lengths=None if features.lengths is None else features.lengths[labelled],
        language=languages[0],
        labels=binary[labelled].to_numpy(np.int64),
        speakers=table["speaker"][labelled].to_numpy(str),
        table=table[labelled].reset_index(drop=True),
        dataset=", ".join(table["dataset"].unique()),
    )
    _check_classes(made, task)
    made.require_finite(features.names)
    return made


def split_by_speaker(whole: Labelled, fraction: float, seed: int) -> tuple[Labelled, Labelled]:
    """Set the utterances of a random `fraction` of the speakers of each language apart.

    The rest is returned first. No speaker is in both parts. Where a part lacks a class, speakers
    are drawn again.

    Raises
    ------
    DomainError
        If a language has fewer than two speakers, or no draw leaves both classes in both parts.
    SettingError
        If the fraction is not between 0 and 1, or the seed is none.
    """
    require_number("the share of the speakers", fraction, above=0, below=1)
    require_seed(seed)
    languages = np.unique(whole.languages)
    draws = (_draws(whole, language, fraction, seed) for language in languages)
    for drawn in zip(*draws, strict=True):
        is_apart = np.isin(np.arange(len(whole)), np.concatenate(drawn))
        if all(len(np.unique(whole.labels[part])) == 2 for part in (~is_apart, is_apart)):
            break
    else:
        who = (len(np.unique(whole.speakers[whole.labels == label])) for label in (0, 1))
        few = " and ".join(f"class {label} by {n}" for label, n in enumerate(who))
        raise DomainError(
            f"cannot set {fraction:g} of the speakers apart with both classes among them and among "
            f"the rest: of {len(set(whole.speakers))} {whole.language} speakers, {few}. Use a "
            "corpus in which more speakers have both classes."
        )
    rest, apart = whole.take(~is_apart), whole.take(is_apart)
    if straddling := set(rest.speakers) & set(apart.speakers):
        raise AssertionError(f"speakers on both sides of a split: {sorted(straddling)}")
    return rest, apart


def _draws(whole: Labelled, language: str, fraction: float, seed: int) -> Iterator[np.ndarray]:
    """Draw speakers of a language again and again; yield the rows of their utterances."""
    own = np.flatnonzero(whole.languages == language)
    speakers = whole.speakers[own]
    n = len(np.unique(speakers))
    if n < 2 or np.ceil(fraction * n) == n:
        raise DomainError(
            f"cannot set {fraction:g} of the speakers apart: the {language} utterances have only "
            f"{n}. Use a corpus with more speakers, or hold out fewer, or none (held_out=0)."
        )
    splitter = GroupShuffleSplit(n_splits=DRAWS, test_size=fraction, random_state=seed)
    for _, chosen in splitter.split(own, groups=speakers):
        yield own[chosen]


def _check_classes(made: Labelled, task: str) -> None:
    present = np.unique(made.labels)
    if len(present) < 2:
        only = f"only class {present[0]}" if len(present) else "no utterance"
        name = "".join(f" ({labels.CLASS_NAMES[task][label]})" for label in present)
        raise DomainError(
            f"the {made.language} utterances of {made.dataset} have {only}{name} in the {task} "
            "labels; both classes are needed. Choose another task, scheme or corpus."
        )


def _check_pair(sources: Sequence[Labelled], target: Labelled) -> None:
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
        both = f"source and target are both {target.language!r}"
        message = f"{both}: then corpora are aligned, and not languages."
        warnings.warn(message, SerWarning, stacklevel=3)


def _warn_of_few(speakers: np.ndarray) -> None:
    """Warn of speakers of too few utterances for a mean and deviation of their own."""
    names, counts = np.unique(speakers, return_counts=True)
    if few := (counts < ENOUGH).sum():
        message = (
            f"{few} of {len(names)} speakers, such as {names[counts.argmin()]}, have fewer than "
            f"{ENOUGH} utterances: use normalise='dataset', or leave these speakers out."
        )
        warnings.warn(message, SerWarning, stacklevel=3)
