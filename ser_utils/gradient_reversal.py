r"""The gradient reversal layer (GRL) and the schedules of its strength.

Forward it is the identity, backward it multiplies the gradient by :math:`-\lambda`:

.. math:: R_\lambda(x) = x, \qquad \frac{\partial R_\lambda}{\partial x} = -\lambda I

so that one backward pass trains a language classifier to tell the languages apart and the
encoder below to make that impossible (Ganin & Lempitsky 2015, ICML, equations 7 to 9;
Ganin et al. 2016, JMLR 17(59)).
"""

import math

import torch
from torch import Tensor, nn


class ReverseGradient(torch.autograd.Function):
    """The GRL as a function: use `reverse_gradient`."""

    @staticmethod
    def forward(ctx, x: Tensor, strength: float) -> Tensor:  # noqa: D102
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # noqa: D102
        return -ctx.strength * gradient, None


def reverse_gradient(x: Tensor, strength: float = 1.0) -> Tensor:
    r"""Return `x`; on the way back, multiply its gradient by minus `strength`.

    Parameters
    ----------
    x : Tensor, any shape
    strength : float
        :math:`\lambda` of Ganin & Lempitsky (2015), equation 9.
    """
    return ReverseGradient.apply(x, strength)


class GradientReversal(nn.Module):
    """The GRL as a layer, for a place in `nn.Sequential`.

    Parameters
    ----------
    strength : float
        Lambda; a schedule may change the attribute during training.
    """

    def __init__(self, strength: float = 1.0) -> None:
        super().__init__()
        self.strength = strength

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        return reverse_gradient(x, self.strength)

    def extra_repr(self) -> str:  # noqa: D102
        return f"strength={self.strength:g}"


def ganin(p: float, gamma: float = 10.0) -> float:
    r"""Rise smoothly from 0 to 1: :math:`2 / (1 + \exp(-\gamma p)) - 1`.

    At first the classifier learns undisturbed; its gradients mean something by the time they
    count (Ganin et al. 2016, section 5.2.2).

    Parameters
    ----------
    p, gamma : float
        Progress of training in [0, 1], and the steepness.
    """
    return 2.0 / (1.0 + math.exp(-gamma * p)) - 1.0


def linear(p: float) -> float:
    """Rise in a straight line from 0 to 1 over the training."""
    return p


def constant(p: float) -> float:
    """Stay at 1 from the first step to the last."""
    return 1.0


#: From the progress of training, in [0, 1], to the share of the full strength.
SCHEDULES = {"ganin": ganin, "linear": linear, "constant": constant}
