"""`python -m ser_utils`: the commands of the project, one sub-command each.

What a command needs is imported when it is chosen, so that help and mistakes answer at once.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ser_utils.errors import SerError
from ser_utils.paths import PROJECT, written_whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        As given in a shell; by default those of this process.

    Returns
    -------
    int
        Exit status: 0, 1 if a notebook or a download failed or a check found something, 2 if a
        corpus has errors or the command cannot be carried out as it was given, 130 if it was
        interrupted.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser().parse_args(arguments)
        return options.run(options) or 0
    except SerError as error:
        print(f"ser_utils: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nser_utils: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ser_utils", description="Run a command.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    command = commands.add_parser("datasets", help="list the corpora, and how to get them")
    command.set_defaults(run=_datasets)

    command = commands.add_parser("check", help="read every file of a corpus, and report")
    command.add_argument("corpus", help="a name, a folder, or a table (CSV or Parquet)")
    command.add_argument("--html", type=Path, metavar="FILE", help="write the report as a page")
    command.add_argument("--json", type=Path, metavar="FILE", help="write it for a program")
    command.set_defaults(run=_check)

    command = commands.add_parser("download", help="download corpora, where their licence allows")
    command.add_argument("names", nargs="+", help="as listed by datasets")
    command.add_argument(
        "--accept-licence", action="store_true", help="accept the licences, which are shown"
    )
    command.set_defaults(run=_download)

    command = commands.add_parser("explore", help="look at and listen to embeddings in a browser")
    _add_pair(command)
    command.add_argument("--port", type=int, default=8866, help="(default: %(default)s)")
    command.add_argument("--no-browser", action="store_true", help="only serve it")
    command.set_defaults(run=_explore)

    command = commands.add_parser("train", help="train one model, for predict")
    _add_pair(command)
    command.add_argument("--method", choices=["baseline", "dann"], default="dann")
    for flag in ("--batch-norm", "--normalise"):
        command.add_argument(flag, default="source", metavar="NAME", help="(default: %(default)s)")
    _add_features(command)
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--out", type=Path, required=True, help="checkpoint to write")
    command.set_defaults(run=_train)

    command = commands.add_parser("predict", help="predict the class of recordings of your own")
    command.add_argument("files", nargs="+", metavar="FILE", help="wav, flac, ogg, mp3, ...")
    command.add_argument("--model", required=True, metavar="CHECKPOINT", help="as from train")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    command.set_defaults(run=_predict)

    command = commands.add_parser("tutorial", help="execute the notebooks into HTML pages")
    _add_pair(command)
    _add_folder(command)
    command.add_argument(
        "--out", type=Path, default=Path("build/tutorial"), help="folder (default: %(default)s)"
    )
    command.set_defaults(run=_tutorial)

    command = commands.add_parser("notebooks", help="execute and rewrite the committed notebooks")
    command.add_argument("names", nargs="*", help="as in 01 or 01_features (default: all)")
    _add_pair(command)
    _add_folder(command)
    command.set_defaults(run=_notebooks)

    command = commands.add_parser("check-notebooks", help="check the committed notebooks")
    _add_folder(command)
    command.set_defaults(run=_check_notebooks)

    command = commands.add_parser("reproduce", help="train every system on every pair of corpora")
    _add_experiment(command, seeds=10, out=Path("results/reproduction.csv"))
    _add_list(command, "--normalise", ["source", "dataset"])
    _add_list(command, "--batch-norm", ["none", "source", "joint", "separate"])
    _add_list(command, "--statistics", ["running"])
    _add_list(command, "--methods", ["baseline", "dann", "supervised"])
    _add_list(command, "--protocol", ["transductive"])
    _add_features(command)
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
    return parser


def _add_pair(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", default="auto", help="corpus with labels")
    command.add_argument("--target", default="auto", help="corpus whose labels are not used")
    command.add_argument("--task", default="arousal", help="arousal (default) or valence")


def _add_features(command: argparse.ArgumentParser) -> None:
    command.add_argument("--features", default="egemaps", help="egemaps (mlp) or logmel (cnn)")


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


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--folder", type=Path, default=PROJECT / "notebooks", help="where the notebooks are"
    )


def _datasets(options: argparse.Namespace) -> None:
    from ser_utils import datasets

    print(datasets.overview())


def _download(options: argparse.Namespace) -> int:
    from ser_utils import downloads

    return int(not downloads.download(options.names, options.accept_licence))


def _check(options: argparse.Namespace) -> int:
    from ser_utils import corpus_check

    report = corpus_check.check(options.corpus)
    for path, write in ((options.html, report.html), (options.json, report.json)):
        if path:
            with written_whole(path) as temporary:
                temporary.write_text(write(), encoding="utf-8")
    # Names of files may hold letters that the encoding of the terminal does not.
    encoding = sys.stdout.encoding or "utf-8"
    print(report.text().encode(encoding, errors="backslashreplace").decode(encoding))
    return report.severity


def _train(options: argparse.Namespace) -> None:
    from ser_utils import datasets, domains, evaluation, experiments, features

    names = datasets.choose(options.source, options.target)
    experiments.Grid(
        datasets=names,
        tasks=(options.task,),
        normalise=(options.normalise,),
        batch_norm=(options.batch_norm,),
        features=options.features,
    ).check()
    pair = domains.pair(
        *(features.extract(datasets.load(name), options.features) for name in names),
        task=options.task,
        normalise=options.normalise,
    )
    trained = experiments.train(
        pair, options.batch_norm, options.method, options.seed, progress=True
    )
    trained.save(options.out)
    test = pair.evaluation
    target = evaluation.bootstrap_uar(test.labels, trained.predict(test), test.speakers)
    print(
        f"{options.method}: {pair}, batch norm {options.batch_norm}, seed {options.seed}\n"
        f"UAR in percent: {100 * evaluation.held_out_uar(trained, pair.source):.1f} on held-out "
        f"speakers of the source, {target} on the target; "
        f"the majority dummy has {100 * evaluation.majority_uar(pair):.1f}.\n"
        "One seed of one system is no comparison: `python -m ser_utils reproduce` makes one."
    )


def _predict(options: argparse.Namespace) -> None:
    from ser_utils import prediction, training

    trained = training.load(options.model)
    table = prediction.predict(trained, options.files)
    if options.json:
        print(json.dumps(table.to_dict("records"), indent=2))
    else:
        print(table.round(3).to_string(index=False))
    print(prediction.caveat(trained), file=sys.stderr)


def _tutorial(options: argparse.Namespace) -> int:
    from ser_utils import tutorial

    settings = tutorial.resolve(options.source, options.target, options.task)
    return tutorial.build(settings, options.folder, options.out)


def _notebooks(options: argparse.Namespace) -> int:
    from ser_utils import tutorial

    settings = tutorial.resolve(options.source, options.target, options.task)
    return tutorial.rewrite(settings, options.folder, options.names)


def _explore(options: argparse.Namespace) -> int:
    from ser_utils import explore_app, tutorial

    settings = tutorial.resolve(options.source, options.target, options.task)
    pair = settings.source, settings.target, settings.task
    return explore_app.serve(*pair, options.port, not options.no_browser)


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
    from ser_utils import paper_table, reports, result_figures, result_rows, summary

    table = summary.table(result_rows.read(options.path))
    text = paper_table.markdown(table)
    for suffix, content in (
        ("_summary.csv", table.round(4).to_csv(index=False)),
        ("_summary.md", text),
        ("_summary.tex", paper_table.latex(table)),
    ):
        with written_whole(options.path.with_name(options.path.stem + suffix)) as temporary:
            temporary.write_text(content)
    result_figures.overview(table).savefig(options.path.with_suffix(".png"), dpi=110)
    print(text)
    if options.readme:
        readme = reports.into_readme(options.readme.read_text(), paper_table.overview(table))
        with written_whole(options.readme) as temporary:
            temporary.write_text(readme)


def _search(options: argparse.Namespace) -> None:
    from ser_utils import experiments, reports, search

    names, tasks, seeds = tuple(options.datasets), tuple(options.tasks), options.seeds
    experiments.Grid(names, tasks, seeds=seeds).check()
    table = search.search(names, tasks, seeds, options.jobs)
    chosen = {"datasets": names, "tasks": tasks, "seeds": seeds}
    reports.write(table, options.out, {"settings": chosen | {"grid": search.GRID}})
    print("Chosen:", table[table["chosen"]].iloc[0].to_dict())


def _sensitivity(options: argparse.Namespace) -> None:
    from ser_utils import experiments, reports, sensitivity

    names, tasks, seeds = tuple(options.datasets), tuple(options.tasks), options.seeds
    compositions = tuple(options.batch_norm)
    experiments.Grid(names, tasks, batch_norm=compositions, seeds=seeds).check()
    table = sensitivity.sensitivity(names, tasks, compositions, seeds, options.jobs)
    chosen = {"datasets": names, "tasks": tasks, "batch_norm": compositions, "seeds": seeds}
    reports.write(table, options.out, {"settings": chosen | {"varied": sensitivity.VARIED}})


def _invariance(options: argparse.Namespace) -> None:
    from ser_utils import experiments, invariance_grid, reports

    names, tasks, seeds = tuple(options.datasets), tuple(options.tasks), options.seeds
    compositions = tuple(options.batch_norm)
    experiments.Grid(names, tasks, batch_norm=compositions, seeds=seeds).check()
    table = invariance_grid.run(names, tasks, compositions, seeds, options.jobs)
    chosen = {"datasets": names, "tasks": tasks, "batch_norm": compositions, "seeds": seeds}
    reports.write(table, options.out, {"settings": chosen})


def _check_notebooks(options: argparse.Namespace) -> int:
    from ser_utils import notebook_files

    problems = notebook_files.check(options.folder)
    print(*problems, sep="\n", file=sys.stderr, end="\n" if problems else "")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
