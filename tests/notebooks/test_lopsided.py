"""Every notebook on small and lopsided corpora: it runs, or is refused before anything runs.

The cells run in this process, where what does not depend on the corpora is made short: the stored
results (two seeds of them), their bootstrap, and the trainings on synthetic speech.
"""

import re
from functools import cache, partial
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from lopsided import PAIRS, write
from traitlets.config import Config

from ser_utils import figures, metrics, training
from ser_utils.experiments import result_rows
from ser_utils.pages import sources
from ser_utils.pages.parameters import resolve

FOLDER = Path(__file__).parents[2] / "notebooks"
#: Those that read corpora: 3 is about two moons.
ON_CORPORA = [py for py in sources.find(FOLDER) if "SOURCE" in py.read_text()]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lopsided")
    for number, (source, target, _) in enumerate(PAIRS.values()):
        write(folder / f"source-{number}", "el", source)
        write(folder / f"target-{number}", "fi", target)
    return folder


@cache
def two_seeds(path):
    results = read(path)
    few = (results.table["seed"] < 2).to_numpy()
    table = results.table[few].reset_index(drop=True)
    return results._replace(table=table, hits=results.hits[few], totals=results.totals[few])


def draw(figure, alt):
    figure.draw_without_rendering()
    plt.close(figure)


read, draws, fit = result_rows.read, metrics.draws, training.fit


@pytest.fixture
def short(monkeypatch, data) -> InteractiveShell:
    """Return a shell to run cells in."""

    def fit_shortly(model, pair, **options):
        synthetic = pair.source.dataset.startswith("synthetic")
        return fit(model, pair, **({"epochs": 1} if synthetic else {}) | options)

    monkeypatch.setenv("SER_DATA", str(data))
    monkeypatch.setattr(result_rows, "read", two_seeds)
    monkeypatch.setattr(metrics, "draws", lambda rng, n, _: draws(rng, n, 20))
    monkeypatch.setattr(training, "fit", partial(fit_shortly, progress=False))
    monkeypatch.setattr(figures, "show", draw)
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.reset()
    return shell


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=list(PAIRS))
@pytest.mark.parametrize("py", ON_CORPORA, ids=lambda py: py.stem)
@pytest.mark.notebooks
def test_notebooks_run_on_lopsided_corpora(py, number, short):
    parameters = resolve(f"source-{number}", f"target-{number}", [*PAIRS.values()][number][2])
    for cell in sources.read(py).cells:
        if cell.cell_type == "code":
            with capture_output() as shown:
                short.run_cell(cell.source).raise_error()
            printed = shown.stdout + "".join(str(output.data) for output in shown.outputs)
            assert not re.search(r"\bnan\b", printed, re.IGNORECASE), printed
        if "parameters" in cell.metadata.get("tags", ()):
            values = {name.upper(): value for name, value in vars(parameters).items()}
            short.user_ns.update(values)
