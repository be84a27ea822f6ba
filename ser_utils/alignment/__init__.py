"""Penalties that pull source and target embeddings together, each in a file of its own.

Training adds the loss of a penalty to the emotion loss. `Penalty` is all that it knows of one.
"""

from ser_utils.alignment.adversary import DomainAdversary
from ser_utils.alignment.opponent import Opponent
from ser_utils.alignment.penalty import Penalty, Term

__all__ = ["DomainAdversary", "Opponent", "Penalty", "Term"]
