"""Batch normalisation across two domains: which rows share statistics.

A batch holds source rows first, then target rows. A composition says whose mean and variance
normalise the rows of each domain in training, and which of them move the running statistics that
evaluation uses. A source of several languages is one domain here. Cai et al. (2021) report that
batch normalisation helps a DANN and that the way of combining source and target data matters;
libraries for domain adaptation each hard-wire one way.

References
----------
Ioffe & Szegedy, "Batch Normalization", ICML 2015 (algorithms 1 and 2).
Chang et al., "Domain-Specific Batch Normalization for Unsupervised Domain Adaptation", CVPR 2019
(`domain`, but for their affine parameters a domain; here they are shared).
Li et al., "Adaptive Batch Normalization for practical domain adaptation", Pattern Recognition 80,
2018 (`reestimated`).
Ba, Kiros & Hinton, "Layer Normalization", arXiv 1607.06450 (`layer`).
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

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
    per_domain : bool
        Whether each domain has a running estimate of its own, which only its rows update.
    """

    source: str
    target: str
    running: tuple[str, ...]
    per_domain: bool = False

    @property
    def uses_target(self) -> bool:
        """Whether target rows influence the network even without any alignment penalty."""
        return {self.source, *self.running} != {"source"}


COMPOSITIONS = {
    "source": Composition(source="source", target="source", running=("source",)),
    "target": Composition(source="target", target="target", running=("target",)),
    "joint": Composition(source="both", target="both", running=("both",)),
    "separate": Composition(source="source", target="target", running=("source", "target")),
    "domain": Composition(
        source="source", target="target", running=("source", "target"), per_domain=True
    ),
}

#: Every value of `batch_norm=`.
NAMES = ("none", *COMPOSITIONS, "layer")

#: Every value of `statistics=`: what normalises the target's rows at evaluation.
STATISTICS = ("running", "target")

DOMAINS = ("source", "target")


def layer(name: str, num_features: int) -> nn.Module:
    """Build the normalisation layer called `name`, one of `NAMES`.

    Raises
    ------
    UnknownNameError
        If there is no such composition.
    """
    if name == "none":
        return NoNorm()
    if name == "layer":
        return LayerNorm(num_features)
    if name not in COMPOSITIONS:
        raise unknown_name("batch_norm", name, NAMES)
    return DomainBatchNorm(num_features, name)


def uses_target(name: str) -> bool:
    """Whether the composition lets target rows influence the network without a penalty."""
    return name in COMPOSITIONS and COMPOSITIONS[name].uses_target


@torch.no_grad()
def reestimated(model: nn.Module, x: Tensor, *inputs: Tensor | None) -> nn.Module:
    """Copy `model` with running statistics estimated anew on target rows (AdaBN, Li et al. 2018).

    All rows pass once, as one batch: what a layer sees is already normalised by the new statistics
    of the layers below it. Under `domain`, the statistics of the source stay.

    Parameters
    ----------
    model : nn.Module
        Holds any number of `DomainBatchNorm`; without one, the copy equals the model.
    x : Tensor, shape (n, ...)
        All of the unlabelled target.
    *inputs : Tensor or None
        What else the model takes before `n_source`, such as lengths.

    Returns
    -------
    nn.Module
        In evaluation mode. `model` is left as it was.

    Raises
    ------
    BatchTooSmallError
        If `x` has fewer than two values a channel.
    """
    adapted = copy.deepcopy(model).eval()
    hooks = [
        module.register_forward_pre_hook(_reestimate)
        for module in adapted.modules()
        if isinstance(module, DomainBatchNorm)
    ]
    adapted(x, *inputs, n_source=0)
    for hook in hooks:
        hook.remove()
    return adapted


class NoNorm(nn.Module):
    """The identity, with the signature of `DomainBatchNorm`."""

    def forward(self, x: Tensor, n_source: int | None = None, mask: Tensor | None = None) -> Tensor:  # noqa: D102
        return x


