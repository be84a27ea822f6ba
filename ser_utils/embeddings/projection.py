"""Embeddings on a plane by UMAP: seeded, fitted once on all that is compared, kept in the cache."""

import hashlib
import json
import warnings
from collections.abc import Hashable, Mapping
from functools import cached_property
from importlib.metadata import version

import numpy as np

from ser_utils import files
from ser_utils.errors import (
    CacheError,
    EmbeddingError,
    SerWarning,
    SettingError,
    require_finite,
    require_number,
    require_seed,
)

#: Whose distances a map keeps, unless told otherwise.
NEIGHBOURS = 15
#: Up to so many rows the neighbours of each are found exactly; UMAP approximates those of more.
EXACT = 30_000


class Projection:
    """A UMAP of embeddings (McInnes, Healy & Melville 2018, arXiv 1802.03426).

    It keeps neighbours together. Distances between clusters, their sizes and their density mean
    little, and other settings give another picture.

    Parameters
    ----------
    embedding : np.ndarray, shape (n, width)
        Everything whose positions are to compare.
    neighbours : int
        Neighbours whose distances are kept: few show local structure, many global structure.
    min_dist : float
        Smallest distance of points on the plane, which says how tightly they are packed.
    seed : int
        One seed gives one picture.

    Raises
    ------
    EmbeddingError
        If the embedding is no matrix.
    NotFiniteError
        If it holds NaN or infinity.
    SettingError
        If there are not more rows than neighbours, or a number is out of its range.
    """

    def __init__(
        self,
        embedding: np.ndarray,
        neighbours: int = NEIGHBOURS,
        min_dist: float = 0.1,
        seed: int = 0,
    ) -> None:
        self.embedding = _checked(embedding)
        require_number("neighbours", neighbours, whole=True)
        require_number("min_dist", min_dist, least=0, most=1)
        require_seed(seed)
        if not 2 <= neighbours < len(embedding):
            raise SettingError(
                f"{neighbours} neighbours of {len(embedding)} utterances: choose at least 2, and "
                "fewer than there are utterances."
            )
        self.settings = {"n_neighbors": neighbours, "min_dist": min_dist, "random_state": seed}

    @cached_property
    def points(self) -> np.ndarray:
        """The rows on the plane, shape (n, 2), from the cache if they were fitted before."""
        settings = {**self.settings, "umap": version("umap-learn"), "shape": self.embedding.shape}
        key = hashlib.sha256(json.dumps([settings, EXACT]).encode())
        key.update(self.embedding.tobytes())
        stored = files.cache_folder() / "projections" / f"{key.hexdigest()}.npy"
        points = files.load_array(stored)
        if points is None:
            points = self._umap.embedding_
            try:
                files.save_array(stored, points)
            except CacheError as error:
                warnings.warn(f"the map will be computed again: {error}", SerWarning, stacklevel=2)
        return points

    def place(self, embedding: np.ndarray) -> np.ndarray:
        """Return where rows that the map was not fitted on belong, shape (m, 2).

        The first call fits the map again if it came from the cache: same settings, same map. Raises
        an EmbeddingError if the embedding has another width, and else as the map.
        """
        embedding = _checked(embedding)
        if embedding.shape[1] != self.embedding.shape[1]:
            raise EmbeddingError(
                f"the map is of embeddings of width {self.embedding.shape[1]}, "
                f"not {embedding.shape[1]}."
            )
        return self._umap.transform(embedding)

    @cached_property
    def _umap(self):
        import umap  # takes seconds, and is not needed where the cache has the map

        exact = len(self.embedding) <= EXACT
        known = _neighbours(self.embedding, self.settings["n_neighbors"]) if exact else [None] * 3
        with warnings.catch_warnings():
            # A map of separate clusters is begun at random: nothing a reader could act on.
            warnings.filterwarnings("ignore", category=UserWarning)
            fitted = umap.UMAP(**self.settings, precomputed_knn=known, n_jobs=1).fit(self.embedding)
        fitted._small_data |= exact  # `transform` searches exactly as well
        return fitted


def together(parts: Mapping[Hashable, np.ndarray], **settings) -> dict[Hashable, np.ndarray]:
    """Fit one map on several embeddings, so that their positions compare; return their points.

    Embeddings, shape (n_i, width), are for example of the same utterances after each of several
    epochs; settings are those of `Projection`.
    """
    points = Projection(np.concatenate(list(parts.values())), **settings).points
    ends = np.cumsum([len(part) for part in parts.values()])[:-1]
    return dict(zip(parts, np.split(points, ends), strict=True))


def _neighbours(embedding: np.ndarray, count: int) -> tuple:
    """Find each row's neighbours, itself first: UMAP would compile a search of its own."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=count - 1).fit(embedding)
    distance, index = search.kneighbors()
    itself = np.arange(len(embedding))
    distance = np.column_stack([0 * itself, distance]).astype(np.float32)
    return np.column_stack([itself, index]), distance, search


def _checked(embedding: np.ndarray) -> np.ndarray:
    embedding = np.ascontiguousarray(embedding, dtype=np.float32)
    if embedding.ndim != 2:
        raise EmbeddingError(f"an embedding is a matrix, not of shape {embedding.shape}.")
    require_finite(embedding)
    return embedding
