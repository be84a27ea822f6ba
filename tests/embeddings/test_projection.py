import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from ser_utils.embeddings import projection
from ser_utils.embeddings.projection import Projection
from ser_utils.errors import EmbeddingError, NotFiniteError, SerWarning, SettingError


@pytest.fixture
def clusters():
    """Two far clusters of 30 rows in ten dimensions, one of which is constant."""
    rows = np.random.default_rng(0).normal(size=(60, 10)).astype(np.float32)
    rows[:30] += 20
    rows[:, 3] = 1.0
    return rows


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE", str(tmp_path))
    return tmp_path


def test_neighbours_stay_together(clusters):
    points = Projection(clusters).points
    assert points.shape == (60, 2)
    to_own, to_other = (np.linalg.norm(points[0] - part, axis=1) for part in np.split(points, 2))
    assert to_own.max() < to_other.min()


def test_one_seed_gives_one_map_and_another_seed_another(clusters, own_cache):
    first = Projection(clusters).points
    stored = list(own_cache.rglob("*.npy"))
    stored[0].unlink()
    assert np.array_equal(Projection(clusters).points, first)
    assert not np.array_equal(Projection(clusters, seed=1).points, first)


def test_a_known_map_comes_from_the_cache_without_umap(clusters, own_cache):
    expected = Projection(clusters).points
    np.save(own_cache / "rows.npy", clusters)
    np.save(own_cache / "expected.npy", expected)
    code = (
        "import sys, numpy as np; from ser_utils.embeddings.projection import Projection;"
        "rows, expected = (np.load(name) for name in sys.argv[1:]);"
        "assert (Projection(rows).points == expected).all();"
        "assert 'umap' not in sys.modules"
    )
    files = [str(own_cache / name) for name in ("rows.npy", "expected.npy")]
    subprocess.run([sys.executable, "-c", code, *files], check=True)


def test_a_changed_row_or_setting_is_never_answered_from_the_cache(clusters):
    first = Projection(clusters).points
    changed = clusters.copy()
    changed[0] += 5
    assert not np.array_equal(Projection(changed).points, first)
    assert not np.array_equal(Projection(clusters, neighbours=5).points, first)
    assert not np.array_equal(Projection(clusters, min_dist=0.5).points, first)


def test_a_damaged_map_is_computed_again(clusters, own_cache):
    expected = Projection(clusters).points
    next(own_cache.rglob("*.npy")).write_bytes(b"nothing")
    with pytest.warns(SerWarning, match="damaged"):
        assert np.array_equal(Projection(clusters).points, expected)


def test_a_map_that_cannot_be_kept_is_shown_all_the_same(clusters, own_cache, monkeypatch):
    (own_cache / "file").write_text("")
    monkeypatch.setenv("SER_CACHE", str(own_cache / "file"))
    with pytest.warns(SerWarning, match="computed again"):
        assert Projection(clusters).points.shape == (60, 2)


def test_a_new_row_is_placed_beside_its_neighbours(clusters):
    projected = Projection(clusters)
    new = clusters[[0, 59]] + 0.01
    placed = projected.place(new)
    for row, own, other in (
        (placed[0], slice(30), slice(30, 60)),
        (placed[1], slice(30, 60), slice(30)),
    ):
        near, far = (np.linalg.norm(projected.points[part] - row, axis=1) for part in (own, other))
        assert near.min() < far.min()


def test_neighbours_are_exact_unless_there_are_too_many_rows(clusters, monkeypatch):
    given = []

    def umap(precomputed_knn, **settings):
        given.append(precomputed_knn)
        fitted = SimpleNamespace(embedding_=clusters[:, :2], _small_data=False)
        return SimpleNamespace(fit=lambda rows: fitted)

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=umap))
    for limit in (60, 59):
        monkeypatch.setattr(projection, "EXACT", limit)
        assert Projection(clusters, neighbours=4).points.shape == (60, 2)
    (index, distance, _), unknown = given
    expected = np.linalg.norm(clusters[:, None] - clusters, axis=2)
    assert np.array_equal(index, expected.argsort(axis=1)[:, :4])
    np.testing.assert_allclose(distance, np.sort(expected)[:, :4], rtol=1e-3)
    assert list(unknown) == [None] * 3


def test_together_fits_one_map(clusters):
    parts = {"epoch 1": clusters[:40], "epoch 2": clusters[40:]}
    points = projection.together(parts)
    assert list(points) == ["epoch 1", "epoch 2"]
    assert np.array_equal(np.concatenate(list(points.values())), Projection(clusters).points)


def test_a_collapsed_embedding_still_has_a_map():
    assert np.isfinite(Projection(np.zeros((40, 4))).points).all()


def test_what_cannot_be_drawn_is_named(clusters):
    broken = clusters.copy()
    broken[7, 0] = np.nan
    with pytest.raises(NotFiniteError, match=r"1 of 60 .* row 7"):
        Projection(broken)
    with pytest.raises(EmbeddingError, match="matrix"):
        Projection(clusters[0])
    with pytest.raises(SettingError, match="15 neighbours of 10 utterances"):
        Projection(clusters[:10])
    with pytest.raises(EmbeddingError, match="width 10, not 4"):
        Projection(clusters).place(clusters[:, :4])
