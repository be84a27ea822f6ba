import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from pydoc import locate

import nbformat
import numpy as np
import pytest

from ser_utils.commands.terminal import courteous
from ser_utils.errors import SerError
from ser_utils.pages import explore_app
from ser_utils.pages.kernels import ThisPython


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
    """In the place of a server: waits until `count` of them run, and keeps their notebooks."""

    def __init__(self, count: int) -> None:
        self.all_run, self.notebooks = threading.Barrier(count, timeout=60), {}

    def __call__(self, code, arguments, environment):
        file = Path(arguments[0])
        self.all_run.wait()
        self.notebooks[file] = nbformat.read(file, as_version=4)
        self.all_run.wait()
        return 0


def serve(source: str, target: str) -> int:
    return explore_app.serve(source, target, "arousal", 8866, browser=False)


def test_two_at_once_show_a_pair_each_and_leave_nothing_behind(monkeypatch):
    served, pairs = Served(count=2), [("one", "two"), ("three", "four")]
    monkeypatch.setattr(explore_app, "_run_with_children", served)
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
    def interrupted(*run):
        assert list(tmp_path.glob("*/explorer.ipynb"))
        raise KeyboardInterrupt

    monkeypatch.setattr(explore_app.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(explore_app, "_run_with_children", interrupted)
    monkeypatch.setattr(explore_app, "prepare", lambda *pair: None)
    with pytest.raises(KeyboardInterrupt):
        serve("one", "two")
    assert not list(tmp_path.iterdir())


def test_its_kernel_is_of_this_python_and_finds_the_corpora(monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr(explore_app, "prepare", lambda *pair: None)
    monkeypatch.setattr(explore_app, "_run_with_children", lambda *run: given.extend(run) or 0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SER_DATA", "corpora")
    assert serve("one", "two") == 0
    _, arguments, environment = given
    option = "--VoilaConfiguration.kernel_spec_manager_class="
    (manager,) = (part.removeprefix(option) for part in arguments if part.startswith(option))
    assert locate(manager) is ThisPython
    assert environment["SER_DATA"] == str(tmp_path / "corpora")


def test_a_folder_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "build").write_text("a file")
    monkeypatch.setattr(explore_app.tempfile, "tempdir", str(tmp_path / "build"))
    monkeypatch.setattr(explore_app, "prepare", lambda *pair: None)
    with pytest.raises(SerError, match=r"cannot write the notebook of the explorer: .*build"):
        serve("one", "two")


#: A server in the place of Voilà, and its kernel, which has a session of its own as kernels have.
#: Both hold a pipe open until they end, and the server heeds no request to.
SERVER = """
import os, signal, subprocess, sys
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
pipe = os.open(sys.argv[1], os.O_WRONLY)
kernel = "import os, sys, time; os.write(int(sys.argv[1]), b'.'); time.sleep(60)"
subprocess.run([sys.executable, "-c", kernel, str(pipe)], pass_fds=[pipe], start_new_session=True)
"""


@pytest.mark.usefixtures("signals_heeded")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_takes_the_server_and_its_kernels_along(name, tmp_path):
    number, pipe, after = getattr(signal, name), tmp_path / "pipe", []
    os.mkfifo(pipe)

    def end_when_the_kernel_runs():
        with pipe.open("rb", buffering=0) as running:
            assert running.read(1) == b"."
            os.kill(os.getpid(), number)
            after.append(running.read())  # once nobody holds it open any more

    ending = threading.Thread(target=end_when_the_kernel_runs)
    ending.start()
    try:
        status = courteous(explore_app._run_with_children)(SERVER, [str(pipe)], os.environ)
    except SystemExit as ended:
        status = ended.code
    assert status == 128 + number
    ending.join(10)
    assert after == [b""]


def test_a_kill_takes_the_server_along(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = "import sys, time; pipe = open(sys.argv[1], 'w'); print(file=pipe, flush=True); "
    served = code + "time.sleep(60)", [str(pipe)], os.environ
    command = get_context("fork").Process(target=explore_app._run_with_children, args=served)
    command.start()
    with pipe.open("rb", buffering=0) as running:
        running.read(1)
        command.kill()
        assert running.read() == b""  # once nobody holds it open any more
    command.join()


def test_a_server_that_ends_by_itself_gives_its_status():
    assert explore_app._run_with_children("import sys; sys.exit(3)", [], os.environ) == 3
