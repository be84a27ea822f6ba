import itertools
import tracemalloc

import numpy as np
import pytest

from ser_utils.embeddings import mixing
from ser_utils.errors import DomainError, SettingError


def clouds(apart: float, n: int = 200, m: int = 200, width: int = 5):
    rng = np.random.default_rng(0)
    source, target = rng.normal(size=(n, width)), rng.normal(size=(m, width))
    target[:, 0] += apart
    return source, target


# Maximum mean discrepancy -----------------------------------------------------------------------


def test_mmd_longhand():
    source, target = clouds(apart=1.0, n=7, m=5, width=2)
    both = np.concatenate([source, target])
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(both, 2)]
    scale = np.median(distances)

    def kernel(a, b):
        return np.exp(-(np.linalg.norm(a - b) ** 2) / (2 * scale**2))

    def within(points):
        n = len(points)
        pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
        return sum(kernel(points[i], points[j]) for i, j in pairs) / (n * (n - 1))

    between = sum(kernel(a, b) for a in source for b in target) / (len(source) * len(target))
    expected = within(source) + within(target) - 2 * between
    assert mixing.mmd2(source, target) == pytest.approx(expected)


def test_mmd_is_0_of_clouds_alike_and_unbiased():
    rng = np.random.default_rng(0)
    values = [mixing.mmd2(*rng.normal(size=(2, 30, 4))) for _ in range(100)]
    assert min(values) < 0 < max(values)
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(100)


def test_mmd_grows_with_the_distance_of_the_clouds():
    near, far, farther = (mixing.mmd2(*clouds(apart)) for apart in (0.5, 2.0, 8.0))
    assert 0 < near < far < farther < 2


def test_mmd_does_not_depend_on_the_scale_or_on_dead_units():
    source, target = clouds(apart=1.0)
    expected = mixing.mmd2(source, target)
    assert mixing.mmd2(1000 * source, 1000 * target) == pytest.approx(expected)
    wider = [np.hstack([cloud, np.zeros((200, 3))]) for cloud in (source, target)]
    assert mixing.mmd2(*wider) == pytest.approx(expected)


def test_mmd_of_two_points_far_apart_and_of_one_point():
    points = np.zeros((20, 3)), np.full((30, 3), 5.0)
    assert mixing.mmd2(*points) == pytest.approx(2 - 2 * np.exp(-0.5))
    assert mixing.mmd2(points[0], points[0]) == 0.0


def test_mmd_needs_two_rows_of_each():
    source, target = clouds(apart=1.0)
    for few in (0, 1):
        with pytest.raises(DomainError, match="at least two utterances"):
            mixing.mmd2(source, target[:few])


def test_mmd_of_many_rows_is_that_of_some_and_always_the_same(monkeypatch):
    source, target = clouds(apart=1.0, n=1200, m=900)
    exact = mixing.mmd2(source, target)
    monkeypatch.setattr(mixing, "MOST", 400)
    drawn = mixing.mmd2(source, target)
    assert drawn == mixing.mmd2(source, target)
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=0.02)
    monkeypatch.setattr(mixing, "MOST", 1200)
    assert mixing.mmd2(source, target) == exact


def test_mmd_of_large_languages_fits_into_memory():
    """Two of 17,500 utterances, as published corpora have, would need 15 GB."""
    tracemalloc.start()
    try:
        mixing.mmd2(*clouds(apart=1.0, n=17_500, m=17_500, width=2))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.6e9


# Local inverse Simpson's index ------------------------------------------------------------------


def test_lisi_longhand():
    """Ten points on a line, perplexity 2: six neighbours each, weights by brute search."""
    source, target = (
        np.array([0, 1.1, 2.3, 3.6, 5.0])[:, None],
        np.array([0.4, 3, 7, 9, 12])[:, None],
    )
    both = np.concatenate([source, target])[:, 0]
    of_source = np.repeat([True, False], 5)
    indices = []
    for i in range(10):
        others = sorted((abs(both[j] - both[i]), j) for j in range(10) if j != i)[:6]
        distances, rows = np.array([d for d, _ in others]), [j for _, j in others]

        def entropy(b, distances=distances):
            weights = np.exp(-b * distances)
            weights /= weights.sum()
            return weights, -(weights * np.log(weights)).sum()

        b = min(np.linspace(0.01, 20, 20_000), key=lambda b: abs(entropy(b)[1] - np.log(2)))
        share = entropy(b)[0] @ of_source[rows]
        indices.append(1 / (share**2 + (1 - share) ** 2))
    assert mixing.lisi(source, target, perplexity=2) == pytest.approx(np.mean(indices), abs=1e-3)


def test_weights_have_the_perplexity_and_fall_exponentially():
    distances = np.sort(np.random.default_rng(0).gamma(2.0, size=(20, 90)), axis=1)
    weights = mixing.perplexity_weights(distances, 30)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(np.exp(-(weights * np.log(weights)).sum(axis=1)), 30, rtol=1e-6)
    slopes = np.diff(np.log(weights)) / np.diff(distances)
    np.testing.assert_allclose(slopes, slopes[:, :1].repeat(89, axis=1), rtol=1e-4)


def test_lisi_is_1_apart_and_2_where_every_other_neighbour_is_of_the_other_language():
    assert mixing.lisi(*clouds(apart=30.0)) == pytest.approx(1.0)
    line = np.arange(400.0)[:, None]
    assert mixing.lisi(line[::2], line[1::2]) == pytest.approx(2.0, abs=0.02)


@pytest.mark.parametrize(("n", "m"), [(300, 300), (400, 100)])
@pytest.mark.parametrize("width", [2, 10])
def test_scaled_lisi_is_0_apart_and_1_alike_for_any_sizes_and_width(n, m, width):
    assert mixing.scaled_lisi(*clouds(30.0, n, m, width)) == pytest.approx(0.0)
    assert mixing.scaled_lisi(*clouds(0.0, n, m, width)) == pytest.approx(1.0, abs=0.1)


def test_scaled_lisi_of_many_equal_neighbours_is_by_the_inverse_simpson_index_of_the_sizes():
    """A simplex: everybody is as near to everybody else, so that shares are those of the sizes."""
    points = np.eye(301)
    source, target = points[:200], points[200:]
    expected = mixing.lisi(source, target, perplexity=100)
    assert expected == pytest.approx(1 / ((2 / 3) ** 2 + (1 / 3) ** 2), abs=0.03)
    assert mixing.scaled_lisi(source, target, perplexity=100) == pytest.approx(1.0, abs=0.06)


def test_a_collapsed_embedding_looks_perfectly_mixed():
    source, target = np.zeros((300, 4)), np.zeros((200, 4))
    assert mixing.scaled_lisi(source, target) == pytest.approx(1.0, abs=0.1)


def test_lisi_does_not_depend_on_the_scale():
    source, target = clouds(apart=1.0)
    expected = mixing.lisi(source, target)
    assert mixing.lisi(1000 * source, 1000 * target) == pytest.approx(expected)


def test_lisi_says_what_it_lacks():
    source, target = clouds(apart=0.0)
    with pytest.raises(DomainError, match=r"80 utterances are too few for 90 neighbours"):
        mixing.lisi(source[:40], target[:40])
    assert mixing.lisi(source[:40], target[:40], perplexity=10) > 1
    with pytest.raises(DomainError, match="one of them has no utterance"):
        mixing.lisi(source, target[:0])
    with pytest.raises(SettingError, match="perplexity is 0"):
        mixing.lisi(source, target, perplexity=0)
