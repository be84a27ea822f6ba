import itertools
import tracemalloc

import numpy as np
import pytest

from ser_utils.embeddings import distances
from ser_utils.errors import DomainError, NotFiniteError, SettingError


def clouds(apart: float, n: int = 200, m: int = 200, width: int = 5):
    rng = np.random.default_rng(0)
    source, target = rng.normal(size=(n, width)), rng.normal(size=(m, width))
    target[:, 0] += apart
    return source, target


# Maximum mean discrepancy -----------------------------------------------------------------------


def test_mmd_longhand():
    source, target = clouds(apart=1.0, n=7, m=5, width=2)
    both = np.concatenate([source, target])
    lengths = [np.linalg.norm(a - b) for a, b in itertools.combinations(both, 2)]
    scale = np.median(lengths)

    def kernel(a, b):
        return np.exp(-(np.linalg.norm(a - b) ** 2) / (2 * scale**2))

    def within(points):
        n = len(points)
        pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
        return sum(kernel(points[i], points[j]) for i, j in pairs) / (n * (n - 1))

    between = sum(kernel(a, b) for a in source for b in target) / (len(source) * len(target))
    expected = within(source) + within(target) - 2 * between
    assert distances.mmd2(source, target) == pytest.approx(expected)


def test_mmd_is_0_of_clouds_alike_and_unbiased():
    rng = np.random.default_rng(0)
    values = [distances.mmd2(*rng.normal(size=(2, 30, 4))) for _ in range(100)]
    assert min(values) < 0 < max(values)
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(100)


def test_mmd_grows_with_the_distance_of_the_clouds():
    near, far, farther = (distances.mmd2(*clouds(apart)) for apart in (0.5, 2.0, 8.0))
    assert 0 < near < far < farther < 2


def test_mmd_does_not_depend_on_the_scale_or_on_dead_units():
    source, target = clouds(apart=1.0)
    expected = distances.mmd2(source, target)
    assert distances.mmd2(1000 * source, 1000 * target) == pytest.approx(expected)
    wider = [np.hstack([cloud, np.zeros((200, 3))]) for cloud in (source, target)]
    assert distances.mmd2(*wider) == pytest.approx(expected)


def test_mmd_of_two_points_far_apart_and_of_one_point():
    points = np.zeros((20, 3)), np.full((30, 3), 5.0)
    assert distances.mmd2(*points) == pytest.approx(2 - 2 * np.exp(-0.5))
    assert distances.mmd2(points[0], points[0]) == 0.0


def test_mmd_needs_two_rows_of_each():
    source, target = clouds(apart=1.0)
    for few in (0, 1):
        with pytest.raises(DomainError, match="at least two utterances"):
            distances.mmd2(source, target[:few])


def test_mmd_of_many_rows_is_that_of_some_and_always_the_same(monkeypatch):
    source, target = clouds(apart=1.0, n=1200, m=900)
    exact = distances.mmd2(source, target)
    monkeypatch.setattr(distances, "MOST", 400)
    drawn = distances.mmd2(source, target)
    assert drawn == distances.mmd2(source, target)
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=0.02)
    monkeypatch.setattr(distances, "MOST", 1200)
    assert distances.mmd2(source, target) == exact


def test_mmd_of_large_languages_fits_into_memory():
    """Two of 17,500 utterances, as published corpora have, would need 15 GB."""
    tracemalloc.start()
    try:
        distances.mmd2(*clouds(apart=1.0, n=17_500, m=17_500, width=2))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.6e9


# Local inverse Simpson's index ------------------------------------------------------------------


def test_scaled_lisi_longhand():
    """Ten points on a line, perplexity 2: six neighbours each, weights by brute search."""
    source, target = (
        np.array([0, 1.1, 2.3, 3.6, 5.0])[:, None],
        np.array([0.4, 3, 7, 9, 12])[:, None],
    )
    both = np.concatenate([source, target])[:, 0]
    of_source = np.repeat([True, False], 5)
    neighbours = []
    for i in range(10):
        others = sorted((abs(both[j] - both[i]), j) for j in range(10) if j != i)[:6]
        lengths, rows = np.array([d for d, _ in others]), [j for _, j in others]

        def entropy(b, lengths=lengths):
            weights = np.exp(-b * lengths)
            weights /= weights.sum()
            return weights, -(weights * np.log(weights)).sum()

        b = min(np.linspace(0.01, 20, 20_000), key=lambda b: abs(entropy(b)[1] - np.log(2)))
        neighbours.append((entropy(b)[0], rows))

    def index(of_source):
        shares = np.array([weights @ of_source[rows] for weights, rows in neighbours])
        return np.mean(1 / (shares**2 + (1 - shares) ** 2))

    rng = np.random.default_rng(0)
    expected = np.mean([index(rng.permutation(of_source)) for _ in range(10)])
    scaled = (index(of_source) - 1) / (expected - 1)
    assert distances.scaled_lisi(source, target, perplexity=2) == pytest.approx(scaled, abs=2e-3)


def test_weights_have_the_perplexity_and_fall_exponentially():
    lengths = np.sort(np.random.default_rng(0).gamma(2.0, size=(20, 90)), axis=1)
    weights = distances.perplexity_weights(lengths, 30)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(np.exp(-(weights * np.log(weights)).sum(axis=1)), 30, rtol=1e-6)
    slopes = np.diff(np.log(weights)) / np.diff(lengths)
    np.testing.assert_allclose(slopes, slopes[:, :1].repeat(89, axis=1), rtol=1e-4)


