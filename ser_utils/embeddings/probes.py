"""Fresh classifiers on frozen embeddings: what can still be read from them after training.

The adversary of a DANN is no judge of its own success: at 50 % it may have been fooled, or never
have learned. So new classifiers are trained on the embeddings as they are, and tested on utterances
that they did not see (linear probes: Alain & Bengio 2017, ICLR workshop). Every column is
standardised for them, so that no unit counts for its scale.
"""

import warnings

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import (
    GroupKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.class_weight import compute_sample_weight

from ser_utils.errors import DomainError


class BalancedMLP(MLPClassifier):
    """A multilayer perceptron to which all classes count the same, as to the linear probes."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> "BalancedMLP":  # noqa: D102
        return super().fit(X, y, sample_weight=compute_sample_weight("balanced", y))


LINEAR = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced")
LINEAR_SVM = LinearSVC(C=1.0, class_weight="balanced", dual=False)
#: Small, and stopped early rather than trained to the end.
MLP = BalancedMLP((64,), solver="lbfgs", alpha=1.0, max_iter=50, random_state=0)


# Language: tested on other speakers -------------------------------------------------------------


def language_accuracy(
    source: np.ndarray,
    target: np.ndarray,
    source_speakers: np.ndarray,
    target_speakers: np.ndarray,
    folds: int = 5,
) -> float:
    """Balanced accuracy of a fresh linear probe that tells the languages apart; 0.5 is chance.

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
    return _language(LINEAR, source, target, source_speakers, target_speakers, folds)


def language_accuracy_mlp(
    source: np.ndarray,
    target: np.ndarray,
    source_speakers: np.ndarray,
    target_speakers: np.ndarray,
    folds: int = 5,
) -> float:
    """Do the same as `language_accuracy` by a small MLP, which sees what is not linear, too."""
    return _language(MLP, source, target, source_speakers, target_speakers, folds)


def a_distance(
    source: np.ndarray,
    target: np.ndarray,
    source_speakers: np.ndarray,
    target_speakers: np.ndarray,
    folds: int = 5,
) -> float:
    """Proxy A-distance: 2 (1 - 2 e) with the error e of a linear SVM that names the language.

    It stands for the divergence in the bound on the target error of Ben-David et al. (2007, NIPS;
    2010, Machine Learning 79). 0 is no difference, 2 no overlap; an error above chance, as held-out
    speakers may give, puts it a little below 0. The error is the mean of the two languages' own, so
    that their sizes do not matter. Parameters are those of `language_accuracy`.
    """
    accuracy = _language(LINEAR_SVM, source, target, source_speakers, target_speakers, folds)
    return 2.0 * (1.0 - 2.0 * (1.0 - accuracy))


def _language(
    classifier: ClassifierMixin,
    source: np.ndarray,
    target: np.ndarray,
    source_speakers: np.ndarray,
    target_speakers: np.ndarray,
    folds: int,
) -> float:
    fewest = min(len(np.unique(source_speakers)), len(np.unique(target_speakers)))
    if fewest < 2:
        raise DomainError("a probe is tested on other speakers: each language needs at least two.")
    embedding = np.concatenate([source, target])
    language = np.repeat([0, 1], [len(source), len(target)])
    speakers = np.concatenate([source_speakers, target_speakers])
    return _accuracy(classifier, embedding, language, GroupKFold(min(folds, fewest)), speakers)


# Speaker: tested on other sentences -------------------------------------------------------------


def speaker_accuracy(
    embedding: np.ndarray,
    speakers: np.ndarray,
    sentences: np.ndarray | None = None,
    folds: int = 5,
) -> float:
    """Balanced accuracy of a fresh linear probe that names the speaker, within one language.

    Chance is 1 / number of speakers. The probe has to know every speaker, so folds cannot be
    disjoint in them: they are stratified by speaker, and disjoint in the sentences that were said,
    if these are known, so that no probe is right by knowing the words.

    Parameters
    ----------
    embedding : np.ndarray, shape (n, width)
    speakers : np.ndarray, shape (n,)
    sentences : np.ndarray, shape (n,), optional
        What was said. Ignored if all said the same.
    folds : int
        Of the cross-validation; no more than there are sentences, or utterances of any speaker.

    Returns
    -------
    float

    Raises
    ------
    DomainError
        If there is one speaker only, or a speaker of one utterance.
    """
    return _speaker(LINEAR, embedding, speakers, sentences, folds)


def speaker_accuracy_mlp(
    embedding: np.ndarray,
    speakers: np.ndarray,
    sentences: np.ndarray | None = None,
    folds: int = 5,
) -> float:
    """Do the same as `speaker_accuracy` by a small MLP."""
    return _speaker(MLP, embedding, speakers, sentences, folds)


def _speaker(
    classifier: ClassifierMixin,
    embedding: np.ndarray,
    speakers: np.ndarray,
    sentences: np.ndarray | None,
    folds: int,
) -> float:
    names, counts = np.unique(speakers, return_counts=True)
    if len(names) < 2 or counts.min() < 2:
        raise DomainError(
            "a probe for the speaker needs at least two speakers of two utterances each; here "
            f"there are {len(names)}, and {names[counts.argmin()]} has {counts.min()}."
        )
    folds = min(folds, counts.min())
    if sentences is None or len(np.unique(sentences)) < 2:
        return _accuracy(classifier, embedding, speakers, StratifiedKFold(folds))
    splitter = StratifiedGroupKFold(min(folds, len(np.unique(sentences))))
    return _accuracy(classifier, embedding, speakers, splitter, sentences)


# Both -------------------------------------------------------------------------------------------


def _accuracy(
    classifier: ClassifierMixin,
    embedding: np.ndarray,
    classes: np.ndarray,
    splitter,
    groups: np.ndarray | None = None,
) -> float:
    """Balanced accuracy of `classifier` on the parts of the embedding that it did not see."""
    probe = make_pipeline(StandardScaler(), classifier)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        guess = cross_val_predict(probe, embedding, classes, groups=groups, cv=splitter)
    return float(balanced_accuracy_score(classes, guess))
