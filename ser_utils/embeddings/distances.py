"""Distances within an embedding: how well the languages mix, and how far the classes lie apart.

These measures train no classifier, so nothing depends on what one can learn. Distances are
Euclidean, in the units of the embedding. Utterances of a speaker resemble each other, so that even
two halves of one language, split by speakers, do not mix perfectly. On the target, measures of
classes take its labels. They describe, and must not choose anything. An embedding that holds NaN or
infinity is a `NotFiniteError`.
"""

import numpy as np
from scipy.spatial.distance import cdist, pdist
from scipy.special import entr, softmax
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from ser_utils.errors import DomainError, require_finite, require_number
from ser_utils.metrics import uar

#: Utterances of a language that `mmd2` takes at most: distances need 50 bytes per pair of them.
MOST = 3000


def mmd2(source: np.ndarray, target: np.ndarray) -> float:
    """Squared maximum mean discrepancy, unbiased, with a Gaussian kernel (Gretton et al. 2012).

    The estimate of JMLR 13, equation 3. The kernel is exp(-(d / s)^2 / 2) of the distance d, where
    s is the median distance of two different points of both clouds together (the median heuristic,
    there in section 8). Since s follows the scale of the embedding, and the kernel is at most 1,
    values compare between embeddings of the same utterances, whatever their scale and width. 0 is
    no difference (the estimate is unbiased, so it may fall a little below); clouds far apart reach
    0.8 and more, depending on their sizes. Of a larger cloud, `MOST` rows are drawn, always the
    same.

    Parameters
    ----------
    source, target : np.ndarray, shapes (n, width) and (m, width)

    Raises
    ------
    DomainError
        If one has fewer than two rows.
    """
    if min(len(source), len(target)) < 2:
        raise DomainError("a discrepancy needs at least two utterances of each language.")
    require_finite(np.concatenate([source, target]))
    rng = np.random.default_rng(0)
    source, target = (
        cloud if len(cloud) <= MOST else rng.choice(cloud, MOST, replace=False)
        for cloud in (source, target)
    )
    within = pdist(source), pdist(target)
    between = cdist(source, target)
    distances = np.concatenate([*within, between.ravel()])
    distances = distances[distances > 0]
    scale = np.median(distances) if len(distances) else 1.0
    of_source, of_target, of_both = (
        np.exp(-0.5 * (distance / scale) ** 2).mean() for distance in (*within, between)
    )
    return float(of_source + of_target - 2.0 * of_both)


def scaled_lisi(source: np.ndarray, target: np.ndarray, perplexity: int = 30) -> float:
    """Local inverse Simpson's index on the scale from 0, no mixing, to 1, perfect mixing.

    The index (iLISI, Korsunsky et al. 2019, Nature Methods 16) says how many languages are among
    the neighbours of an utterance, effectively: 1 / (p^2 + (1 - p)^2) with the weighted share p of
    the source among them, mean over utterances. As in the authors' code, the 3 x `perplexity`
    nearest neighbours count, with weights that fall exponentially with the distance, as fast as
    their perplexity demands.

    Scaled it is (index - 1) / (expected - 1). Expected is the mean index after shuffling which
    utterance is of which language: it depends on how many utterances each language has, and a
    little on the embedding, so that only the scaled index compares between pairs. (To scale it is
    common: Luecken et al. 2022, Nature Methods 19; there the scale ends at 2, which unequal sizes
    cannot reach.)

    Parameters
    ----------
    source, target : np.ndarray, shapes (n, width) and (m, width)
    perplexity : int
        The effective number of neighbours; 30 in the authors' code.

    Raises
    ------
    DomainError
        If a language has no utterances, or both have too few for so many neighbours.
    SettingError
        If `perplexity` is no whole number from 1.
    """
    weights, indices, of_source = _neighbourhoods(source, target, perplexity)
    rng = np.random.default_rng(0)
    shuffled = [_lisi(weights, indices, rng.permutation(of_source)) for _ in range(10)]
    return (_lisi(weights, indices, of_source) - 1.0) / (float(np.mean(shuffled)) - 1.0)


