"""The systems that are compared: what each is called, how it is drawn, and how it aligns.

A system of your own is one more entry of `SYSTEMS`; experiments, summaries, figures and widgets
then know it by its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from torch import nn

from ser_utils import alignment, settings
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
    model: Mapping[str, object] = field(default_factory=dict)  # arguments of `models.mlp`
    clip: float | None = settings.CLIP  # of its inputs
    threshold: str = "zero"  # one of `metrics.THRESHOLDS`
    trained_as: str = ""  # the system whose trainings it takes, if it has none of its own
    batch_norms: tuple[str, ...] = ()  # the only ones that a grid trains it under; empty for all
    normalisations: tuple[str, ...] = ()  # likewise


#: An embedding that the language classifier sees as a probe does: without dropout, and bounded.
BOUNDED = {"embedding": "tanh", "embedding_dropout": 0.0}
#: The DANNs that the rule chooses from: steps of the classifier, and lambda at the end.
CANDIDATES = {
    f"dann_{steps}_{strength:g}": System(
        f"dann_{steps}_{strength:g}",
        f"DANN, {steps} step{'s' * (steps > 1)}, λ {strength:g}",
        colour,
        partial(DomainAdversary, steps=steps, max_lambda=strength),
        model=BOUNDED,
    )
    for steps, strength, colour in (
        (1, 0.3, "#88CCEE"),
        (1, 1.0, "#33BBEE"),
        (5, 0.3, "#CCBB44"),
        (5, 1.0, "#EE7733"),
    )
}
#: What else aligns, on the same embedding. Opponents take as many steps as keep a training within
#: three times the baseline's.
ALIGNMENTS = {
    name: System(name, title, colour, align, model=BOUNDED)
    for name, title, colour, align in (
        ("no_alignment", "no alignment", "#000000", alignment.NoAlignment),
        ("mmd", "MK-MMD", "#117733", alignment.MaximumMeanDiscrepancy),
        ("coral", "CORAL", "#CC6677", alignment.Coral),
        ("cdan", "CDAN", "#882255", partial(alignment.ConditionalAdversary, steps=3)),
        (
            *("cdan_e", "CDAN+E", "#EE3377"),
            partial(alignment.ConditionalAdversary, steps=3, entropy=True),
        ),
        ("mcc", "class confusion", "#332288", alignment.MinimumClassConfusion),
        ("confusion", "domain confusion", "#DDCC77", partial(alignment.DomainConfusion, steps=3)),
        (
            *("wasserstein", "Wasserstein critic", "#AA4499"),
            partial(alignment.WassersteinCritic, steps=2),
        ),
    )
}
_LISTED = (
    System("baseline", "baseline", "#777777"),
    System(
        "unclipped",
        "baseline, not clipped",
        "#BBBBBB",
        clip=None,
        batch_norms=("source",),
        normalisations=("source",),
    ),
    System(
        "median",
        "baseline, cut at the median",
        "#AA3377",
        threshold="median",
        trained_as="baseline",
    ),
    System("bounded", "baseline, bounded embedding", "#999933", model=BOUNDED),
    System("dann", "DANN", "#009988", DomainAdversary),
    *CANDIDATES.values(),
    *ALIGNMENTS.values(),
    System("supervised", "ceiling", "#555555", oracle=True),
)
SYSTEMS: dict[str, System] = {system.name: system for system in _LISTED}
#: What a grid trains unless others are asked for.
REPRODUCED = tuple(name for name in SYSTEMS if name not in ALIGNMENTS)
#: What `selection` chooses of the candidates. No grid trains these: their rows are of trainings
#: that are there.
SELECTED = {
    "dann_rule": System("dann_rule", "DANN, by rule", "#0077BB"),
    "dann_rule_once": System("dann_rule_once", "DANN, by rule, once for all pairs", "#4477AA"),
    "oracle_dann": System("oracle_dann", "DANN, best on target labels", "#555555", oracle=True),
}
#: Stands for the batch norm of their rows.
BY_RULE = "by rule"
#: Names of the two that a gain is between, unless others are asked for.
COMPARED = ("baseline", "dann")


def find(name: str) -> System:
    """Return the system of a name, or raise `UnknownNameError` if there is none."""
    if name not in SYSTEMS:
        raise unknown_name("method", name, SYSTEMS)
    return SYSTEMS[name]


def described(name: str) -> System:
    """Return the system of a name, or for one that is not in the table here its name alone."""
    return (SYSTEMS | SELECTED).get(name) or System(name, name, OTHER_COLOUR)


def colour_of(title: str) -> str:
    """Return the colour of the system of this title, or `OTHER_COLOUR`."""
    colours = {system.title: system.colour for system in (SYSTEMS | SELECTED).values()}
    return colours.get(title, OTHER_COLOUR)
