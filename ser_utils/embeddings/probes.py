"""Fresh classifiers on frozen embeddings: what can still be read from them after training.

The adversary of a DANN is no judge of its own success: at 50 % it may have been fooled, or never
have learned. So new classifiers are trained on the embeddings as they are, and tested on utterances
that they did not see (linear probes: Alain & Bengio 2017, ICLR workshop). Every column is
standardised for them, so that no unit counts for its scale. An embedding that holds NaN or infinity
is a `NotFiniteError`.
"""

import warnings

import numpy as np
from sklearn import model_selection
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.class_weight import compute_sample_weight

from ser_utils.errors import DomainError, require_finite


class BalancedMLP(MLPClassifier):
    """A multilayer perceptron to which all classes count the same, as to the linear probes."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> "BalancedMLP":  # noqa: D102
        return super().fit(X, y, sample_weight=compute_sample_weight("balanced", y))


LINEAR = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced")
LINEAR_SVM = LinearSVC(C=1.0, class_weight="balanced", dual=False)
#: It also sees what is not linear. Small, and stopped early rather than trained to the end.
MLP = BalancedMLP((64,), solver="lbfgs", alpha=1.0, max_iter=50, random_state=0)
#: Of a cross-validation; fewer where there are fewer speakers, sentences or utterances.
FOLDS = 5


def language_accuracy(
    source: np.ndarray,
    target: np.ndarray,
    source_speakers: np.ndarray,
    target_speakers: np.ndarray,
    classifier: ClassifierMixin = LINEAR,
) -> float:
    """Balanced accuracy of a fresh probe that tells the languages apart; 0.5 is chance.

    It is tested on speakers that it did not see.

    Parameters
    ----------
    source, target : np.ndarray, shapes (n, width) and (m, width)
        Embeddings.
    source_speakers, target_speakers : np.ndarray, shapes (n,) and (m,)
    classifier : ClassifierMixin

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
    return _accuracy(classifier, embedding, language, fewest, speakers)


def a_distance(source, target, source_speakers, target_speakers) -> float:
    """Proxy A-distance: 2 (1 - 2 e) with the error e of a linear SVM that names the language.

    It stands for the divergence in the bound on the target error of Ben-David et al. (2007, NIPS;
    2010, Machine Learning 79). 0 is no difference, 2 no overlap; an error above chance, as held-out
    speakers may give, puts it a little below 0. The error is the mean of the two languages' own, so
    that their sizes do not matter. Parameters and errors are those of `language_accuracy`.
    """
    speakers = source_speakers, target_speakers
    return 4.0 * language_accuracy(source, target, *speakers, LINEAR_SVM) - 2.0


def speaker_accuracy(
    embedding: np.ndarray,
    speakers: np.ndarray,
    sentences: np.ndarray | None = None,
    classifier: ClassifierMixin = LINEAR,
) -> float:
    """Balanced accuracy of a fresh probe that names the speaker, within one language.

    Chance is 1 / number of speakers. The probe has to know every speaker, so folds cannot be
    disjoint in them: they are stratified by speaker, and disjoint in the sentences that were said,
    if these are known, so that no probe is right by knowing the words.

    Parameters
    ----------
    embedding : np.ndarray, shape (n, width)
    speakers : np.ndarray, shape (n,)
    sentences : np.ndarray, shape (n,), optional
        What was said. Ignored if all said the same.
    classifier : ClassifierMixin

    Raises
    ------
    DomainError
        If there is one speaker only, or a speaker of one utterance, or if without one of the
        sentences only one speaker is left.
    """
    names, counts = np.unique(speakers, return_counts=True)
    if len(names) < 2 or counts.min() < 2:
        few = "".join(f", and {names[i]} has {counts[i]}" for i in np.argsort(counts)[:1])
        raise DomainError(
            "a probe for the speaker needs at least two speakers of two utterances each; here "
            f"there are {len(names)}{few}."
        )
    if sentences is not None and len(np.unique(sentences)) < 2:
        sentences = None
    return _accuracy(classifier, embedding, speakers, counts.min(), sentences)


def _accuracy(classifier, embedding, classes, most_folds: int, groups=None) -> float:
    """Balanced accuracy of `classifier` on the parts of the embedding that it did not see.

    They are disjoint in groups, one of which at a time is left out where larger parts would leave a
    single class to learn from.
    """
    require_finite(embedding)
    folds = min(FOLDS, most_folds)
    if groups is None:
        splitter = model_selection.StratifiedKFold(folds)
    else:
        splitter = model_selection.StratifiedGroupKFold(min(folds, len(np.unique(groups))))
    for splits_of in (splitter, model_selection.LeaveOneGroupOut()):
        splits = list(splits_of.split(embedding, classes, groups))
        if all(len(np.unique(classes[seen])) > 1 for seen, _ in splits):
            break
    else:
        raise DomainError(
            "a probe is tested on what it did not see, but without one of "
            f"{', '.join(map(str, np.unique(groups)[:5]))} all that is left is of one class."
        )
    probe = make_pipeline(StandardScaler(), classifier)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        guess = model_selection.cross_val_predict(probe, embedding, classes, cv=splits)
    return float(balanced_accuracy_score(classes, guess))
