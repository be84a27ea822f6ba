"""Maps of a pair: where each system puts every utterance, and what it takes it for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ser_utils import audio, labels
from ser_utils.domains import Pair
from ser_utils.embeddings.projection import Projection
from ser_utils.trained import Trained


@dataclass(frozen=True)
class Mapped:
    """A trained system on the n utterances of `Maps`; its map is of source and target together."""

    trained: Trained
    embedding: np.ndarray  #: shape (n, width)
    projection: Projection
    #: Of the two classes, shape (n, 2); None of what embeds and predicts nothing.
    probabilities: np.ndarray | None

    def nearest(self, embedding: np.ndarray, count: int) -> np.ndarray:
        """Return the rows whose embeddings are nearest to one, shape (width,), nearest first."""
        distance = np.linalg.norm(self.embedding - embedding, axis=1)
        return np.argsort(distance, kind="stable")[:count]

    def neighbours(self, count: int) -> np.ndarray:
        """Return the rows that are nearest to each other row, shape (n, count), nearest first."""
        from sklearn.neighbors import NearestNeighbors  # takes a second

        count = min(count, len(self.embedding) - 1)
        search = NearestNeighbors(n_neighbors=count).fit(self.embedding)
        return search.kneighbors(return_distance=False)


@dataclass(frozen=True)
class Maps:
    """The utterances of a pair on the map of each system."""

    pair: Pair
    #: One row per utterance: those of the source, then those of the target that are evaluated on,
    #: with the columns of the corpora and `true`, the name of the class.
    table: pd.DataFrame
    systems: dict[str, Mapped]  #: by title

    @classmethod
    def of(cls, pair: Pair, systems: Mapping[str, Trained], **settings) -> "Maps":
        """Embed the utterances of a pair by each system; a map is fitted when it is looked at.

        Systems are as in {"baseline": baseline, "DANN": dann}, settings those of `Projection`.
        """
        parts = (pair.source, pair.evaluation)
        table = pd.concat([part.table for part in parts], ignore_index=True)
        classes = np.concatenate([part.labels for part in parts])
        table["true"] = np.array(labels.CLASS_NAMES[pair.task])[classes]
        mapped = {}
        for title, trained in systems.items():
            embedding = trained.embed(*parts)
            probabilities = np.concatenate([trained.probabilities(part) for part in parts])
            projection = Projection(embedding, **settings)
            mapped[title] = Mapped(trained, embedding, projection, probabilities)
        return cls(pair, table, mapped)

    @property
    def is_target(self) -> np.ndarray:
        """Which rows are of the target, shape (n,), bool."""
        return np.arange(len(self.table)) >= len(self.pair.source)

    @property
    def class_names(self) -> tuple[str, str]:
        """Names of class 0 and class 1."""
        return labels.CLASS_NAMES[self.pair.task]

    @property
    def points(self) -> dict[str, np.ndarray]:
        """Points on the map of each system, shape (n, 2), by title; fitted if they are not yet."""
        return {title: system.projection.points for title, system in self.systems.items()}

    def predicted(self, title: str) -> np.ndarray:
        """Return the class that a system predicts for each row, shape (n,), by name."""
        return np.array(self.class_names)[self.systems[title].probabilities.argmax(axis=1)]

    def samples(self, row: int) -> np.ndarray:
        """Read the recording of an utterance again, as `audio.read` does and with its errors."""
        return audio.read(self.table["path"].iloc[row])
