import itertools

import numpy as np
import pytest

from ser_utils.embeddings import separability
from ser_utils.errors import DomainError


def classes(apart: float, n: int = 100, first: float = 0.5):
    rng = np.random.default_rng(0)
    labels = (np.arange(n) >= first * n).astype(int)
    embedding = rng.normal(size=(n, 4))
    embedding[:, 0] += apart * labels
    return embedding, labels


def test_silhouette_longhand():
    embedding, labels = np.array([[0.0], [1.0], [4.0], [6.0]]), np.array([0, 0, 1, 1])
    a, b = np.array([1, 1, 2, 2]), np.array([5, 4, 3.5, 5.5])
    expected = np.mean((b - a) / np.maximum(a, b))
    assert separability.silhouette(embedding, labels) == pytest.approx(expected)


def test_silhouette_is_0_of_classes_alike_and_1_of_classes_far_apart():
    assert separability.silhouette(*classes(apart=0.0)) == pytest.approx(0, abs=0.02)
    assert separability.silhouette(*classes(apart=1000.0)) > 0.99
    embedding, labels = classes(apart=1.0)
    assert separability.silhouette(np.zeros_like(embedding), labels) == 0


def test_silhouette_needs_two_classes():
    embedding, labels = classes(apart=1.0)
    with pytest.raises(DomainError, match="only one"):
        separability.silhouette(embedding, 0 * labels)


def test_knn_longhand():
    source, labels = np.array([[0.0], [1.0], [2.0], [3.0], [10.0]]), np.array([0, 0, 1, 0, 1])
    # Two of five are of class 1: one of three neighbours is too few, two are enough.
    target, truth = np.array([[0.0], [2.1], [9.0]]), np.array([0, 0, 1])
    assert separability.knn_uar(source, labels, target, truth, neighbours=3) == 1.0
    assert separability.knn_uar(source, labels, target, 1 - truth, neighbours=3) == 0.0
    assert separability.knn_uar(source, labels, target, np.array([0, 1, 1]), neighbours=3) == 0.75


def test_knn_is_right_apart_and_at_chance_alike_or_collapsed():
    far, labels = classes(apart=20.0)
    assert separability.knn_uar(far, labels, far, labels) == 1.0
    alike, labels = classes(apart=0.0, n=1000)
    got = separability.knn_uar(alike[::2], labels[::2], alike[1::2], labels[1::2])
    assert got == pytest.approx(0.5, abs=0.06)
    nothing = np.zeros_like(alike)
    assert separability.knn_uar(nothing, labels, nothing, labels) == 0.5


def test_knn_does_not_favour_the_larger_class():
    """Of nine to one, plain neighbours would hardly ever name the smaller class."""
    embedding, labels = classes(apart=1.0, n=1000, first=0.9)
    got = separability.knn_uar(embedding[::2], labels[::2], embedding[1::2], labels[1::2])
    assert got > 0.62


def test_knn_says_what_it_lacks():
    embedding, labels = classes(apart=1.0)
    with pytest.raises(DomainError, match=r"15 labelled neighbours.*has 14 utterances"):
        separability.knn_uar(embedding[:14], labels[:14], embedding, labels)
    with pytest.raises(DomainError, match="of two classes"):
        separability.knn_uar(embedding, 0 * labels, embedding, labels)


def test_few_utterances_are_measured_or_refused():
    for n, m in itertools.product(range(5), (0, 1, 2, 20)):
        embedding, labels = classes(apart=1.0, n=n + m, first=n / max(n + m, 1))
        try:
            assert -1 <= separability.silhouette(embedding, labels) <= 1
        except DomainError:
            assert min(n, m) == 0 or n + m < 3
        try:
            assert 0 <= separability.knn_uar(*classes(1.0), embedding, labels) <= 1
        except DomainError:
            assert min(n, m) == 0