class LayerNorm(nn.Module):
    """Layer normalisation: each utterance by its own mean and variance, over all but padding.

    The control: it normalises, but no utterance influences another. Scale and shift are one a
    channel, as in `DomainBatchNorm` (for sequences and images this is `torch.nn.GroupNorm` with
    one group).

    Parameters
    ----------
    num_features : int
        Channels C.
    eps : float
        Added to the variance.
    """

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.empty(num_features))
        self.bias = nn.Parameter(torch.empty(num_features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Forget what was learned."""
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor, n_source: int | None = None, mask: Tensor | None = None) -> Tensor:
        """Normalise a batch; parameters are those of `DomainBatchNorm.forward`."""
        if mask is None:
            return functional.group_norm(x, 1, self.weight, self.bias, self.eps)
        mean, var = _masked_moments(x, mask, dims=list(range(1, x.ndim)))
        normalised = (x - mean) * torch.rsqrt(var + self.eps)
        return _by_channel(self.weight, x) * normalised + _by_channel(self.bias, x)


class DomainBatchNorm(nn.Module):
    """Batch normalisation of a batch of two domains, by one of the `COMPOSITIONS`.

    Scale and shift are shared by the domains. In evaluation mode every row is normalised by the
    running statistics: there is one estimate, but for `domain`, which keeps one a domain.

    Parameters
    ----------
    num_features : int
        Channels C.
    composition : {"source", "target", "joint", "separate", "domain"}
        Which rows share statistics.
    momentum : float
        Weight of a new batch in the running statistics, as in `torch.nn.BatchNorm1d`.
    eps : float
        Added to the variance.

    Attributes
    ----------
    running_mean, running_var : Tensor, shape (C,), or (2, C) under `domain`: source, target
    """

    def __init__(
        self, num_features: int, composition: str, momentum: float = 0.1, eps: float = 1e-5
    ) -> None:
        super().__init__()
        self.composition, self.momentum, self.eps = composition, momentum, eps
        self.rule = COMPOSITIONS[composition]
        estimates = (len(DOMAINS), num_features) if self.rule.per_domain else (num_features,)
        self.weight = nn.Parameter(torch.empty(num_features))
        self.bias = nn.Parameter(torch.empty(num_features))
        self.register_buffer("running_mean", torch.empty(estimates))
        self.register_buffer("running_var", torch.empty(estimates))
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
            By default all rows are of the source. In evaluation mode only `domain` asks.
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
        n_source = len(x) if n_source is None else n_source
        rows = {"source": slice(n_source), "target": slice(n_source, None), "both": slice(None)}
        counts = {"source": n_source, "target": len(x) - n_source}
        present = [domain for domain in DOMAINS if counts[domain] > 0]
        if not self.training:
            statistics = {domain: self._running(domain) for domain in present}
        elif mask is None and all(getattr(self.rule, d) in (d, "both") for d in present):
            return self._by_own_statistics(x, rows, present)
        else:
            statistics = self._batch_statistics(x, mask, rows, present)
        if len(present) < 2 or statistics["source"][0] is statistics["target"][0]:
            return self._normalise(x, *statistics[present[0]]) if present else x
        return torch.cat([self._normalise(x[rows[d]], *statistics[d]) for d in DOMAINS])

    def _by_own_statistics(self, x: Tensor, rows: dict[str, slice], present: list[str]) -> Tensor:
        """Normalise where no row needs the statistics of others: what torch does, and fast."""
        parts, groups = [], self._updates(present)
        for group in groups:
            part = x if len(groups) == 1 else x[rows[group]]
            _check_count(part.numel() // part.shape[1], group)
            affine = self.weight, self.bias, True, self.momentum, self.eps
            parts.append(functional.batch_norm(part, *self._running(group), *affine))
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _updates(self, present: list[str]) -> list[str]:
        """Groups of rows that move the running statistics, of the domains in a batch."""
        return [group for group in self.rule.running if group in (*present, "both")]

    def _batch_statistics(
        self, x: Tensor, mask: Tensor | None, rows: dict[str, slice], present: list[str]
    ) -> dict[str, tuple[Tensor, Tensor]]:
        """Mean and variance for the rows of each domain present; updates the running ones."""
        used = {domain: getattr(self.rule, domain) for domain in present}
        updates = self._updates(present)
        statistics = {}
        for group in dict.fromkeys([*used.values(), *updates]):
            part = rows[group]
            statistics[group] = _group_moments(x[part], None if mask is None else mask[part], group)
        for group in updates:
            mean, var, count = statistics[group]
            running_mean, running_var = self._running(group)
            with torch.no_grad():
                running_mean.lerp_(mean, self.momentum)
                running_var.lerp_(_unbiased(var, count), self.momentum)
        return {domain: statistics[group][:2] for domain, group in used.items()}

    def _running(self, group: str) -> tuple[Tensor, Tensor]:
        """Running mean and variance, (C,) each, that the rows of `group` are normalised by."""
        if not self.rule.per_domain:
            return self.running_mean, self.running_var
        index = DOMAINS.index(group)
        return self.running_mean[index], self.running_var[index]

    def _normalise(self, x: Tensor, mean: Tensor, var: Tensor) -> Tensor:
        scale = self.weight * torch.rsqrt(var + self.eps)
        shift = self.bias - mean * scale
        return torch.addcmul(_by_channel(shift, x), x, _by_channel(scale, x))


def _reestimate(norm: DomainBatchNorm, inputs: tuple) -> None:
    """Before `norm` runs in evaluation mode, take the statistics of its input for running ones."""
    x, _, mask = (*inputs, None)[:3]
    mean, var, count = _group_moments(x, mask, "target")
    running_mean, running_var = norm._running("target")
    running_mean.copy_(mean)
    running_var.copy_(_unbiased(var, count))


def _by_channel(vector: Tensor, x: Tensor) -> Tensor:
    """Reshape (C,) so that it broadcasts over (N, C, ...)."""
    return vector.view(-1, *[1] * (x.ndim - 2))


def _unbiased(var: Tensor, count: Tensor | int) -> Tensor:
    """Bessel's correction, which torch, too, applies to running variances only."""
    return var * count / (count - 1)


def _group_moments(
    x: Tensor, mask: Tensor | None, group: str
) -> tuple[Tensor, Tensor, Tensor | int]:
    """Mean and biased variance a channel, each (C,), and the number of values they rest on."""
    dims = [0, *range(2, x.ndim)]
    count = x.numel() // x.shape[1]
    if mask is None:
        _check_count(count, group)
        mean = x.mean(dims)
        return mean, (x - _by_channel(mean, x)).square().mean(dims), count
    count = mask.sum() * (count // max(mask.numel(), 1))
    _check_count(int(count), group)
    mean, var = _masked_moments(x, mask, dims)
    return mean.flatten(), var.flatten(), count


def _check_count(count: int, group: str) -> None:
    if count < 2:
        rows = "source and target" if group == "both" else group
        raise BatchTooSmallError(
            f"batch statistics need at least 2 values a channel, but the {rows} rows of this "
            f"batch have {count}. Use a larger batch_size, or batch_norm='none'."
        )


def _masked_moments(x: Tensor, mask: Tensor, dims: list[int]) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of the valid values of `x` along `dims`, which stay as 1."""
    valid = mask.view(len(x), *[1] * (x.ndim - 2), -1).to(x.dtype).expand_as(x)
    count = valid.sum(dims, keepdim=True)
    mean = (x * valid).sum(dims, keepdim=True) / count
    var = ((x - mean).square() * valid).sum(dims, keepdim=True) / count
    return mean, var
