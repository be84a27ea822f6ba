"""The explorer as an application: one notebook, its code hidden, served by Voilà."""

import html
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np

from ser_utils import alignment, datasets, domains, evaluation, models, training
from ser_utils.embeddings import exploration, projection
from ser_utils.embeddings.exploration import Exploration
from ser_utils.errors import SerError
from ser_utils.files import PROJECT

#: Epochs of the DANN that the scrubber shows.
EPOCHS = (1, 2, 4, 8, 15, 30)
#: The notebook that Voilà serves; it is written anew for each pair.
NOTEBOOK = PROJECT / "build" / "explorer.ipynb"
#: Where Voilà finds its template "offline".
TEMPLATES = Path(__file__).parent / "templates"
#: Voilà lacks what the extensions for JupyterLab's editor need: only these are loaded.
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "jupyter-matplotlib",
)


def prepare(source: str, target: str, task: str) -> tuple[Exploration, dict[int, np.ndarray]]:
    """Train both systems on a pair, and fit all maps, which are kept in the cache.

    Parameters
    ----------
    source, target : str
        Names of corpora.
    task : {"arousal", "valence"}

    Returns
    -------
    found : Exploration
        Of "baseline" and "DANN", with the default settings and seed 0.
    by_epoch : dict of int to np.ndarray, shape (n, 2)
        Points of the DANN's embeddings after each of `EPOCHS`, on one map.
    """
    pair = domains.pair(datasets.load(source), datasets.load(target), task=task)
    model, snapshots = models.mlp(pair), {}

    def watch(epoch: int, model: models.EmotionModel) -> None:
        if epoch in EPOCHS:
            snapshots[epoch] = exploration.embed(model, pair)

    systems = {
        "baseline": training.fit(model, pair),
        "DANN": training.fit(model, pair, align=alignment.DomainAdversary(), on_epoch=watch),
    }
    found = exploration.explore(pair, systems)
    for system in found.systems.values():
        system.projection.points  # noqa: B018 - fitted here
    return found, projection.together(snapshots)


def show(source: str, target: str, task: str) -> None:
    """Display the application: what its notebook runs."""
    import ipywidgets
    from IPython.display import display

    from ser_utils.widgets.epoch_scrubber import EpochScrubber
    from ser_utils.widgets.explorer import Explorer
    from ser_utils.widgets.your_voice import YourVoice

    found, by_epoch = prepare(source, target, task)
    pages = {
        "Baseline and DANN": Explorer(found),
        "Over the epochs": EpochScrubber(by_epoch, found),
        "Your voice": YourVoice(found),
    }
    display(ipywidgets.HTML(_heading(found)))
    display(ipywidgets.Tab(list(pages.values()), titles=list(pages)))


def serve(source: str, target: str, task: str, port: int, browser: bool) -> int:
    """Serve the application on this machine until it is interrupted.

    Parameters
    ----------
    source, target : str
        Names of corpora.
    task : {"arousal", "valence"}
    port : int
        Where it is served; the next free one if it is taken.
    browser : bool
        Open it in a browser.

    Returns
    -------
    int
        Exit status of the server.

    Raises
    ------
    SerError
        If the notebook cannot be written.
    """
    print("Training both systems and fitting their maps; only the first time takes long.")
    prepare(source, target, task)
    code = f"from ser_utils import explore_app\n\nexplore_app.show{source, target, task}"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    try:
        NOTEBOOK.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, NOTEBOOK)
    except OSError as error:
        raise SerError(f"cannot write {NOTEBOOK}: {error.strerror}.") from error
    command = [sys.executable, "-m", "voila", str(NOTEBOOK), f"--port={port}", "--template=offline"]
    for extension in EXTENSIONS:
        command += ["--VoilaConfiguration.extension_allowlist", extension]
    paths = filter(None, [str(TEMPLATES), os.environ.get("JUPYTER_PATH")])
    environment = os.environ | {"JUPYTER_PATH": os.pathsep.join(paths)}
    if not browser:
        command.append("--no-browser")
    return subprocess.run(command, env=environment).returncode


def _heading(found: Exploration) -> str:
    """Say what is shown, and how good both systems are, so that no map speaks alone."""
    names = [html.escape(name) for name in found.domain_names]
    systems = [system.trained for system in found.systems.values()]
    comparison = evaluation.compare(*systems, found.pair)
    return (
        f"<h2>{' → '.join(names)}: {found.pair.task}</h2>"
        f"<p style='max-width:60em'>Target UAR: baseline {comparison.baseline} %, "
        f"DANN {comparison.dann} %, one training each. A map shows neighbours and invents the "
        "distances between clusters; notebook 6 shows how it misleads.</p>"
    )
