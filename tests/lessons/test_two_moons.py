import numpy as np

from ser_utils.lessons import two_moons


def test_rotation_is_counter_clockwise_about_the_origin():
    points = np.array([[1.0, 0.0], [0.0, 2.0]])
    np.testing.assert_allclose(two_moons.rotated(points, 90), [[0, 1], [-2, 0]], atol=1e-12)


def test_target_is_the_source_turned():
    """Turned back, the target's classes lie where the source's do."""
    pair = two_moons.pair(degrees=35, n=2000, noise=0.02)
    back = two_moons.rotated(pair.evaluation.features, -35)
    for label in (0, 1):
        source = pair.source.features[pair.source.labels == label]
        target = back[pair.evaluation.labels == label]
        np.testing.assert_allclose(source.mean(0), target.mean(0), atol=0.02)
        np.testing.assert_allclose(np.cov(source.T), np.cov(target.T), atol=0.02)
    assert np.abs(pair.source.features.mean(0)).max() < 0.02


def test_seeds_differ_and_repeat():
    one, again, other = (two_moons.pair(seed=seed).source.features for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_domains_share_no_points_and_no_speakers():
    pair = two_moons.pair(degrees=0)
    assert not np.isin(pair.source.features, pair.evaluation.features).any()
    assert not set(pair.source.speakers) & set(pair.evaluation.speakers)


def test_a_shift_moves_the_target_only():
    still, moved = (two_moons.pair(shift=shift) for shift in ((0.0, 0.0), (1.0, -0.5)))
    assert np.array_equal(still.source.features, moved.source.features)
    difference = moved.target.features - still.target.features
    np.testing.assert_allclose(difference, np.tile([1.0, -0.5], (300, 1)), atol=1e-6)
    assert (moved.source.role, moved.target.role) == ("source", "target")
