"""How much language is left in an embedding."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ser_utils.errors import DomainError


def language_accuracy(
    source: np.ndarray,
    target: np.ndarray,
    source_speakers: np.ndarray,
    target_speakers: np.ndarray,
    folds: int = 5,
) -> float:
    """Balanced accuracy of a fresh linear probe that tells the languages apart; 0.5 is chance.

    The adversary of a DANN is no judge of its own success: at 50 % it may have been fooled, or
    never have learned. So a new classifier is trained on the frozen embeddings and tested on
    speakers it did not see (a linear probe: Alain & Bengio 2017, ICLR workshop).

    Parameters
    ----------
    source, target : np.ndarray, shapes (n, width) and (m, width)
        Embeddings.
    source_speakers, target_speakers : np.ndarray, shapes (n,) and (m,)
        Whose they are.
    folds : int
        Of the cross-validation over speakers; no more than a language has speakers.

    Returns
    -------
    float

    Raises
    ------
    DomainError
        If a language has fewer than two speakers.
    """
    fewest = min(len(np.unique(source_speakers)), len(np.unique(target_speakers)))
    if fewest < 2:
        raise DomainError("a probe is tested on other speakers: each language needs at least two.")
    embedding = np.concatenate([source, target])
    language = np.repeat([0, 1], [len(source), len(target)])
    speakers = np.concatenate([source_speakers, target_speakers])
    probe = make_pipeline(
        StandardScaler(), LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced")
    )
    guess = cross_val_predict(
        probe, embedding, language, groups=speakers, cv=GroupKFold(min(folds, fewest))
    )
    return float(balanced_accuracy_score(language, guess))
