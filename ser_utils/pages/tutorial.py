"""Execute the notebooks: into a site that is read in a browser, or into the files committed.

Both run every `NN_title.py` in order on one pair of corpora and one task. `build` writes HTML pages
and a landing page with the headline of the run; `rewrite` writes the `.ipynb` beside each source.
"""

import os
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import jinja2
import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from ser_utils import datasets, labels
from ser_utils.errors import DomainError, SerError, SerWarning, unknown_name
from ser_utils.files import cache_folder, data_folder
from ser_utils.lessons import choice
from ser_utils.pages import notebook_files, notebook_html

#: A cell of the last notebook displays the result of the run under this type.
HEADLINE = "application/vnd.ser-utils.headline+json"

_TRACEBACK_LINES = 12


@dataclass(frozen=True)
class Settings:
    """What the notebooks run on: names of the corpora and of the task."""

    source: str
    target: str
    task: str

    @property
    def synthetic(self) -> bool:
        """Whether a corpus is synthetic speech."""
        return any(name.startswith("synthetic") for name in (self.source, self.target))


@dataclass(frozen=True)
class Executed:
    """A notebook after its run.

    Attributes
    ----------
    name : str
        Of its file, as in "01_features".
    notebook : NotebookNode
        With its outputs, up to the cell that failed if one did.
    seconds : float
        How long it ran.
    failure : str
        Which cell failed and how; empty if none did.
    """

    name: str
    notebook: NotebookNode
    seconds: float
    failure: str = ""

    @property
    def title(self) -> str:
        """Its first heading."""
        return notebook_files.title(self.notebook)

    @property
    def objective(self) -> str:
        """Its first line of prose."""
        return notebook_files.objective(self.notebook)

    @property
    def duration(self) -> str:
        """How long it ran, for a reader."""
        return f"{self.seconds / 60:.1f} min" if self.seconds >= 60 else f"{self.seconds:.0f} s"


def resolve(source: str = "auto", target: str = "auto", task: str = "arousal") -> Settings:
    """Check what the notebooks are to run on, before anything runs, and print what it is.

    Parameters
    ----------
    source, target : str
        Names of corpora, or several of one language joined by ``+``, or "auto", as for
        `datasets.choose`.
    task : {"arousal", "valence"}

    Raises
    ------
    UnknownNameError
        If there is no such corpus or task.
    DomainError
        If corpora of several languages are joined, or one has no emotions, but ratings only.
    MissingCorpusError
        If a corpus is not on this machine.
    CorpusError
        If the files of a corpus are not those of its official release.
    """
    if task not in labels.TASKS:
        raise unknown_name("task", task, labels.TASKS)
    for name in (source, target):
        for corpus in datasets.find(name) if name != "auto" else ():
            if not corpus.prepare:  # those built in have emotions, and are rendered when needed
                _require_emotions(corpus.name)
    settings = Settings(*choice.corpora(source, target), task)
    print(f"Task: {task}.")
    return settings


def _require_emotions(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SerWarning)  # the notebooks, which load it, too, show them
        table = datasets.load(name)
    if (table["emotion"] == labels.NO_EMOTION).all():
        raise DomainError(
            f"{name!r} has no emotions, but ratings only, and here utterances are labelled by "
            "emotion. Choose another corpus, or use this one in Python, where "
            "domains.pair(..., scheme=THRESHOLD) labels by ratings."
        )


def execute(notebook: NotebookNode, name: str, settings: Settings, folder: Path) -> Executed:
    """Execute a notebook in a folder, with the settings as its parameters.

    Only the parameters that its cell tagged `parameters` assigns are passed. A cell that fails ends
    the run; what ran before it is kept.
    """
    known = papermill.inspect_notebook(notebook)
    parameters = {name.upper(): value for name, value in asdict(settings).items()}
    parameters = {name: value for name, value in parameters.items() if name in known}
    error = None
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        output = Path(temporary) / "executed.ipynb"
        try:
            papermill.execute_notebook(
                notebook,
                output,
                parameters=parameters,
                cwd=folder,
                progress_bar=False,
                extra_arguments=["--log-level=CRITICAL"],  # of the kernel itself
            )
        except (PapermillExecutionError, DeadKernelError) as stopped:
            error = stopped
        seconds = time.monotonic() - began
        executed = nbformat.read(output, as_version=4)
    executed.cells = [cell for cell in executed.cells if not _has_tag(cell, "papermill-error")]
    return Executed(name, executed, seconds, _describe(error, executed) if error else "")


def headline(notebooks: Sequence[NotebookNode]) -> dict | None:
    """Find the result of a run: what a cell displayed under the type `HEADLINE`.

    Returns
    -------
    dict or None
        With `source`, `target`, `task`; `rows`, each with `system`, `uar`, `low` and `high`; and
        `gain`, `gain_low`, `gain_high`. None if no cell displayed one; the last if several did.
    """
    found = [
        output.data[HEADLINE]
        for notebook in notebooks
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if HEADLINE in output.get("data", ())
    ]
    return found[-1] if found else None