@pytest.mark.parametrize(("n", "m"), [(300, 300), (400, 100)])
@pytest.mark.parametrize("width", [2, 10])
def test_scaled_lisi_is_0_apart_and_1_alike_for_any_sizes_and_width(n, m, width):
    assert distances.scaled_lisi(*clouds(30.0, n, m, width)) == pytest.approx(0.0)
    assert distances.scaled_lisi(*clouds(0.0, n, m, width)) == pytest.approx(1.0, abs=0.1)


def test_scaled_lisi_of_many_equal_neighbours_is_1():
    """A simplex: everybody is as near to everybody else, so that shares are those of the sizes."""
    points = np.eye(301)
    source, target = points[:200], points[200:]
    assert distances.scaled_lisi(source, target, perplexity=100) == pytest.approx(1.0, abs=0.06)


def test_a_collapsed_embedding_looks_perfectly_mixed():
    source, target = np.zeros((300, 4)), np.zeros((200, 4))
    assert distances.scaled_lisi(source, target) == pytest.approx(1.0, abs=0.1)


def test_scaled_lisi_does_not_depend_on_the_scale():
    source, target = clouds(apart=1.0)
    expected = distances.scaled_lisi(source, target)
    assert distances.scaled_lisi(1000 * source, 1000 * target) == pytest.approx(expected)


def test_scaled_lisi_says_what_it_lacks():
    source, target = clouds(apart=0.0)
    with pytest.raises(DomainError, match=r"80 utterances are too few for 90 neighbours"):
        distances.scaled_lisi(source[:40], target[:40])
    assert distances.scaled_lisi(source[:40], target[:40], perplexity=10) > 0.9
    with pytest.raises(DomainError, match="one of them has no utterance"):
        distances.scaled_lisi(source, target[:0])
    with pytest.raises(SettingError, match="perplexity is 0"):
        distances.scaled_lisi(source, target, perplexity=0)


# Classes ----------------------------------------------------------------------------------------


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
    assert distances.silhouette(embedding, labels) == pytest.approx(expected)


def test_silhouette_is_0_of_classes_alike_and_1_of_classes_far_apart():
    assert distances.silhouette(*classes(apart=0.0)) == pytest.approx(0, abs=0.02)
    assert distances.silhouette(*classes(apart=1000.0)) > 0.99
    embedding, labels = classes(apart=1.0)
    assert distances.silhouette(np.zeros_like(embedding), labels) == 0


def test_silhouette_needs_two_classes():
    embedding, labels = classes(apart=1.0)
    with pytest.raises(DomainError, match="only one"):
        distances.silhouette(embedding, 0 * labels)


def test_knn_longhand():
    source, labels = np.array([[0.0], [1.0], [2.0], [3.0], [10.0]]), np.array([0, 0, 1, 0, 1])
    # Two of five are of class 1: one of three neighbours is too few, two are enough.
    target, truth = np.array([[0.0], [2.1], [9.0]]), np.array([0, 0, 1])
    assert distances.knn_uar(source, labels, target, truth, neighbours=3) == 1.0
    assert distances.knn_uar(source, labels, target, 1 - truth, neighbours=3) == 0.0
    assert distances.knn_uar(source, labels, target, np.array([0, 1, 1]), neighbours=3) == 0.75


def test_knn_is_right_apart_and_at_chance_alike_or_collapsed():
    far, labels = classes(apart=20.0)
    assert distances.knn_uar(far, labels, far, labels) == 1.0
    alike, labels = classes(apart=0.0, n=1000)
    got = distances.knn_uar(alike[::2], labels[::2], alike[1::2], labels[1::2])
    assert got == pytest.approx(0.5, abs=0.06)
    nothing = np.zeros_like(alike)
    assert distances.knn_uar(nothing, labels, nothing, labels) == 0.5


def test_knn_does_not_favour_the_larger_class():
    """Of nine to one, plain neighbours would hardly ever name the smaller class."""
    embedding, labels = classes(apart=1.0, n=1000, first=0.9)
    got = distances.knn_uar(embedding[::2], labels[::2], embedding[1::2], labels[1::2])
    assert got > 0.62


def test_knn_says_what_it_lacks():
    embedding, labels = classes(apart=1.0)
    with pytest.raises(DomainError, match=r"15 labelled neighbours.*has 14 utterances"):
        distances.knn_uar(embedding[:14], labels[:14], embedding, labels)
    with pytest.raises(DomainError, match="of two classes"):
        distances.knn_uar(embedding, 0 * labels, embedding, labels)


def test_few_utterances_are_measured_or_refused():
    for n, m in itertools.product(range(5), (0, 1, 2, 20)):
        embedding, labels = classes(apart=1.0, n=n + m, first=n / max(n + m, 1))
        try:
            assert -1 <= distances.silhouette(embedding, labels) <= 1
        except DomainError:
            assert min(n, m) == 0 or n + m < 3
        try:
            assert 0 <= distances.knn_uar(*classes(1.0), embedding, labels) <= 1
        except DomainError:
            assert min(n, m) == 0


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_what_is_not_finite_is_not_measured(broken):
    source, target = clouds(apart=1.0)
    labels = np.arange(200) % 2
    spoilt = target.copy()
    spoilt[3, 1] = broken
    for measure in (distances.mmd2, distances.scaled_lisi):
        with pytest.raises(NotFiniteError, match=r"1 of 400 embeddings .* first in row 203"):
            measure(source, spoilt)
    with pytest.raises(NotFiniteError, match="first in row 203"):
        distances.knn_uar(source, labels, spoilt, labels)
    with pytest.raises(NotFiniteError, match="first in row 3"):
        distances.silhouette(spoilt, labels)
