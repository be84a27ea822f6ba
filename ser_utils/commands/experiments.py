"""Commands that train many systems, and what is made of their results."""

import argparse
import os
from pathlib import Path

from ser_utils.commands import add_features
from ser_utils.files import written_whole

#: What encloses the results in a README.
README_MARKS = (
    "<!-- results: written by a command, checked by a test -->",
    "<!-- end of results -->",
)


def add(commands: argparse._SubParsersAction) -> None:
    """Add `reproduce`, `summarise`, `search`, `sensitivity` and `invariance`."""
    help = "train every system on every pair of corpora"
    command = _add_experiment(commands, "reproduce", help, seeds=10)
    command.set_defaults(out=Path("results/reproduction.csv"), experiment="scoring")
    _add_list(command, "--normalise", ["source", "dataset"])
    _add_list(command, "--batch-norm", ["none", "source", "joint", "separate"])
    _add_list(command, "--statistics", ["running"])
    _add_list(command, "--methods", ["baseline", "dann", "supervised"])
    _add_list(command, "--protocol", ["transductive"], dest="protocols")
    add_features(command)

    command = commands.add_parser("summarise", help="the table of a paper, of what reproduce wrote")
    command.add_argument("path", type=Path, nargs="?", default=Path("results/reproduction.csv"))
    command.add_argument("--readme", type=Path, help="put the means between the marks of this file")
    command.add_argument(
        "--compare",
        nargs=2,
        default=["baseline", "dann"],
        metavar=("BASELINE", "SYSTEM"),
        help="the two methods that a gain is between (default: baseline dann)",
    )
    command.set_defaults(run=_summarise)

    help = "choose training settings without target labels"
    _add_experiment(commands, "search", help, seeds=6).set_defaults(methods=["dann"])
    for name, help in (
        ("sensitivity", "how the gain depends on the settings that nobody tuned"),
        ("invariance", "how much language, emotion and speaker the embeddings hold"),
    ):
        command = _add_experiment(commands, name, help, seeds=3)
        command.set_defaults(methods=["baseline", "dann"])
        _add_list(command, "--batch-norm", ["none", "source"])


def _add_experiment(
    commands: argparse._SubParsersAction, name: str, help: str, seeds: int
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help)
    _add_list(command, "--datasets", ["ravdess", "emodb", "emovo"])
    only = {"metavar": "SOURCE:TARGET", "help": "only these (default: all)"}
    _add_list(command, "--pairs", [], type=lambda pair: tuple(pair.split(":")), **only)
    _add_list(command, "--tasks", ["arousal", "valence"])
    command.add_argument("--seeds", type=int, default=seeds, help="(default: %(default)s)")
    command.add_argument("--jobs", type=int, default=os.cpu_count(), help="(default: all cores)")
    out = Path(f"results/{name}.csv")
    command.add_argument("--out", type=Path, default=out, help="(default: %(default)s)")
    workers = "of a Dask cluster that is to do the work"
    command.add_argument("--scheduler", metavar="ADDRESS", help=workers)
    command.set_defaults(run=_run, experiment=name)
    return command


def _add_list(
    command: argparse.ArgumentParser, flag: str, default: list[str], **options: object
) -> None:
    options = {"metavar": "NAME", "help": f"(default: {' '.join(default)})"} | options
    command.add_argument(flag, nargs="+", default=default, **options)


def _run(options: argparse.Namespace) -> int:
    """Run the experiment of a command on the grid that its options span."""
    from importlib import import_module

    from ser_utils.experiments import runs
    from ser_utils.experiments.grid import Grid

    experiment = import_module(f"ser_utils.experiments.{options.experiment}").EXPERIMENT
    axes = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(options).items()
        if name in Grid.__dataclass_fields__
    }
    failures = runs.run(experiment, Grid(**axes), options.out, options.jobs, options.scheduler)
    return int(failures > 0)


def _summarise(options: argparse.Namespace) -> None:
    from ser_utils.experiments import paper_table, provenance, result_rows, summary
    from ser_utils.figures import results

    table = summary.table(result_rows.read(options.path), compared=tuple(options.compare))
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
    print(provenance.sentence(options.path))
    if options.readme:
        readme = into_readme(options.readme.read_text(), paper_table.overview(table))
        with written_whole(options.readme) as temporary:
            temporary.write_text(readme)


def into_readme(readme: str, text: str) -> str:
    """Put `text` between the marks of a README."""
    before, rest = readme.split(README_MARKS[0])
    _, after = rest.split(README_MARKS[1])
    return f"{before}{README_MARKS[0]}\n\n{text}\n\n{README_MARKS[1]}{after}"
