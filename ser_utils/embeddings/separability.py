"""How far the two classes of a task lie apart in an embedding.

On the target these measures take its labels. They describe, and must not choose anything.
"""

import numpy as np
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier

from ser_utils.errors import DomainError
from ser_utils.metrics import uar

NEIGHBOURS = 15


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
    return float(silhouette_score(embedding, labels))


def knn_uar(
    source: np.ndarray,
    source_labels: np.ndarray,
    target: np.ndarray,
    target_labels: np.ndarray,
    neighbours: int = NEIGHBOURS,
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
    """
    if len(source) < neighbours or len(np.unique(source_labels)) < 2:
        raise DomainError(
            f"{neighbours} labelled neighbours, of two classes in all, are needed; the source has "
            f"{len(source)} utterances of {len(np.unique(source_labels))}."
        )
    if len(np.unique(target_labels)) < 2:
        raise DomainError("the recall of two classes is asked for, but the target has not both.")
    classifier = KNeighborsClassifier(neighbours).fit(source, source_labels)
    share = classifier.predict_proba(target)[:, 1]
    return uar(target_labels, (share > np.mean(source_labels)).astype(int))
