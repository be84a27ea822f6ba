import numpy as np
import pytest

from ser_utils.errors import SerError
from ser_utils.pages import explore_app


@pytest.fixture
def short(monkeypatch):
    """Make the trainings of the application short."""
    from functools import partial

    from ser_utils import training

    settings = {"epochs": 3, "batch_size": 4, "held_out": 0.4, "progress": False}
    monkeypatch.setattr(training, "fit", partial(training.fit, **settings))
    monkeypatch.setattr(explore_app, "EPOCHS", (1, 3))


def test_the_last_epoch_shown_is_what_the_explorer_shows(tones, short, monkeypatch, tmp_path):
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "cache"))
    snapshots = {}
    original = explore_app.projection.together
    monkeypatch.setattr(
        explore_app.projection,
        "together",
        lambda parts: snapshots.update(parts) or original(parts),
    )
    found, by_epoch = explore_app.prepare("tones-en", "tones-de", "arousal")
    assert list(found.systems) == ["baseline", "DANN"]
    assert found.systems["baseline"].trained.align is None
    assert list(by_epoch) == [1, 3]
    assert np.array_equal(snapshots[3], found.systems["DANN"].embedding)
    assert not np.array_equal(snapshots[1], snapshots[3])
    assert all(points.shape == (len(found.table), 2) for points in by_epoch.values())


def test_a_folder_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "build").write_text("a file")
    monkeypatch.setattr(explore_app, "NOTEBOOK", tmp_path / "build" / "explorer.ipynb")
    monkeypatch.setattr(explore_app, "prepare", lambda *pair: None)
    with pytest.raises(SerError, match=r"cannot write .*explorer\.ipynb"):
        explore_app.serve("synthetic-en", "synthetic-de", "arousal", 8866, browser=False)
