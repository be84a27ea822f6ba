import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import nbformat
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


def test_the_last_epoch_shown_is_what_the_explorer_shows(tones, short, monkeypatch):
    snapshots = {}
    original = explore_app.projection.together
    monkeypatch.setattr(
        explore_app.projection,
        "together",
        lambda parts: snapshots.update(parts) or original(parts),
    )
    maps, by_epoch = explore_app.prepare("tones-en", "tones-de", "arousal")
    assert list(maps.systems) == ["baseline", "DANN"]
    assert maps.systems["baseline"].trained.align is None
    assert list(by_epoch) == [1, 3]
    assert np.array_equal(snapshots[3], maps.systems["DANN"].embedding)
    assert not np.array_equal(snapshots[1], snapshots[3])
    assert all(points.shape == (len(maps.table), 2) for points in by_epoch.values())


class Served:
    """In the place of `subprocess`: waits until `count` servers run, and keeps their notebooks."""

    def __init__(self, count: int) -> None:
        self.all_run, self.notebooks = threading.Barrier(count, timeout=60), {}

    def run(self, command, env):
        (file,) = (Path(part) for part in command if part.endswith(".ipynb"))
        self.all_run.wait()
        self.notebooks[file] = nbformat.read(file, as_version=4)
        self.all_run.wait()
        return SimpleNamespace(returncode=0)


def serve(source: str, target: str) -> int:
    return explore_app.serve(source, target, "arousal", 8866, browser=False)


def test_two_at_once_show_a_pair_each_and_leave_nothing_behind(monkeypatch):
    served, pairs = Served(count=2), [("one", "two"), ("three", "four")]
    monkeypatch.setattr(explore_app, "subprocess", served)
    monkeypatch.setattr(explore_app, "prepare", lambda *pair: None)
    with ThreadPoolExecutor() as threads:
        assert list(threads.map(serve, *zip(*pairs, strict=True))) == [0, 0]
    shown = []
    monkeypatch.setattr(explore_app, "show", lambda *pair: shown.append(pair[:2]))
    for file, notebook in served.notebooks.items():
        exec(notebook.cells[0].source, {})
        assert not file.parent.exists()
    assert sorted(shown) == sorted(pairs)


def test_an_interrupted_server_leaves_nothing_behind(monkeypatch, tmp_path):
    def interrupted(command, env):
        assert list(tmp_path.glob("*/explorer.ipynb"))
        raise KeyboardInterrupt

    monkeypatch.setattr(explore_app.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(explore_app, "subprocess", SimpleNamespace(run=interrupted))
    monkeypatch.setattr(explore_app, "prepare", lambda *pair: None)
    with pytest.raises(KeyboardInterrupt):
        serve("one", "two")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "build").write_text("a file")
    monkeypatch.setattr(explore_app.tempfile, "tempdir", str(tmp_path / "build"))
    monkeypatch.setattr(explore_app, "prepare", lambda *pair: None)
    with pytest.raises(SerError, match=r"cannot write the notebook of the explorer: .*build"):
        serve("one", "two")
