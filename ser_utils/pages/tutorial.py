"""A fresh run of the notebooks as pages, with a landing page for its result."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
from nbformat import NotebookNode

from ser_utils import datasets
from ser_utils.files import write_text
from ser_utils.lessons import headline
from ser_utils.pages import book, execution, outputs, sources
from ser_utils.pages.execution import Executed
from ser_utils.pages.parameters import Parameters


def build(
    parameters: Parameters,
    folder: Path,
    out: Path,
    left_out: Mapping[str, Sequence[str]] = {},
) -> int:
    """Execute all notebooks of a folder into HTML pages, and print where they are and the result.

    Where a notebook displays an explorer, its page lies beside the others, on the same pair. Pages
    of an earlier run are removed from `out`. The landing page says what was wrong with the
    files `left_out` of each corpus. The exit status is 1 if a notebook failed; those after it are
    not run then.
    """
    found = sources.find(folder)
    book.make_empty(out)
    runs = list(execution.execute_all(found, parameters))
    stopped = runs[-1].failure
    shown = not stopped and any(outputs.holds_explorer(run.notebook) for run in runs)
    explorer = book.EXPLORER if shown else ""
    result = displayed_result([run.notebook for run in runs])
    not_run = [py.stem for py in found[len(runs) :]]
    with book.written(folder.parent, out) as source:
        for run in runs:
            moving = outputs.moving_pictures(run.notebook)
            for name, text in moving.items():
                write_text(out / book.MOTION / f"{name}.html", text)
            book.add_notebook(run.notebook, run.name, source, explorer, moving)
        index = _landing_page(parameters, left_out, runs, not_run, result, explorer)
        write_text(source / "index.md", index)
    if explorer:
        from ser_utils.pages import explore  # brings torch, which commands start without

        explore.write(parameters, (out / explorer).parent)
    print(f"\nStopped at {runs[-1].name}." if stopped else f"\n{_sentence(result)}")
    print(f"Open {(out / 'index.html').resolve()} in a browser.")
    return int(bool(stopped))


def displayed_result(notebooks: Sequence[NotebookNode]) -> dict | None:
    """Find the numbers that the last call of `headline.show` displayed, if there was one."""
    cells = [cell for notebook in notebooks for cell in outputs.code_cells(notebook)]
    displayed = [output.get("data", {}) for cell in cells for output in cell.outputs]
    found = [data[headline.MIME] for data in displayed if headline.MIME in data]
    return found[-1] if found else None


def _landing_page(
    parameters: Parameters,
    left_out: Mapping[str, Sequence[str]],
    runs: list[Executed],
    not_run: list[str],
    result: dict | None,
    explorer: str,
) -> str:
    from ser_utils.metrics import NO_INTERVAL  # brings scikit-learn, which commands do without

    text = (book.TEMPLATES / "tutorial.md.j2").read_text(encoding="utf-8")
    options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    return jinja2.Template(text, undefined=jinja2.StrictUndefined, **options).render(
        title=book.TITLE,
        contents=book.contents(),
        sources=sources,
        parameters=parameters,
        left_out={name: files for name, files in left_out.items() if files},
        corpora={name: datasets.find(name) for name in (parameters.source, parameters.target)},
        runs=runs,
        not_run=not_run,
        result=result,
        explorer=explorer,
        no_interval=NO_INTERVAL,
        sentence=_sentence(result),
    )


def _sentence(result: dict | None) -> str:
    if result is None:
        return "No notebook displayed a result: there is no baseline and no DANN to compare."
    scores = ", ".join(f"{row['system']} UAR {row['uar']:.3f}" for row in result["rows"])
    synthetic = ", synthetic speech" if "synthetic" in result["target"] else ""
    return f"{scores} on the target ({result['target']}, {result['task']}{synthetic})"
