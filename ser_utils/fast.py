"""Shortcuts that give the same numbers sooner, apart from what is taught.

In networks this small a step spends its time on starting operations, not on arithmetic. Each
shortcut here computes what its plain form computes; `python -m benchmarks shortcuts` measures what
it is worth.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


@contextmanager
def threads_for(features: np.ndarray) -> Iterator[None]:
    """Train on functionals, shape (n, d), by one thread: several would mostly wait."""
    threads = torch.get_num_threads()
    if features.ndim == 2:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def repeatable() -> Iterator[None]:
    """Have a GPU add up the gradients of convolutions in the same order each time."""
    before = torch.backends.cudnn.deterministic
    torch.backends.cudnn.deterministic = True
    try:
        yield
    finally:
        torch.backends.cudnn.deterministic = before


class Dropout(nn.Dropout):
    """Dropout by comparing uniform numbers; torch's own `bernoulli_` is slow on a CPU."""

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        if not self.training or self.p == 0:
            return x
        return x * torch.empty_like(x).uniform_().ge_(self.p).mul_(1 / (1 - self.p))


def one_vector(parameters: list[nn.Parameter]) -> Tensor:
    """Move parameters and their gradients into one vector; each parameter becomes a view of it.

    Adam treats every number alike, so one step of the vector is a step of each parameter.
    The vector, shape (n_numbers,), has a gradient, for an optimiser.
    """
    # The biases of two classes come last: what followed them would not begin where memory is
    # aligned, and matrix products would round differently.
    parameters = sorted(parameters, key=Tensor.numel, reverse=True)
    vector = nn.utils.parameters_to_vector(parameters).detach()
    vector.grad = torch.zeros_like(vector)
    nn.utils.vector_to_parameters(vector, parameters)
    stretches = vector.grad.split([parameter.numel() for parameter in parameters])
    for parameter, stretch in zip(parameters, stretches, strict=True):
        parameter.grad = stretch.view_as(parameter)
    return vector


class Adam:
    """Adam (Kingma & Ba 2015) on one vector: `torch.optim.Adam(fused=True)` without its accounts.

    Parameters
    ----------
    vector : Tensor, shape (n_numbers,)
        As of `one_vector`; `vector.grad` has to stay the same tensor.
    learning_rate, weight_decay : float
        Step size, and how many times the vector is added to its gradient.
    """

    BETAS, EPS = (0.9, 0.999), 1e-8

    def __init__(self, vector: Tensor, learning_rate: float, weight_decay: float = 0.0) -> None:
        moments = torch.zeros_like(vector), torch.zeros_like(vector)
        self.steps = torch.zeros((), device=vector.device)
        self.tensors = [[tensor] for tensor in (vector, vector.grad, *moments)]
        self.numbers = {"lr": learning_rate, "weight_decay": weight_decay, "eps": self.EPS}
        self.numbers |= dict(zip(("beta1", "beta2"), self.BETAS, strict=True))

    @torch.no_grad()
    def step(self) -> None:
        """Move the vector by its gradient."""
        self.steps += 1
        maxima: list[Tensor] = []  # of AMSGrad, which this is not
        torch._fused_adam_(
            *self.tensors, maxima, [self.steps], amsgrad=False, maximize=False, **self.numbers
        )


class _BatchNormBy(torch.autograd.Function):
    """See `batch_norm_by`."""

    @staticmethod
    def forward(ctx, x, own, running_mean, running_var, weight, bias, momentum, eps):
        rows = x[own]
        count, count_less_one, minus_count, eps = _constants(len(rows), eps, x.dtype, x.device)
        mean = rows.sum(0).div_(count)
        centred = rows - mean
        var = (centred * centred).sum(0).div_(count)
        if running_mean is not None:
            running_mean.lerp_(mean, momentum)
            running_var.lerp_((var * count).div_(count_less_one), momentum)
        inverse_std = (var + eps).rsqrt_()
        scale = weight * inverse_std
        ctx.save_for_backward(x, weight, mean, centred, inverse_std, scale)
        ctx.own, ctx.minus_count = own, minus_count
        return torch.addcmul(bias - mean * scale, x, scale)

    @staticmethod
    def backward(ctx, gradient):
        # The chain rule through x scale + (bias - mean scale), in the order in which autograd
        # would go, so that not even the rounding differs.
        x, weight, mean, centred, inverse_std, scale = ctx.saved_tensors
        at_bias = gradient.sum(0)
        at_scale = (gradient * x).sum(0).sub_(at_bias * mean)
        at_var = (at_scale * weight).mul_(inverse_std.pow(3)).div_(ctx.minus_count)
        at_rows = centred * at_var
        at_mean = at_rows.sum(0).add_(at_bias * scale).div_(ctx.minus_count)
        at_x = gradient * scale
        at_x[ctx.own].add_(at_rows.add_(at_mean))
        return at_x, None, None, None, at_scale.mul_(inverse_std), at_bias, None, None


@cache
def _constants(count: int, eps: float, dtype: torch.dtype, device: torch.device) -> list[Tensor]:
    """Keep numbers as tensors: torch would make each anew in every operation."""
    numbers = (count, count - 1, -count, eps)
    return [torch.tensor(number, dtype=dtype, device=device) for number in numbers]


def batch_norm_by(
    x: Tensor,
    own: slice,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    momentum: float,
    eps: float,
) -> Tensor:
    """Normalise all rows by the batch statistics of some of them.

    What `torch.nn.functional.batch_norm` does in training, but for `own`. The same as::

        mean, var = x[own].mean(0), x[own].var(0, correction=0)
        (x - mean) / (var + eps).sqrt() * weight + bias

    with gradients through mean and variance, in fewer operations than autograd needs.

    Parameters and result are those of that function, with x of shape (n, C), and `own`: from which
    row to which row the statistics are taken.
    """
    if own.stop - own.start == len(x):
        running = running_mean, running_var
        return functional.batch_norm(x, *running, weight, bias, True, momentum, eps)
    return _BatchNormBy.apply(x, own, running_mean, running_var, weight, bias, momentum, eps)
