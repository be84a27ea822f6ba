import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.naive_bayes import CategoricalNB

from ser_utils.datasets.audit.measures import BINS, tell

EMOTIONS = ["anger", "fear", "joy"]


@pytest.fixture
def files():
    """Levels that depend on emotion and, more, on speaker; of five speakers."""
    rng = np.random.default_rng(0)
    emotion, speaker = rng.integers(0, 3, 300), rng.integers(0, 5, 300)
    level = 2 * emotion + 3 * speaker + rng.normal(0, 2, 300)
    return pd.DataFrame(
        {"level": level, "emotion": np.array(EMOTIONS)[emotion], "speaker": speaker.astype(str)}
    )


def test_the_classifier_is_naive_bayes_on_bins(files):
    values = (files["level"] / 0.1).round()  # the step of a level
    edges = np.quantile(values, np.arange(1, BINS) / BINS)
    bins = np.searchsorted(edges, values, side="right")[:, None]
    peer = CategoricalNB(alpha=1, fit_prior=False, min_categories=BINS)
    labels, groups = files["emotion"], files["speaker"]
    guess = cross_val_predict(peer, bins, labels, groups=groups, cv=LeaveOneGroupOut())
    told = tell("level", files, labels, groups)
    assert told.uar == [pytest.approx(balanced_accuracy_score(labels, guess))]
    for i, emotion in enumerate(EMOTIONS):
        alone = balanced_accuracy_score(labels == emotion, guess == emotion)
        assert told.from_others[i] == pytest.approx(alone)
    matrix = confusion_matrix(labels, guess, normalize="true")
    np.testing.assert_allclose(told.recalls[0], np.diag(matrix))


def test_shuffles_keep_the_emotions_of_each_speaker(files):
    # Who has one emotion only is recognised by it in any shuffle, if others tell how.
    files = files.assign(
        speaker=files["emotion"] + (np.arange(300) % 2).astype(str),
        level=files["emotion"].map({"anger": 0.0, "fear": 10.0, "joy": 20.0}),
    )
    told = tell("level", files, files["emotion"], files["speaker"], shuffles=5)
    assert told.uar.tolist() == [1.0] * 6


def test_without_a_leak_shuffles_come_as_far(files):
    rng = np.random.default_rng(1)
    ranks = []
    for _ in range(60):
        noise = files.assign(level=rng.normal(size=300))
        uar = tell("level", noise, noise["emotion"], noise["speaker"], shuffles=19).uar
        ranks.append((uar[1:] >= uar[0]).mean())
    assert 0.35 < np.mean(ranks) < 0.65


def test_what_differs_by_less_than_a_step_is_alike(files):
    tiny = files["emotion"].map({"anger": 0.0, "fear": 0.02, "joy": 0.04})
    files = files.assign(leading=tiny, trailing=10 * tiny)
    labels = files["emotion"], files["speaker"]
    assert tell("leading", files, *labels).uar[0] == pytest.approx(1 / 3)
    assert tell("trailing", files, *labels).uar[0] == 1
