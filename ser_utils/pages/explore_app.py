"""The explorer as an application: one notebook, its code hidden, served by Voilà."""

import html
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
import numpy as np

from ser_utils import domains, evaluation, features, figures, models, trained, training
from ser_utils.datasets.workers import end_with
from ser_utils.embeddings import projection
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import SerError
from ser_utils.experiments.systems import COMPARED, find
from ser_utils.files import folders
from ser_utils.pages.kernels import ThisPython
from ser_utils.pages.watchdog import Activity

#: Epochs of the DANN that the scrubber shows.
EPOCHS = (1, 2, 4, 8, 15, 30)


def prepare(
    source: str, target: str, task: str, on_error: str = "raise"
) -> tuple[Maps, dict[int, np.ndarray]]:
    """Train both systems on a pair of corpora, and fit all maps, which are kept in the cache.

    Returns the maps of the systems `COMPARED`, with the default settings and seed 0; and the
    points, shape (n, 2), of the DANN's embeddings after each of `EPOCHS`, on one map.
    """
    sides = [features.of_corpus(name, on_error=on_error) for name in (source, target)]
    pair = domains.pair(*sides, task=task)
    model, snapshots = models.mlp(pair), {}

    def watch(epoch: int, model: models.EmotionModel) -> None:
        if epoch in EPOCHS:
            snapshots[epoch] = trained.embed(model, pair.source, pair.evaluation)

    baseline, dann = map(find, COMPARED)
    systems = {
        baseline.title: training.fit(model, pair),
        dann.title: training.fit(model, pair, align=dann.align(), on_epoch=watch),
    }
    maps = Maps.of(pair, systems)
    maps.points  # noqa: B018 - fitted here
    return maps, projection.together(snapshots)


def show(source: str, target: str, task: str, on_error: str = "raise") -> None:
    """Display the application: what its notebook runs."""
    import ipywidgets
    from IPython.display import display

    from ser_utils.widgets.epoch_scrubber import EpochScrubber
    from ser_utils.widgets.explorer import Explorer
    from ser_utils.widgets.your_voice import YourVoice

    maps, by_epoch = prepare(source, target, task, on_error)
    tabs = {
        "Baseline and DANN": Explorer(maps),
        "Over the epochs": EpochScrubber(by_epoch, maps),
        "Your voice": YourVoice(maps),
    }
    # How good both systems are, so that no map speaks alone.
    result = evaluation.compare(*(system.trained for system in maps.systems.values()), maps.pair)
    scores = f"{result.names[0]} {result.baseline} %, {result.names[1]} {result.dann} %"
    heading = (
        f"<h2>{' → '.join(map(html.escape, figures.domain_names(maps.pair)))}: {task}</h2>"
        f"<p style='max-width:60em'>Target UAR: {scores}, one training each. "
        "A map shows neighbours and invents the distances between clusters; notebook 6 shows how "
        "it misleads.</p>"
    )
    display(ipywidgets.HTML(heading))
    display(ipywidgets.Tab(list(tabs.values()), titles=list(tabs)))


def serve(
    source: str, target: str, task: str, port: int, browser: bool, on_error: str = "raise"
) -> int:
    """Serve the application on this machine until a signal ends it; return its exit status.

    It opens in a browser, unless told not to. The next free port serves if `port` is taken. Raises
    a SerError if its notebook cannot be written.
    """
    print("Training both systems and fitting their maps; only the first time takes long.")
    chosen = source, target, task, on_error
    prepare(*chosen)
    code = f"from ser_utils.pages import explore_app\n\nexplore_app.show{chosen}"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    try:
        folder = tempfile.TemporaryDirectory(prefix="ser-utils-")  # other servers have theirs
    except OSError as error:
        raise SerError(f"cannot write the notebook of the explorer: {error}") from error
    with folder:
        file = Path(folder.name, "explorer.ipynb")
        nbformat.write(notebook, file)
        options = [f"--port={port}", "--template=offline"]
        specs = f"{ThisPython.__module__}.{ThisPython.__name__}"
        options += [f"--VoilaConfiguration.kernel_spec_manager_class={specs}"]
        options += [f"--Voila.connection_dir_root={folder.name}"]
        # Voilà lacks what the extensions for JupyterLab's editor need: only these are loaded.
        for extension in (
            "@jupyter-widgets/jupyterlab-manager",
            "@voila-dashboards/widgets-manager8",
            "jupyter-matplotlib",
        ):
            options += ["--VoilaConfiguration.extension_allowlist", extension]
        options += [] if browser else ["--no-browser"]
        templates = Path(__file__).parent / "templates"  # where Voilà finds the one called offline
        paths = filter(None, [str(templates), os.environ.get("JUPYTER_PATH")])
        environment = os.environ | folders() | {"JUPYTER_PATH": os.pathsep.join(paths)}
        voila = "from voila.app import main; main()"
        return _run_with_children(voila, [str(file), *options], environment)


def _run_with_children(code: str, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run code in a process to its end, or to ours: it and all that it started end with this one.

    Its session is its own, so that a closed terminal and Ctrl-C reach this process alone: a server
    that dies by itself would leave its kernels behind.
    """
    watched = f"from {end_with.__module__} import end_with; end_with({os.getpid()})\n{code}"
    command = [sys.executable, "-c", watched, *arguments]
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        return server.wait()
    finally:
        if server.poll() is None:
            Activity(server.pid).end()
            server.wait()
