"""Penalties that pull source and target embeddings together, each in a file of its own.

Training adds the loss of a penalty to the emotion loss. `Penalty` is all that it knows of one.
"""

from ser_utils.alignment.adversary import DomainAdversary
from ser_utils.alignment.conditional_adversary import ConditionalAdversary
from ser_utils.alignment.coral import Coral
from ser_utils.alignment.domain_confusion import DomainConfusion
from ser_utils.alignment.maximum_mean_discrepancy import MaximumMeanDiscrepancy
from ser_utils.alignment.minimum_class_confusion import MinimumClassConfusion
from ser_utils.alignment.no_alignment import NoAlignment
from ser_utils.alignment.opponent import Opponent
from ser_utils.alignment.penalty import Penalty, Term
from ser_utils.alignment.wasserstein_critic import WassersteinCritic

__all__ = [
    "ConditionalAdversary",
    "Coral",
    "DomainAdversary",
    "DomainConfusion",
    "MaximumMeanDiscrepancy",
    "MinimumClassConfusion",
    "NoAlignment",
    "Opponent",
    "Penalty",
    "Term",
    "WassersteinCritic",
]