def _neighbourhoods(source, target, perplexity) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights and rows of the neighbours of each utterance, and which rows are of the source."""
    require_number("perplexity", perplexity, whole=True, least=1)
    if not len(source) or not len(target):
        raise DomainError("only two languages mix, but one of them has no utterance.")
    n_neighbours = 3 * perplexity
    n = len(source) + len(target)
    if n <= n_neighbours:
        raise DomainError(
            f"{n} utterances are too few for {n_neighbours} neighbours of each: choose a smaller "
            "perplexity, a third of the neighbours."
        )
    embedding = np.concatenate([source, target])
    require_finite(embedding)
    # Points at the same place (a collapsed embedding) have random neighbours, not the first rows.
    tiny = 1e-6 * (embedding.std() or 1.0)
    jitter = np.random.default_rng(0).normal(scale=tiny, size=(n, 1))
    neighbours = NearestNeighbors(n_neighbors=n_neighbours).fit(np.hstack([embedding, jitter]))
    distances, indices = neighbours.kneighbors()  # of each point, without itself
    return perplexity_weights(distances, perplexity), indices, np.arange(n) < len(source)


def _lisi(weights: np.ndarray, indices: np.ndarray, of_source: np.ndarray) -> float:
    share = (weights * of_source[indices]).sum(axis=1)
    return float(np.mean(1.0 / (share**2 + (1.0 - share) ** 2)))


def perplexity_weights(distances: np.ndarray, perplexity: float) -> np.ndarray:
    """Weights of neighbours, proportional to exp(-b d), each row with the b of this perplexity.

    The perplexity is the exponential of the entropy of the weights (van der Maaten & Hinton 2008,
    JMLR 9). Neighbours at equal distances weigh the same, whatever it is. Distances and weights
    have the shape (n, neighbours); rows of weights sum to 1.
    """
    distances = distances - distances.min(axis=1, keepdims=True)
    spread = distances.mean(axis=1, keepdims=True)
    distances = distances / np.where(spread > 0, spread, 1.0)
    low, high = np.full((2, len(distances), 1), [[[-20.0]], [[20.0]]])  # log2 of b, by bisection
    for _ in range(40):
        middle = (low + high) / 2
        weights = softmax(-np.exp2(middle) * distances, axis=1)
        too_even = entr(weights).sum(axis=1, keepdims=True) > np.log(perplexity)
        low, high = np.where(too_even, middle, low), np.where(too_even, high, middle)
    return weights


def silhouette(embedding: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette of the classes (Rousseeuw 1987, J. Comput. Appl. Math. 20).

    Per utterance (b - a) / max(a, b), with the mean distance a to its own class and b to the other:
    1 for tight classes far apart, 0 for classes upon each other, below 0 for wrong ones.

    Parameters
    ----------
    embedding : np.ndarray, shape (n, width)
    labels : np.ndarray, shape (n,)

    Raises
    ------
    DomainError
        If there is only one class, or no class of two utterances.
    """
    if len(np.unique(labels)) < 2:
        raise DomainError("a silhouette compares two classes, but there is only one.")
    if len(np.unique(labels)) == len(labels):
        raise DomainError("a silhouette needs a class of two utterances, but all have one.")
    require_finite(embedding)
    return float(silhouette_score(embedding, labels))


def knn_uar(
    source: np.ndarray,
    source_labels: np.ndarray,
    target: np.ndarray,
    target_labels: np.ndarray,
    neighbours: int = 15,
) -> float:
    """UAR on the target of the classes that its nearest neighbours in the source have.

    Nearest neighbours (Cover & Hart 1967, IEEE Trans. Inf. Theory 13) across the languages: each
    utterance of the target gets class 1 if that is more frequent among its neighbours than in the
    whole source, so that the larger class is not favoured. 0.5 is chance.

    Parameters
    ----------
    source, target : np.ndarray, shapes (n, width) and (m, width)
    source_labels, target_labels : np.ndarray, shapes (n,) and (m,)
        Classes 0 and 1.
    neighbours : int

    Raises
    ------
    DomainError
        If the source has fewer utterances, or either language has only one class.
    SettingError
        If `neighbours` is no whole number from 1.
    """
    require_number("neighbours", neighbours, whole=True, least=1)
    if len(source) < neighbours or len(np.unique(source_labels)) < 2:
        raise DomainError(
            f"{neighbours} labelled neighbours, of two classes in all, are needed; the source has "
            f"{len(source)} utterances of {len(np.unique(source_labels))}."
        )
    if len(np.unique(target_labels)) < 2:
        raise DomainError("the recall of two classes is asked for, but the target has not both.")
    require_finite(np.concatenate([source, target]))
    classifier = KNeighborsClassifier(neighbours).fit(source, source_labels)
    share = classifier.predict_proba(target)[:, 1]
    return uar(target_labels, (share > np.mean(source_labels)).astype(int))
