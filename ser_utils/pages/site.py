"""A site of HTML pages of the executed notebooks, with a landing page for the result of the run."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from ser_utils import datasets
from ser_utils.errors import SerError
from ser_utils.files import write_text
from ser_utils.lessons import headline
from ser_utils.pages import execution, outputs, page, sources
from ser_utils.pages.execution import Executed
from ser_utils.pages.parameters import Parameters

#: The page of the explorer, from the folder of the others.
EXPLORER = "explore/index.html"


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
    names = [py.stem for py in found]
    _make_empty(out)
    runs = []
    for position, run in enumerate(execution.execute_all(found, parameters)):
        runs.append(run)
        links = {"Contents": "index.html"}
        links |= {f"‹ {name}": f"{name}.html" for name in names[:position][-1:]}
        links |= {f"{name} ›": f"{name}.html" for name in names[position + 1 :][:1]}
        moving = outputs.moving_pictures(run.notebook)
        pages = {name: f"motion/{name}.html" for name in moving}
        for name, text in moving.items():
            write_text(out / pages[name], text)
        html = page.page(outputs.for_page(run.notebook, EXPLORER, pages), links, folder)
        write_text(out / f"{run.name}.html", html)
    texts = _write_texts(folder.parent / "docs", out)
    result = displayed_result([run.notebook for run in runs])
    stopped = runs[-1].failure
    explorer = (
        "" if stopped or not any(outputs.holds_explorer(r.notebook) for r in runs) else EXPLORER
    )
    if explorer:
        from ser_utils.pages import explore  # brings torch, which commands start without

        explore.write(parameters, (out / explorer).parent)
    index = out / "index.html"
    not_run = names[len(runs) :]
    write_text(index, _landing_page(parameters, left_out, runs, not_run, texts, result, explorer))
    print(f"\nStopped at {runs[-1].name}." if stopped else f"\n{_sentence(result)}")
    print(f"Open {index.resolve()} in a browser.")
    return int(bool(stopped))


def displayed_result(notebooks: Sequence[NotebookNode]) -> dict | None:
    """Find the numbers that the last call of `headline.show` displayed, if there was one."""
    cells = [cell for notebook in notebooks for cell in outputs.code_cells(notebook)]
    displayed = [output.get("data", {}) for cell in cells for output in cell.outputs]
    found = [data[headline.MIME] for data in displayed if headline.MIME in data]
    return found[-1] if found else None


def _write_texts(docs: Path, out: Path) -> dict[str, str]:
    """Write the pages of `docs`, such as the glossary; return their titles by their files."""
    titles = {}
    for md in sorted(docs.glob("*.md")):
        notebook = new_notebook(cells=[new_markdown_cell(md.read_text(encoding="utf-8"))])
        html = page.page(notebook, {"Contents": "index.html"}, docs)
        write_text(out / f"{md.stem}.html", html)
        titles[f"{md.stem}.html"] = sources.title(notebook)
    return titles


def _make_empty(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for old in (*out.glob("[0-9][0-9]_*.html"), *out.glob("index.html")):
            old.unlink()
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        problem = f"cannot write to {out}: {error.strerror}; name another folder with --out."
        raise SerError(problem) from error


def _landing_page(
    parameters: Parameters,
    left_out: Mapping[str, Sequence[str]],
    runs: list[Executed],
    not_run: list[str],
    texts: dict[str, str],
    result: dict | None,
    explorer: str,
) -> str:
    from ser_utils.metrics import NO_INTERVAL  # brings scikit-learn, which commands do without

    text = (page.TEMPLATES / "tutorial.html.j2").read_text(encoding="utf-8")
    options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    return jinja2.Template(text, undefined=jinja2.StrictUndefined, **options).render(
        sources=sources,
        parameters=parameters,
        left_out={name: files for name, files in left_out.items() if files},
        corpora={name: datasets.find(name) for name in (parameters.source, parameters.target)},
        runs=runs,
        not_run=not_run,
        texts=texts,
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
