"""Commands that train many systems, and what is made of their results."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ser_utils.commands import add_features, add_on_error, file_name
from ser_utils.errors import ResultsError
from ser_utils.files import write_text, written_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ser_utils.experiments.standings import Standings

#: Five languages, free for research: 20 ordered pairs.
CORPORA = ["ravdess", "emodb", "emovo", "aesdd", "emotiontts-corrected"]
#: What encloses the results in a README.
README_MARKS = (
    "<!-- results: written by a command, checked by a test -->",
    "<!-- end of results -->",
)


def add(commands: argparse._SubParsersAction) -> None:
    """Add the experiments, and what is made of their files."""
    help = "train every system on every pair of corpora"
    command = _add_experiment(commands, "reproduce", help, seeds=10)
    command.set_defaults(out=Path("results/reproduction.csv"), experiment="scoring")
    _add_list(command, "--normalise", ["source", "dataset"])
    _add_list(command, "--batch-norm", ["source", "joint", "domain"])
    _add_list(command, "--statistics", ["running"])
    told = "(default: all systems but the alignments of other papers)"
    _add_list(command, "--methods", None, help=told)
    _add_list(command, "--protocol", ["transductive"], dest="protocols")
    command.add_argument(
        "--leave-one-language-out",
        action="store_true",
        help="train on all corpora of other languages at once; they go into an --out of their own",
    )
    add_features(command)

    command = commands.add_parser("summarise", help="the table of a paper, of what reproduce wrote")
    command.add_argument("path", type=Path, nargs="?", default=Path("results/reproduction.csv"))
    command.add_argument("--readme", type=Path, help="put the means between the marks of this file")
    told = "write the comparisons that a README tells into this JSON file"
    command.add_argument("--headline", type=file_name, metavar="FILE", help=told)
    command.add_argument(
        "--compare",
        nargs=2,
        default=["baseline", "dann"],
        metavar=("BASELINE", "SYSTEM"),
        help="the two methods that a gain is between (default: baseline dann)",
    )
    command.set_defaults(run=_summarise)

    help = "the ladder from source-only training to the ceiling, of what reproduce wrote"
    command = commands.add_parser("ladder", help=help)
    told = (
        "(default: reproduction.csv, speaker.csv and languages.csv of results/, as they are there)"
    )
    command.add_argument("paths", type=Path, nargs="*", metavar="FILE", help=told)
    out = Path("results/ladder.csv")
    command.add_argument("--out", type=file_name, default=out, help="(default: %(default)s)")
    command.set_defaults(run=_ladder)

    help = "choose training settings without target labels"
    command = _add_experiment(commands, "search", help, seeds=3)
    command.set_defaults(methods=["dann_5_1"], batch_norm=["joint"])

    help = "how the gain depends on the settings that nobody tuned"
    command = _add_experiment(commands, "sensitivity", help, seeds=5)
    _add_list(command, "--batch-norm", ["joint"])
    _add_list(command, "--methods", ["bounded", "dann_5_1"])

    help = "from how many utterances normalisation by speaker may be trusted"
    command = _add_experiment(commands, "speaker-utterances", help, seeds=3)
    command.set_defaults(methods=["baseline"], normalise=["source", "dataset", "speaker"])

    help = "which score without target labels would have chosen well"
    command = _add_experiment(commands, "validators", help, seeds=5)
    _add_list(command, "--normalise", ["source"])
    _add_list(command, "--batch-norm", ["source", "joint", "domain"])
    told = "(default: the DANNs that the rule chooses from)"
    _add_list(command, "--methods", None, help=told)

    help = "how much language, emotion and speaker the embeddings hold"
    command = _add_experiment(commands, "invariance", help, seeds=5)
    _add_list(command, "--normalise", ["source", "dataset"])
    told = "what summarise wrote of the DANNs that the rule chose (default: %(default)s)"
    default = "results/reproduction_selection.csv"
    command.add_argument("--selection", default=default, metavar="FILE", help=told)


def _add_experiment(
    commands: argparse._SubParsersAction, name: str, help: str, seeds: int
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help)
    _add_list(command, "--datasets", CORPORA)
    only = {"metavar": "SOURCE:TARGET", "help": "only these (default: all)"}
    _add_list(command, "--pairs", [], type=lambda pair: tuple(pair.split(":")), **only)
    _add_list(command, "--tasks", ["arousal", "valence"])
    add_on_error(command)
    command.add_argument("--seeds", type=int, default=seeds, help="(default: %(default)s)")
    command.add_argument("--jobs", type=int, help="(default: all cores)")
    module = name.replace("-", "_")
    out = Path(f"results/{module}.csv")
    command.add_argument("--out", type=file_name, default=out, help="(default: %(default)s)")
    workers = "of a Dask cluster that is to do the work"
    command.add_argument("--scheduler", metavar="ADDRESS", help=workers)
    command.set_defaults(run=_run, experiment=module)
    return command


def _add_list(
    command: argparse.ArgumentParser, flag: str, default: list[str] | None, **options: object
) -> None:
    options = {"metavar": "NAME", "help": f"(default: {' '.join(default or ())})"} | options
    command.add_argument(flag, nargs="+", default=default, **options)


def _run(options: argparse.Namespace) -> int:
    """Run the experiment of a command on the grid that its options span."""
    from importlib import import_module

    from joblib import cpu_count

    from ser_utils.experiments import runs
    from ser_utils.experiments.grid import Grid

    experiment = import_module(f"ser_utils.experiments.{options.experiment}").EXPERIMENT
    axes = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(options).items()
        if name in Grid.__dataclass_fields__ and value is not None
    }
    axes.setdefault("methods", experiment.methods)
    jobs = cpu_count() if options.jobs is None else options.jobs
    failures = runs.run(experiment, Grid(**axes), options.out, jobs, options.scheduler)
    return int(failures > 0)


def _ladder(options: argparse.Namespace) -> None:
    from ser_utils.experiments import ladder, provenance
    from ser_utils.experiments.standings import without_nan
    from ser_utils.figures import standings as figures

    paths = options.paths or [path for path in ladder.FILES if path.exists()]
    made = ladder.Ladder(ladder.read(paths))
    table = ladder.table(made)
    write_text(options.out, table.round(2).to_csv(index=False, lineterminator="\n"))
    about = provenance.read(paths[0])
    files = {path.as_posix(): provenance.read(path)["command"] for path in paths}
    about |= {"command": provenance.command(), "files": files}
    provenance.write(options.out, about | without_nan(ladder.headline(made, table)))
    _save(figures.ladder(table), options.out.with_suffix(".png"))
    print(table.round(1).to_string(index=False))


def _summarise(options: argparse.Namespace) -> None:
    from ser_utils.experiments import (
        invariance,
        paper_table,
        provenance,
        result_rows,
        selection,
        standings,
        summary,
    )
    from ser_utils.figures import results

    if options.readme:  # what is wrong with it is told before anything is written
        try:
            readme = options.readme.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ResultsError(f"{options.readme} cannot be read ({error}).") from error
        into_readme(readme, "")
    rows = selection.with_chosen(result_rows.read(options.path))
    table = summary.table(rows, compared=tuple(options.compare))
    left_out = provenance.left_out(options.path)
    text = paper_table.markdown(table) + (left_out and f"\n\n{left_out}")
    files = {
        "_summary.csv": table.round(4).to_csv(index=False, lineterminator="\n"),
        "_summary.md": text,
        "_summary.tex": paper_table.latex(table),
    }
    overview = paper_table.overview(table)
    standing = standings.Standings(rows)
    told = standings.headline(standing) if options.headline else None
    if standing.pairs(standings.RULE, standings.PAPER_BASELINE):
        overview = _write_standings(standing, told, options.path)
        selected = selection.choose(rows.table).round(4)
        files["_selection.csv"] = selected.to_csv(index=False, lineterminator="\n")
    if told:
        if (path := options.path.with_name("invariance.csv")).exists():
            measured = invariance.summary(invariance.read(path))
            told["invariant"] = invariance.most_invariant(measured)
        write_text(options.headline, json.dumps(told, indent=2) + "\n")
    for suffix, content in files.items():
        write_text(options.path.with_name(options.path.stem + suffix), content)
    _save(results.overview(table), options.path.with_suffix(".png"))
    print(text)
    print(provenance.sentence(options.path))
    if options.readme:
        write_text(options.readme, into_readme(readme, overview))


def _write_standings(standing: "Standings", told: dict | None, path: Path) -> str:
    """Write where each system stands, as tables and as figures; return the text for a README.

    `told` is the headline, if there is to be one.
    """
    from ser_utils.experiments import paper_table, standings
    from ser_utils.figures import standings as figures

    table = standings.table(standing)
    beside = path.with_name(f"{path.stem}_standings.csv")
    write_text(beside, table.round(2).to_csv(index=False, lineterminator="\n"))
    text = [paper_table.comparisons(told)] if told else []
    text.append(paper_table.standings(table))
    write_text(beside.with_suffix(".md"), "\n\n".join(text) + "\n")
    story = standings.story(table)
    for name, figure in (
        ("standings", figures.gains(story)),
        ("waterfall", figures.waterfall(standings.waterfall(standing))),
    ):
        _save(figure, path.with_name(f"{path.stem}_{name}.png"))
    return paper_table.standings(story)


def _save(figure: "Figure", path: Path) -> None:
    import matplotlib.pyplot as plt

    try:
        with written_whole(path) as temporary:
            figure.savefig(temporary, format="png", dpi=110)
    finally:
        plt.close(figure)


def into_readme(readme: str, text: str) -> str:
    """Put `text` between the marks of a README; a `ResultsError` says that it lacks them."""
    before, start, rest = readme.partition(README_MARKS[0])
    _, end, after = rest.partition(README_MARKS[1])
    if not end:
        lines = " and ".join(map(repr, README_MARKS))
        raise ResultsError(f"there is no place for results: the README needs the lines {lines}.")
    return f"{before}{start}\n\n{text}\n\n{end}{after}"
