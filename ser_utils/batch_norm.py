"""Batch normalisation across two domains: which rows share statistics.

A batch holds source rows first, then target rows. A composition says whose mean and variance
normalise the rows of each domain in training, and which of them move the running statistics that
evaluation uses. Cai et al. (2021) report that batch normalisation helps a DANN and that the way of
combining source and target data matters; libraries for domain adaptation each hard-wire one way.

References
----------
Ioffe & Szegedy, "Batch Normalization", ICML 2015 (algorithms 1 and 2).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ser_utils.errors import BatchTooSmallError, unknown_name


@dataclass(frozen=True)
class Composition:
    """Whose rows give the statistics: each field names "source", "target" or "both".

    Attributes
    ----------
    source : str
        Rows whose batch statistics normalise the source rows.
    target : str
        Rows whose batch statistics normalise the target rows.
    running : tuple of str
        Rows whose statistics update the running estimate, one update each, in this order.
    """

    source: str
    target: str
    running: tuple[str, ...]

    @property
    def uses_target(self) -> bool:
        """Whether target rows influence the network even without any alignment penalty."""
        return "source" not in self.running or len(self.running) > 1 or self.source != "source"


COMPOSITIONS = {
    "source": Composition(source="source", target="source", running=("source",)),
    "joint": Composition(source="both", target="both", running=("both",)),
    "separate": Composition(source="source", target="target", running=("source", "target")),
}

#: Every value of `batch_norm=`.
NAMES = ("none", *COMPOSITIONS)


def layer(name: str, num_features: int) -> nn.Module:
    """Build the normalisation layer called `name`, one of `NAMES`.

    Raises
    ------
    UnknownNameError
        If there is no such composition.
    """
    if name == "none":
        return NoNorm()
    if name not in COMPOSITIONS:
        raise unknown_name("batch_norm", name, NAMES)
    return DomainBatchNorm(num_features, name)


def uses_target(name: str) -> bool:
    """Whether the composition lets target rows influence training without a penalty."""
    return name in COMPOSITIONS and COMPOSITIONS[name].uses_target


class NoNorm(nn.Module):
    """The identity, with the signature of `DomainBatchNorm`."""

    def forward(self, x: Tensor, n_source: int | None = None, mask: Tensor | None = None) -> Tensor:  # noqa: D102
        return x


class DomainBatchNorm(nn.Module):
    """Batch normalisation of a batch of two domains, by one of the `COMPOSITIONS`.

    Scale and shift are shared by the domains. In evaluation mode every row is normalised by the
    running statistics, whatever the composition.

    Parameters
    ----------
    num_features : int
        Channels C.
    composition : {"source", "joint", "separate"}
        Which rows share statistics.
    momentum : float
        Weight of a new batch in the running statistics, as in `torch.nn.BatchNorm1d`.
    eps : float
        Added to the variance.
    """

    def __init__(
        self, num_features: int, composition: str, momentum: float = 0.1, eps: float = 1e-5
    ) -> None:
        super().__init__()
        self.composition, self.momentum, self.eps = composition, momentum, eps
        self.weight = nn.Parameter(torch.empty(num_features))
        self.bias = nn.Parameter(torch.empty(num_features))
        self.register_buffer("running_mean", torch.empty(num_features))
        self.register_buffer("running_var", torch.empty(num_features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Forget what was learned and counted."""
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)
        nn.init.zeros_(self.running_mean)
        nn.init.ones_(self.running_var)

    def extra_repr(self) -> str:  # noqa: D102
        return f"{len(self.weight)}, composition={self.composition!r}"

    def forward(self, x: Tensor, n_source: int | None = None, mask: Tensor | None = None) -> Tensor:
        """Normalise a batch.

        Parameters
        ----------
        x : Tensor, shape (N, C), (N, C, T) or (N, C, F, T)
            The first `n_source` rows are of the source.
        n_source : int, optional
            By default all rows are of the source. Without effect in evaluation mode.
        mask : Tensor, shape (N, T), bool, optional
            False where a frame is padding, which no statistic counts.

        Returns
        -------
        Tensor of the shape of `x`

        Raises
        ------
        BatchTooSmallError
            In training, if a group of rows has fewer than two values a channel.
        """
        if not self.training:
            return self._normalise(x, self.running_mean, self.running_var)
        n_source = len(x) if n_source is None else n_source
        rule = COMPOSITIONS[self.composition]
        groups = {"source": slice(n_source), "target": slice(n_source, None), "both": slice(None)}
        present = {"source": n_source > 0, "target": n_source < len(x), "both": True}
        needed = {rule.source} if present["source"] else set()
        needed |= {rule.target} if present["target"] else set()
        needed |= {name for name in rule.running if present[name]}
        statistics = {
            name: _moments(x[groups[name]], None if mask is None else mask[groups[name]], name)
            for name in needed
        }
        for name in rule.running:
            if name in statistics:
                self._update_running(*statistics[name])
        parts = [
            self._normalise(x[groups[domain]], *statistics[shared][:2])
            for domain, shared in (("source", rule.source), ("target", rule.target))
            if present[domain]
        ]
        return torch.cat(parts)

    @torch.no_grad()
    def _update_running(self, mean: Tensor, var: Tensor, count: Tensor | int) -> None:
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(var * count / (count - 1), self.momentum)  # unbiased, as in torch

    def _normalise(self, x: Tensor, mean: Tensor, var: Tensor) -> Tensor:
        scale = self.weight * torch.rsqrt(var + self.eps)
        return _by_channel(scale, x) * x + _by_channel(self.bias - mean * scale, x)


def _by_channel(vector: Tensor, x: Tensor) -> Tensor:
    """Reshape (C,) so that it broadcasts over (N, C, ...)."""
    return vector.view(-1, *[1] * (x.ndim - 2))


def _moments(x: Tensor, mask: Tensor | None, group: str) -> tuple[Tensor, Tensor, Tensor | int]:
    """Mean and biased variance a channel, each (C,), and the number of values they rest on."""
    dims = [0, *range(2, x.ndim)]
    if mask is None:
        count = x.numel() // x.shape[1]
        _check_count(count, group)
        var, mean = torch.var_mean(x, dims, correction=0)
        return mean, var, count
    weight = mask.view(len(x), *[1] * (x.ndim - 2), -1).to(x.dtype)
    count = weight.sum() * (x.shape[2] if x.ndim == 4 else 1)
    _check_count(int(count), group)
    mean = (x * weight).sum(dims) / count
    var = ((x - _by_channel(mean, x)).square() * weight).sum(dims) / count
    return mean, var, count


def _check_count(count: int, group: str) -> None:
    if count < 2:
        rows = "source and target" if group == "both" else group
        raise BatchTooSmallError(
            f"batch statistics need at least 2 values a channel, but the {rows} rows of this "
            f"batch have {count}. Use a larger batch_size, or batch_norm='none'."
        )
