"""The explorer of a pair: systems are trained and mapped, and a page is written of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ser_utils import domains, features
from ser_utils.embeddings.maps import Maps
from ser_utils.errors import SerError
from ser_utils.experiments import scoring, selection, systems
from ser_utils.files import in_checkout
from ser_utils.pages.parameters import Parameters
from ser_utils.widgets.explorer import Explorer

#: What the rule chose, as `summarise` wrote it; and for pairs that it did not choose for.
CHOSEN, OTHERWISE = ("results", "reproduction_selection.csv"), ("joint", "dann_5_1")
RULE = "dann_rule"
#: The systems of a page, unless others are asked for.
SYSTEMS = ("baseline", "dann", RULE)


def recipe(system: str, parameters: Parameters) -> tuple[str, str, str]:
    """Return title, batch norm and name of a system, which is given as NAME or NAME:BATCH_NORM.

    `RULE` is what the rule without target labels chose for this pair, if it is known. An
    `UnknownNameError` says that there is no such system.
    """
    name, _, batch_norm = system.partition(":")
    if name == RULE:
        of = parameters.source, parameters.target, parameters.task, "source"
        try:
            batch_norm, name = selection.winners(in_checkout(*CHOSEN))[of]
            return systems.SELECTED[RULE].title, batch_norm, name
        except (SerError, KeyError):
            batch_norm, name = OTHERWISE
    title = systems.find(name).title
    return title + (batch_norm and f", {batch_norm}"), batch_norm or "source", name


def prepare(parameters: Parameters, chosen: Sequence[str] = SYSTEMS) -> Maps:
    """Train systems on a pair with the default settings and seed 0, and map all utterances.

    Fitted maps are kept in the cache. Errors are those of `recipe` and of `scoring.train`.
    """
    recipes = [recipe(system, parameters) for system in chosen]
    corpora = parameters.source, parameters.target
    sides = [features.of_corpus(name, on_error=parameters.on_error) for name in corpora]
    mapped = {}
    for title, batch_norm, name in recipes:
        pair = domains.pair(*sides, task=parameters.task, clip=systems.find(name).clip)
        trained = scoring.train(pair, batch_norm, name, seed=0, progress=True)
        maps = Maps.of(pair, {title: trained})
        mapped |= maps.systems
    maps = replace(maps, systems=mapped)
    maps.points  # noqa: B018 - fitted here
    return maps


def write(parameters: Parameters, folder: Path, chosen: Sequence[str] = SYSTEMS) -> Path:
    """Write the explorer of a pair into a folder; return the file to open.

    Errors are those of `prepare` and of `Explorer.write`.
    """
    return Explorer(prepare(parameters, chosen)).write(folder)
