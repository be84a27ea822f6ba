"""How much an embedding knows of the language, of the emotion, and of the speaker.

A picture of an embedding proves nothing, so these numbers stand beside it. One measure alone would
mislead: an embedding that collapsed to a point mixes the languages perfectly, and has no emotion
left. An embedding is an array (n_source + n_target, width): rows of the source, then those of
`pair.evaluation`. A source of several languages counts as one: it is told from the target.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin

from ser_utils.domains import Pair
from ser_utils.embeddings import distances, probes
from ser_utils.errors import (
    DomainError,
    EmbeddingError,
    NotFiniteError,
    SerWarning,
    require_finite,
)
from ser_utils.utterances import Labelled

__all__ = ["MEASURES", "Measure", "chance", "language_accuracy", "measure", "raw_features", "table"]

#: Title of the row of `table` that an embedding without any knowledge would have.
CHANCE = "chance"


@dataclass(frozen=True)
class Measure:
    """A measure of an embedding."""

    subject: str  #: "language", "emotion" or "speaker"
    title: str  #: in figures
    #: From source and target, whose `features` are their embeddings, to the value.
    function: Callable[[Labelled, Labelled], float]
    #: What an embedding without any knowledge measures, or a function of source and target.
    chance: float | Callable[[Labelled, Labelled], float]
    #: Between which its values lie, for figures; None if they have no such bounds.
    limits: tuple[float, float] | None = (0, 1)


def _probe(probe: Callable, *classifier: ClassifierMixin) -> Callable[[Labelled, Labelled], float]:
    return lambda s, t: probe(s.features, t.features, s.speakers, t.speakers, *classifier)


def _speaker(title: str, side: int, classifier: ClassifierMixin) -> Measure:
    """Name the speaker within the source (side 0) or within the target (side 1)."""

    def of(*sides: Labelled) -> float:
        domain = sides[side]
        sentences = domain.table.get("sentence")
        if sentences is not None:
            sentences = None if sentences.isna().any() else sentences.to_numpy(str)
        return probes.speaker_accuracy(domain.features, domain.speakers, sentences, classifier)

    return Measure("speaker", title, of, lambda *sides: 1 / len(set(sides[side].speakers)))


def _silhouette(side: int) -> Callable[[Labelled, Labelled], float]:
    return lambda *sides: distances.silhouette(sides[side].features, sides[side].labels)


def _knn_uar(s: Labelled, t: Labelled) -> float:
    return distances.knn_uar(s.features, s.labels, t.features, t.labels)


def _clouds(function: Callable) -> Callable[[Labelled, Labelled], float]:
    return lambda s, t: function(s.features, t.features)


#: By name. Those with "descriptive" take labels of the target: they describe, and must not choose
#: anything. Of `emotion`, classes are the two of the task, which all corpora have.
MEASURES = {
    "language_accuracy": Measure("language", "linear probe", _probe(probes.language_accuracy), 0.5),
    "language_accuracy_mlp": Measure(
        "language", "MLP probe", _probe(probes.language_accuracy, probes.MLP), 0.5
    ),
    "a_distance": Measure("language", "proxy A-distance", _probe(probes.a_distance), 0.0, (0, 2)),
    "mmd2": Measure("language", "MMD²", _clouds(distances.mmd2), 0.0, None),
    "scaled_lisi": Measure("language", "LISI, scaled", _clouds(distances.scaled_lisi), 1.0),
    "silhouette_source": Measure("emotion", "silhouette,\nsource", _silhouette(0), 0.0, None),
    "descriptive_silhouette_target": Measure(
        "emotion", "silhouette,\ntarget", _silhouette(1), 0.0, None
    ),
    "descriptive_knn_uar_target": Measure(
        "emotion", "UAR of k-NN,\nsource → target", _knn_uar, 0.5
    ),
    "speaker_accuracy_source": _speaker("linear probe,\nsource", 0, probes.LINEAR),
    "speaker_accuracy_mlp_source": _speaker("MLP probe,\nsource", 0, probes.MLP),
    "speaker_accuracy_target": _speaker("linear probe,\ntarget", 1, probes.LINEAR),
    "speaker_accuracy_mlp_target": _speaker("MLP probe,\ntarget", 1, probes.MLP),
}


def raw_features(pair: Pair) -> np.ndarray:
    """Return the features of both domains as an embedding, shape (n_source + n_target, d)."""
    return np.concatenate([pair.source.features, pair.evaluation.features])


def table(embeddings: Mapping[str, np.ndarray | Sequence[np.ndarray]], pair: Pair) -> pd.DataFrame:
    """Measure several embeddings of one pair.

    Parameters
    ----------
    embeddings : mapping of str to np.ndarray, or sequence of them
        By title, shape (n_source + n_target, width); of several, one per seed, the measures are
        averaged.
    pair : Pair

    Returns
    -------
    pd.DataFrame
        One row per embedding, then `chance`; one column per measure of `MEASURES`.

    Raises
    ------
    EmbeddingError
        If an embedding is not of this pair.
    NotFiniteError
        If it holds NaN or infinity.

    Warns
    -----
    SerWarning
        If something cannot be measured; it is NaN.
    """
    rows = {}
    for title, embedding in embeddings.items():
        seeds = embedding if np.ndim(embedding) == 3 else [embedding]
        try:
            rows[title] = pd.DataFrame([measure(each, pair) for each in seeds]).mean()
        except (EmbeddingError, NotFiniteError) as error:
            raise type(error)(f"{title}: {error}") from error
    return pd.DataFrame(rows | {CHANCE: chance(pair)}).T


def measure(embedding: np.ndarray, pair: Pair, names: Iterable[str] = MEASURES) -> dict[str, float]:
    """Measure one embedding, shape (n_source + n_target, width), by `MEASURES` of these names.

    Errors and warnings are those of `table`.
    """
    n_source, n_target = len(pair.source), len(pair.evaluation)
    if np.ndim(embedding) != 2 or len(embedding) != n_source + n_target:
        raise EmbeddingError(
            f"an embedding of this pair has the shape ({n_source} + {n_target}, width), not "
            f"{np.shape(embedding)}: rows of the source, then those of the target. Pool "
            "spectrograms over their frames first."
        )
    require_finite(embedding)
    source = replace(pair.source, features=embedding[:n_source])
    target = replace(pair.evaluation, features=embedding[n_source:])
    return {name: _measured(name, MEASURES[name].function, source, target) for name in names}


def language_accuracy(*arguments: np.ndarray) -> float:
    """Measure by `probes.language_accuracy`; NaN, with a warning, where that raises an error."""
    return _measured("language_accuracy", probes.language_accuracy, *arguments)


def _measured(name: str, function: Callable[..., float], *arguments: object) -> float:
    try:
        return function(*arguments)
    except DomainError as error:
        warnings.warn(f"{name} is left empty: {error}", SerWarning, stacklevel=3)
        return np.nan


def chance(pair: Pair) -> dict[str, float]:
    """Return what an embedding that knows nothing of all this would measure, by name."""
    return {
        name: of.chance(pair.source, pair.evaluation) if callable(of.chance) else of.chance
        for name, of in MEASURES.items()
    }
