"""Commands on single systems: train one, predict by it, look at what it learned."""

import argparse
import json
import sys
from pathlib import Path

from ser_utils.commands import add_features, add_on_error, add_pair, file_name
from ser_utils.errors import require_seed


def add(commands: argparse._SubParsersAction) -> None:
    """Add `train`, `predict` and `explore`."""
    command = commands.add_parser("train", help="train one model, for predict")
    add_pair(command)
    command.add_argument("--method", default="dann", metavar="NAME", help="(default: %(default)s)")
    for flag in ("--batch-norm", "--normalise"):
        command.add_argument(flag, default="source", metavar="NAME", help="(default: %(default)s)")
    add_features(command)
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--out", type=file_name, required=True, help="checkpoint to write")
    command.set_defaults(run=_train)

    command = commands.add_parser("predict", help="predict the class of recordings of your own")
    command.add_argument("files", nargs="+", metavar="FILE", help="wav, flac, ogg, mp3, ...")
    command.add_argument("--model", required=True, metavar="CHECKPOINT", help="as from train")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_on_error(command)
    command.set_defaults(run=_predict)

    command = commands.add_parser("explore", help="write a page to look at and hear embeddings")
    add_pair(command)
    wanted = "of each map (default: baseline dann dann_rule)"
    command.add_argument("--systems", nargs="+", metavar="NAME[:BATCH_NORM]", help=wanted)
    out = "folder (default: %(default)s)"
    command.add_argument("--out", type=Path, default=Path("build/explore"), help=out)
    command.add_argument("--no-browser", action="store_true", help="only write it")
    command.set_defaults(run=_explore)


def _train(options: argparse.Namespace) -> None:
    from ser_utils import domains, evaluation, features
    from ser_utils.experiments import scoring, systems
    from ser_utils.experiments.grid import Grid
    from ser_utils.lessons import choice

    require_seed(options.seed)
    names = choice.corpora(options.source, options.target)
    axes = names, (options.task,), (options.normalise,), (options.batch_norm,)
    how = {"on_error": options.on_error}
    only = {"methods": (options.method,), "features": options.features, "pairs": (names,)}
    Grid(*axes, **only, **how).check()
    sides = [features.of_corpus(name, options.features, **how) for name in names]
    clip = systems.find(options.method).clip
    pair = domains.pair(*sides, task=options.task, normalise=options.normalise, clip=clip)
    trained = scoring.train(pair, options.batch_norm, options.method, options.seed, progress=True)
    trained.save(options.out)
    for skipped in (line for side in sides for line in side.skipped):
        print(f"left out: {skipped}")
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
    table = prediction.predict(trained, options.files, on_error=options.on_error)
    if options.json:
        print(json.dumps(table.to_dict("records"), indent=2))
    else:
        print(table.round(3).to_string(index=False))
    print(prediction.caveat(trained), file=sys.stderr)


def _explore(options: argparse.Namespace) -> None:
    import webbrowser

    from ser_utils.pages import explore, parameters

    chosen = parameters.resolve(options.source, options.target, options.task, options.on_error)
    page = explore.write(chosen, options.out, options.systems or explore.SYSTEMS).resolve()
    print(f"Open {page} in a browser.")
    if not options.no_browser:
        webbrowser.open(page.as_uri())
