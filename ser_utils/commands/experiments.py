"""Commands that train many systems, and what is made of their results."""

import argparse
import os
from pathlib import Path

from ser_utils.commands.options import add_features
from ser_utils.files import written_whole


def add(commands: argparse._SubParsersAction) -> None:
    """Add `reproduce`, `summarise`, `search`, `sensitivity` and `invariance`."""
    command = commands.add_parser("reproduce", help="train every system on every pair of corpora")
    _add_experiment(command, seeds=10, out=Path("results/reproduction.csv"))
    _add_list(command, "--normalise", ["source", "dataset"])
    _add_list(command, "--batch-norm", ["none", "source", "joint", "separate"])
    _add_list(command, "--statistics", ["running"])
    _add_list(command, "--methods", ["baseline", "dann", "supervised"])
    _add_list(command, "--protocol", ["transductive"])
    add_features(command)
    _add_list(command, "--pairs", [], metavar="SOURCE:TARGET", help="only these (default: all)")
    command.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster that is to do the work"
    )
    command.set_defaults(run=_reproduce)

    command = commands.add_parser("summarise", help="the table of a paper, of what reproduce wrote")
    command.add_argument("path", type=Path, nargs="?", default=Path("results/reproduction.csv"))
    command.add_argument("--readme", type=Path, help="put the means between the marks of this file")
    command.set_defaults(run=_summarise)

    command = commands.add_parser("search", help="choose training settings without target labels")
    _add_experiment(command, seeds=6, out=Path("results/search.csv"))
    command.set_defaults(run=_search)

    command = commands.add_parser(
        "sensitivity", help="how the gain depends on the settings that nobody tuned"
    )
    _add_experiment(command, seeds=3, out=Path("results/sensitivity.csv"))
    _add_list(command, "--batch-norm", ["none", "source"])
    command.set_defaults(run=_sensitivity)

    command = commands.add_parser(
        "invariance", help="how much language, emotion and speaker the embeddings hold"
    )
    _add_experiment(command, seeds=3, out=Path("results/invariance.csv"))
    _add_list(command, "--batch-norm", ["none", "source"])
    command.set_defaults(run=_invariance)


def _add_experiment(command: argparse.ArgumentParser, seeds: int, out: Path) -> None:
    _add_list(command, "--datasets", ["ravdess", "emodb", "emovo"])
    _add_list(command, "--tasks", ["arousal", "valence"])
    command.add_argument("--seeds", type=int, default=seeds, help="(default: %(default)s)")
    command.add_argument("--jobs", type=int, default=os.cpu_count(), help="(default: all cores)")
    command.add_argument("--out", type=Path, default=out, help="(default: %(default)s)")


def _add_list(
    command: argparse.ArgumentParser,
    flag: str,
    default: list[str],
    metavar: str = "NAME",
    help: str | None = None,
) -> None:
    help = help or f"(default: {' '.join(default)})"
    command.add_argument(flag, nargs="+", default=default, metavar=metavar, help=help)


def _reproduce(options: argparse.Namespace) -> int:
    from ser_utils import experiments

    grid = experiments.Grid(
        datasets=tuple(options.datasets),
        tasks=tuple(options.tasks),
        normalise=tuple(options.normalise),
        batch_norm=tuple(options.batch_norm),
        statistics=tuple(options.statistics),
        methods=tuple(options.methods),
        protocols=tuple(options.protocol),
        seeds=options.seeds,
        features=options.features,
        pairs=tuple(tuple(pair.split(":")) for pair in options.pairs),
    )
    failures = experiments.run(grid, options.out, options.jobs, options.scheduler)
    return int(failures > 0)


def _summarise(options: argparse.Namespace) -> None:
    from ser_utils.experiments import paper_table, reports, result_rows, summary
    from ser_utils.figures import results

    table = summary.table(result_rows.read(options.path))
    text = paper_table.markdown(table)
    for suffix, content in (
        ("_summary.csv", table.round(4).to_csv(index=False)),
        ("_summary.md", text),
        ("_summary.tex", paper_table.latex(table)),
    ):
        with written_whole(options.path.with_name(options.path.stem + suffix)) as temporary:
            temporary.write_text(content)
    results.overview(table).savefig(options.path.with_suffix(".png"), dpi=110)
    print(text)
    if options.readme:
        readme = reports.into_readme(options.readme.read_text(), paper_table.overview(table))
        with written_whole(options.readme) as temporary:
            temporary.write_text(readme)


def _search(options: argparse.Namespace) -> None:
    from ser_utils.experiments import reports, search

    chosen = _checked(options, "datasets", "tasks", "seeds")
    table = search.search(*chosen.values(), options.jobs)
    reports.write(table, options.out, {"settings": chosen | {"grid": search.GRID}})
    print("Chosen:", table[table["chosen"]].iloc[0].to_dict())


def _sensitivity(options: argparse.Namespace) -> None:
    from ser_utils.experiments import reports, sensitivity

    chosen = _checked(options, "datasets", "tasks", "batch_norm", "seeds")
    table = sensitivity.sensitivity(*chosen.values(), options.jobs)
    reports.write(table, options.out, {"settings": chosen | {"varied": sensitivity.VARIED}})


def _invariance(options: argparse.Namespace) -> None:
    from ser_utils.experiments import invariance_grid, reports

    chosen = _checked(options, "datasets", "tasks", "batch_norm", "seeds")
    table = invariance_grid.run(*chosen.values(), options.jobs)
    reports.write(table, options.out, {"settings": chosen})


def _checked(options: argparse.Namespace, *names: str) -> dict:
    """Return options of an experiment by name, once it is known that they can be run."""
    from ser_utils import experiments

    given = ((name, getattr(options, name)) for name in names)
    chosen = {name: tuple(x) if isinstance(x, list) else x for name, x in given}
    experiments.Grid(**chosen).check()
    return chosen
