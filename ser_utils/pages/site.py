"""A site of HTML pages of the executed notebooks, with a landing page for the result of the run."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import jinja2
from nbformat import NotebookNode

from ser_utils import datasets
from ser_utils.errors import SerError
from ser_utils.lessons import headline
from ser_utils.pages import execution, outputs, page, sources
from ser_utils.pages.execution import Executed
from ser_utils.pages.parameters import Parameters


def build(parameters: Parameters, folder: Path, out: Path) -> int:
    """Execute all notebooks into a site of HTML pages, and print where it is and what came out.

    Parameters
    ----------
    parameters, folder
        What the notebooks run on, and where they are.
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
    found = sources.find(folder)
    _make_empty(out)
    runs = []
    for run in execution.execute_all(found, parameters):
        runs.append(run)
        links = _links(run.name, [py.stem for py in found])
        html = page.page(outputs.for_page(run.notebook), links, folder)
        (out / f"{run.name}.html").write_text(html, encoding="utf-8")
    result = displayed_result([run.notebook for run in runs])
    index = out / "index.html"
    not_run = [py.stem for py in found[len(runs) :]]
    index.write_text(_landing_page(parameters, runs, not_run, result), encoding="utf-8")
    stopped = runs[-1].failure
    print(f"\nStopped at {runs[-1].name}." if stopped else f"\n{_sentence(result)}")
    print(f"Open {index.resolve()} in a browser.")
    return int(bool(stopped))


def displayed_result(notebooks: Sequence[NotebookNode]) -> dict | None:
    """Find the numbers that the last call of `headline.show` displayed, if there was one."""
    found = [
        output.data[headline.MIME]
        for notebook in notebooks
        for cell in outputs.code_cells(notebook)
        for output in cell.outputs
        if headline.MIME in output.get("data", ())
    ]
    return found[-1] if found else None


def _make_empty(out: Path) -> None:
    """Make the folder of the site, without the pages of an earlier run."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for old in (*out.glob("[0-9][0-9]_*.html"), *out.glob("index.html")):
            old.unlink()
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
    parameters: Parameters, runs: list[Executed], not_run: list[str], result: dict | None
) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(page.TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("tutorial.html.j2").render(
        sources=sources,
        parameters=parameters,
        corpora={name: datasets.find(name) for name in (parameters.source, parameters.target)},
        runs=runs,
        not_run=not_run,
        result=result,
        sentence=_sentence(result),
    )


def _sentence(result: dict | None) -> str:
    if result is None:
        return "No notebook displayed a result: there is no baseline and no DANN to compare."
    scores = ", ".join(f"{row['system']} UAR {row['uar']:.3f}" for row in result["rows"])
    synthetic = ", synthetic speech" if "synthetic" in result["target"] else ""
    return f"{scores} on the target ({result['target']}, {result['task']}{synthetic})"