def build(settings: Settings, folder: Path, out: Path) -> int:
    """Execute all notebooks into a site of HTML pages, and print where it is and what came out.

    Parameters
    ----------
    settings : Settings
    folder : Path
        Where the notebooks are.
    out : Path
        Where the pages go; those of an earlier run are removed.

    Returns
    -------
    int
        0, or 1 if a notebook failed; those after it are not run then.

    Raises
    ------
    SerError
        If there are no notebooks, or `out` cannot be written.
    """
    sources = notebook_files.sources(folder)
    _make_empty(out)
    runs = []
    for run in _execute_all(sources, settings):
        runs.append(run)
        links = _links(run.name, [py.stem for py in sources])
        page = notebook_html.page(notebook_files.shown(run.notebook), run.title, links, folder)
        (out / f"{run.name}.html").write_text(page, encoding="utf-8")
    result = headline([run.notebook for run in runs])
    index = out / "index.html"
    index.write_text(_landing_page(settings, runs, sources, result), encoding="utf-8")
    stopped = runs[-1].failure
    print(f"\nStopped at {runs[-1].name}." if stopped else f"\n{_sentence(result)}")
    print(f"Open {index.resolve()} in a browser.")
    return int(bool(stopped))


def rewrite(settings: Settings, folder: Path, names: Sequence[str] = ()) -> int:
    """Execute notebooks and write them beside their sources, in the form that is committed.

    Parameters
    ----------
    settings : Settings
    folder : Path
        Where the notebooks are.
    names : sequence of str
        Of the notebooks, as in "01_features" or "01"; all of them if empty.

    Returns
    -------
    int
        0, or 1 if a notebook failed, which then keeps its file, or is not fit to be committed.

    Raises
    ------
    UnknownNameError
        If there is no notebook of a name.
    """
    sources = notebook_files.sources(folder)
    for name in names:
        if not any(_is_named(py, name) for py in sources):
            raise unknown_name("notebook", name, [py.stem for py in sources])
    chosen = [py for py in sources if not names or any(_is_named(py, name) for name in names)]
    failed = False
    for run in _execute_all(chosen, settings):
        if run.failure:
            failed = True
            continue
        notebook = notebook_files.stored(
            run.notebook, seconds=round(run.seconds), **asdict(settings)
        )
        nbformat.write(notebook, folder / f"{run.name}.ipynb")
        for problem in notebook_files.problems(notebook):
            failed = True
            print(f"    {problem}", file=sys.stderr)
    return int(failed)


def _is_named(py: Path, name: str) -> bool:
    return name in (py.stem, py.stem.split("_")[0])


def _execute_all(sources: Sequence[Path], settings: Settings) -> Iterator[Executed]:
    """Execute notebooks in order, a line each, until one fails."""
    # Kernels run in the folder of the notebooks, where a relative folder would be another one.
    os.environ.update(SER_DATA=str(data_folder()), SER_CACHE=str(cache_folder()))
    # The models are small: on a busy machine threads wait for each other longer than they compute.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for py in sources:
        print(f"{py.stem:24} ...", end=" ", flush=True)
        run = execute(notebook_files.read(py), py.stem, settings, py.parent)
        print("failed" if run.failure else f"{run.seconds:.0f} s", flush=True)
        if run.failure:
            print(f"\n{py.name}: {run.failure}", file=sys.stderr)
        yield run
        if run.failure:
            return


def _describe(error: PapermillExecutionError | DeadKernelError, executed: NotebookNode) -> str:
    """Say which cell failed, with its code and the end of the traceback."""
    if isinstance(error, DeadKernelError):
        return "the Python process that ran it died; was there enough memory?"
    # The cell that passes the parameters is not in the source.
    ran = executed.cells[: error.cell_index + 1]
    number = sum(not _has_tag(cell, "injected-parameters") for cell in ran)
    traceback = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error.traceback)).splitlines()
    return "\n".join(
        [
            f"cell {number} failed with {error.ename}: {error.evalue}",
            *(f"    | {line}" for line in error.source.splitlines()),
            *(f"    {line}" for line in traceback[-_TRACEBACK_LINES:]),
        ]
    )


def _has_tag(cell: NotebookNode, beginning: str) -> bool:
    return any(tag.startswith(beginning) for tag in cell.metadata.get("tags", ()))


def _make_empty(out: Path) -> None:
    """Make the folder of the site, without the pages of an earlier run."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for page in (*out.glob("[0-9][0-9]_*.html"), *out.glob("index.html")):
            page.unlink()
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        raise SerError(
            f"cannot write to {out}: {error.strerror}; name another folder with --out."
        ) from error


def _links(name: str, names: Sequence[str]) -> dict[str, str]:
    """Links from the page of a notebook to the landing page and to its neighbours."""
    position = names.index(name)
    links = {"Contents": "index.html"}
    if position > 0:
        links[f"‹ {names[position - 1]}"] = f"{names[position - 1]}.html"
    if position + 1 < len(names):
        links[f"{names[position + 1]} ›"] = f"{names[position + 1]}.html"
    return links


def _landing_page(
    settings: Settings, runs: list[Executed], sources: list[Path], result: dict | None
) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(notebook_html.TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("tutorial.html.j2").render(
        settings=settings,
        corpora={name: datasets.find(name) for name in (settings.source, settings.target)},
        runs=runs,
        not_run=[py.stem for py in sources[len(runs) :]],
        result=result,
        sentence=_sentence(result),
    )


def _sentence(result: dict | None) -> str:
    if result is None:
        return "No notebook displayed a result: there is no baseline and no DANN to compare."
    rows = [row for row in result["rows"] if row["system"].lower() in ("baseline", "dann")]
    scores = ", ".join(f"{row['system']} UAR {row['uar']:.3f}" for row in rows or result["rows"])
    synthetic = ", synthetic speech" if "synthetic" in result["target"] else ""
    return f"{scores} on the target ({result['target']}, {result['task']}{synthetic})"
