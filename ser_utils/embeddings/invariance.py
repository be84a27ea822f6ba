"""How much an embedding knows of the language, of the emotion, and of the speaker.

A picture of an embedding proves nothing, so these numbers stand beside it. One measure alone would
mislead: an embedding that collapsed to a point mixes the languages perfectly, and has no emotion
left. An embedding is an array (n_source + n_target, width): rows of the source, then those of
`pair.evaluation`. A source of several languages counts as one: it is told from the target.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ser_utils.domains import Pair
from ser_utils.embeddings import mixing, probes, separability
from ser_utils.embeddings.probes import language_accuracy
from ser_utils.errors import DomainError, EmbeddingError, SerWarning, require_finite
from ser_utils.utterances import Labelled

if TYPE_CHECKING:
    from ser_utils.trained import Trained

__all__ = ["MEASURES", "chance", "embed", "language_accuracy", "measure", "raw_features", "table"]

#: What is measured, by what it is about. Names with "descriptive" take labels of the target.
MEASURES = {
    "language": (
        "language_accuracy",
        "language_accuracy_mlp",
        "a_distance",
        "mmd2",
        "scaled_lisi",
    ),
    "emotion": (
        "silhouette_source",
        "descriptive_silhouette_target",
        "descriptive_knn_uar_target",
    ),
    "speaker": (
        "speaker_accuracy_source",
        "speaker_accuracy_mlp_source",
        "speaker_accuracy_target",
        "speaker_accuracy_mlp_target",
    ),
}
#: Title of the row of `table` that an embedding without any knowledge would have.
CHANCE = "chance"


def raw_features(pair: Pair) -> np.ndarray:
    """Return the features of both domains as an embedding, shape (n_source + n_target, d)."""
    return np.concatenate([pair.source.features, pair.evaluation.features])


def embed(runs: "Trained | Sequence[Trained]", pair: Pair) -> np.ndarray:
    """Return the embeddings of both domains, of one training or of one a seed.

    Parameters
    ----------
    runs : Trained or sequence of Trained
    pair : Pair

    Returns
    -------
    np.ndarray, shape (n_source + n_target, width) or (runs, n_source + n_target, width)
    """
    if isinstance(runs, Sequence):
        return np.stack([embed(run, pair) for run in runs])
    return np.concatenate([runs.embed(pair.source), runs.embed(pair.evaluation)])


def table(embeddings: Mapping[str, np.ndarray], pair: Pair) -> pd.DataFrame:
    """Measure several embeddings of one pair.

    Parameters
    ----------
    embeddings : mapping of str to np.ndarray
        By title, shape (n_source + n_target, width), or (seeds, n_source + n_target, width), whose
        measures are averaged.
    pair : Pair
        What the rows are.

    Returns
    -------
    pd.DataFrame
        A row an embedding, and last the one of `chance`; a column a measure, see `measure`.

    Raises
    ------
    EmbeddingError
        If an embedding is not finite or not of this pair.

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
        except EmbeddingError as error:
            raise EmbeddingError(f"{title}: {error}") from error
    return pd.DataFrame(rows | {CHANCE: chance(pair)}).T


def measure(embedding: np.ndarray, pair: Pair) -> dict[str, float]:
    """Measure one embedding.

    Parameters
    ----------
    embedding : np.ndarray, shape (n_source + n_target, width)
    pair : Pair
        What the rows are.

    Returns
    -------
    dict of str to float
        In the order of `MEASURES`:

        - `language_accuracy`, `language_accuracy_mlp`, `a_distance`: see `probes`.
        - `mmd2`, `scaled_lisi`: see `mixing`.
        - `silhouette_source`, `descriptive_silhouette_target`, `descriptive_knn_uar_target`: of the
          two classes of the task, which all corpora have; see `separability`. Those of the target
          take its labels. The source is what a network learned from.
        - `speaker_accuracy_*`, `speaker_accuracy_mlp_*`: within each domain, see `probes`.

    Raises
    ------
    EmbeddingError
        If the embedding is not finite or not of this pair.

    Warns
    -----
    SerWarning
        If something cannot be measured; it is NaN.
    """
    source, target = _parts(embedding, pair)
    languages = source, target, pair.source.speakers, pair.evaluation.speakers
    source_labels, target_labels = pair.source.labels, pair.evaluation.labels
    source_speakers = source, pair.source.speakers, _sentences(pair.source)
    target_speakers = target, pair.evaluation.speakers, _sentences(pair.evaluation)
    calls = {
        "language_accuracy": (probes.language_accuracy, languages),
        "language_accuracy_mlp": (probes.language_accuracy_mlp, languages),
        "a_distance": (probes.a_distance, languages),
        "mmd2": (mixing.mmd2, (source, target)),
        "scaled_lisi": (mixing.scaled_lisi, (source, target)),
        "silhouette_source": (separability.silhouette, (source, source_labels)),
        "descriptive_silhouette_target": (separability.silhouette, (target, target_labels)),
        "descriptive_knn_uar_target": (
            separability.knn_uar,
            (source, source_labels, target, target_labels),
        ),
        "speaker_accuracy_source": (probes.speaker_accuracy, source_speakers),
        "speaker_accuracy_mlp_source": (probes.speaker_accuracy_mlp, source_speakers),
        "speaker_accuracy_target": (probes.speaker_accuracy, target_speakers),
        "speaker_accuracy_mlp_target": (probes.speaker_accuracy_mlp, target_speakers),
    }
    return {name: _measured(name, *call) for name, call in calls.items()}


def chance(pair: Pair) -> dict[str, float]:
    """Return what an embedding that knows neither language nor emotion nor speaker would measure.

    Parameters
    ----------
    pair : Pair

    Returns
    -------
    dict of str to float
        As from `measure`.
    """
    of_source, of_target = (
        1 / len(np.unique(domain.speakers)) for domain in (pair.source, pair.evaluation)
    )
    return {
        "language_accuracy": 0.5,
        "language_accuracy_mlp": 0.5,
        "a_distance": 0.0,
        "mmd2": 0.0,
        "scaled_lisi": 1.0,
        "silhouette_source": 0.0,
        "descriptive_silhouette_target": 0.0,
        "descriptive_knn_uar_target": 0.5,
        "speaker_accuracy_source": of_source,
        "speaker_accuracy_mlp_source": of_source,
        "speaker_accuracy_target": of_target,
        "speaker_accuracy_mlp_target": of_target,
    }


def _parts(embedding: np.ndarray, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Split an embedding into source and target, or refuse it."""
    n_source, n_target = len(pair.source), len(pair.evaluation)
    if np.ndim(embedding) != 2 or len(embedding) != n_source + n_target:
        raise EmbeddingError(
            f"an embedding of this pair has the shape ({n_source} + {n_target}, width), not "
            f"{np.shape(embedding)}: rows of the source, then those of the target. Pool "
            "spectrograms over their frames first."
        )
    require_finite(embedding)
    return embedding[:n_source], embedding[n_source:]


def _sentences(domain: Labelled) -> np.ndarray | None:
    sentences = domain.table.get("sentence")
    return None if sentences is None or sentences.isna().any() else sentences.to_numpy(str)


def _measured(name: str, function: Callable[..., float], arguments: tuple) -> float:
    try:
        return function(*arguments)
    except DomainError as error:
        warnings.warn(f"{name} is left out: {error}", SerWarning, stacklevel=4)
        return np.nan
