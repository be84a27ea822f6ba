"""The systems that are compared: what each is called, how it is drawn, and how it aligns.

A system of your own is one more entry of `SYSTEMS`; experiments, summaries, figures and widgets
then know it by its name.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from ser_utils.alignment import DomainAdversary
from ser_utils.errors import unknown_name

#: Of a system that is not in the table.
OTHER_COLOUR = "#BBBBBB"


@dataclass(frozen=True)
class System:
    """A way to train on a pair."""

    name: str  # in commands, and in the column `method` of results
    title: str  # in tables, figures and texts
    colour: str
    align: Callable[..., nn.Module] | None = None  # makes the alignment penalty, if there is one
    oracle: bool = False  # whether it learns from labels of the target: a bound, never a result


_LISTED = (
    System("baseline", "baseline", "#777777"),
    System("dann", "DANN", "#009988", DomainAdversary),
    System("supervised", "ceiling", "#555555", oracle=True),
)
SYSTEMS: dict[str, System] = {system.name: system for system in _LISTED}
#: Names of the two that a gain is between, unless others are asked for.
COMPARED = ("baseline", "dann")


def find(name: str) -> System:
    """Return the system of a name, or raise `UnknownNameError` if there is none."""
    if name not in SYSTEMS:
        raise unknown_name("method", name, SYSTEMS)
    return SYSTEMS[name]


def described(name: str) -> System:
    """Return the system of a name, or for one that is not in the table here its name alone."""
    return SYSTEMS.get(name) or System(name, name, OTHER_COLOUR)


def colour_of(title: str) -> str:
    """Return the colour of the system of this title, or `OTHER_COLOUR`."""
    colours = {system.title: system.colour for system in SYSTEMS.values()}
    return colours.get(title, OTHER_COLOUR)
