import numpy as np
import pytest

from ser_utils import audio, models, trained, training
from ser_utils.errors import AudioError


def test_rows_are_those_of_the_source_then_of_the_target(maps):
    pair, table = maps.pair, maps.table
    n = len(pair.source)
    assert table["path"].tolist() == [
        *pair.source.table["path"],
        *pair.evaluation.table["path"],
    ]
    assert maps.is_target.tolist() == [False] * n + [True] * len(pair.evaluation)
    classes = np.concatenate([pair.source.labels, pair.evaluation.labels])
    assert table["true"].tolist() == [["low", "high"][c] for c in classes]


def test_embeddings_and_predictions_are_those_of_the_systems(maps):
    for system in maps.systems.values():
        expected = system.trained.embed(maps.pair.evaluation)
        assert np.array_equal(system.embedding[maps.is_target], expected)
        expected = system.trained.probabilities(maps.pair.source)
        assert np.array_equal(system.probabilities[~maps.is_target], expected)
    classes = maps.systems["DANN"].probabilities.argmax(axis=1)
    assert maps.predicted("DANN").tolist() == [["low", "high"][c] for c in classes]


def test_embeddings_are_watched_while_a_training_goes_on(maps):
    pair, snapshots = maps.pair, {}
    run = training.fit(
        models.mlp(pair),
        pair,
        epochs=3,
        on_epoch=lambda e, m: snapshots.update({e: trained.embed(m, pair.source, pair.evaluation)}),
        progress=False,
    )
    assert list(snapshots) == [1, 2, 3]
    n = len(pair.source)
    assert np.array_equal(snapshots[3][:n], run.embed(pair.source))
    assert np.array_equal(snapshots[3][n:], run.embed(pair.evaluation))
    assert not np.array_equal(snapshots[1], snapshots[3])


def test_the_nearest_rows_are_those_of_the_embedding(maps):
    system = maps.systems["baseline"]
    distance = np.linalg.norm(system.embedding - system.embedding[4], axis=1)
    rows = system.nearest(system.embedding[4], 5)
    assert rows[0] == 4
    assert distance[rows].tolist() == sorted(distance)[:5]


def test_an_utterance_is_read_again(maps):
    assert np.array_equal(maps.samples(3), audio.read(maps.table["path"].iloc[3]))


def test_a_recording_that_has_vanished_since_is_named(maps, tmp_path):
    maps.table.loc[3, "path"] = str(tmp_path / "gone.wav")
    with pytest.raises(AudioError, match=r"gone\.wav: cannot be read"):
        maps.samples(3)
