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
(`domain`; there, each domain also has its own scale and shift).
Li et al., "Adaptive Batch Normalization for practical domain adaptation", Pattern Recognition 80,
2018 (`reestimated`).
Ba, Kiros & Hinton, "Layer Normalization", arXiv 1607.06450 (`layer`).
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ser_utils import fast
from ser_utils.errors import BatchTooSmallError, unknown_name


@dataclass(frozen=True)
class Composition:
    """Whose rows give the statistics: each field names "source", "target" or "both".

    Attributes
    ----------
    source, target : str
        Rows whose batch statistics normalise the source rows, and the target rows.
    running : tuple of str
        Rows whose statistics update the running estimate, one update each, in this order.
    per_domain : bool
        Whether each domain has a running estimate of its own, which only its rows update.
    """

    source: str
    target: str
    running: tuple[str, ...]
    per_domain: bool = False


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
    rule = COMPOSITIONS.get(name)
    return rule is not None and {rule.source, *rule.running} != {"source"}


@torch.no_grad()
def reestimated(model: nn.Module, x: Tensor, *inputs: Tensor | None) -> nn.Module:
    """Copy `model`, for evaluation, with running statistics of target rows (AdaBN, Li et al. 2018).

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

    Raises
    ------
    BatchTooSmallError
        If `x` has fewer than two values per channel.
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


class LayerNorm(nn.GroupNorm):
    """Layer normalisation: each utterance by its own mean and variance, over all but padding.

    The control: it normalises, but no utterance influences another. Scale and shift are per
    channel, as in `DomainBatchNorm`.
    """

    def __init__(self, num_features: int) -> None:
        super().__init__(1, num_features)

    def forward(self, x: Tensor, n_source: int | None = None, mask: Tensor | None = None) -> Tensor:
        """Normalise a batch; parameters are those of `DomainBatchNorm.forward`."""
        if mask is None:
            return super().forward(x)
        dims, ones = list(range(1, x.ndim)), [1] * (x.ndim - 2)
        valid = mask.view(len(x), *ones, -1).to(x.dtype).expand_as(x)
        count = valid.sum(dims, keepdim=True)
        mean = (x * valid).sum(dims, keepdim=True) / count
        var = ((x - mean).square() * valid).sum(dims, keepdim=True) / count
        weight, bias = self.weight.view(-1, *ones), self.bias.view(-1, *ones)
        return (x - mean) * torch.rsqrt(var + self.eps) * weight + bias


class DomainBatchNorm(nn.Module):
    """Batch normalisation of a batch of two domains, by one of the `COMPOSITIONS`.

    The domains share scale and shift. In evaluation mode every row is normalised by the running
    statistics. There is one estimate of them; `domain` keeps one per domain.

    Parameters
    ----------
    num_features : int
        Channels C.
    composition : {"source", "target", "joint", "separate", "domain"}
        Which rows share statistics.
    momentum, eps : float
        As of `torch.nn.BatchNorm1d`: weight of a new batch in the running statistics, and what is
        added to the variance.

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
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        estimates = (len(DOMAINS), num_features) if self.rule.per_domain else (num_features,)
        self.register_buffer("running_mean", torch.zeros(estimates))
        self.register_buffer("running_var", torch.ones(estimates))

    def reset_parameters(self) -> None:
        """Forget what was learned and counted."""
        for ones, zeros in ((self.weight, self.bias), (self.running_var, self.running_mean)):
            nn.init.ones_(ones)
            nn.init.zeros_(zeros)

    def extra_repr(self) -> str:  # noqa: D102
        return f"{len(self.weight)}, composition={self.composition!r}"

    def forward(self, x: Tensor, n_source: int | None = None, mask: Tensor | None = None) -> Tensor:
        """Normalise a batch; the result has the shape of `x`.

        Parameters
        ----------
        x : Tensor, shape (N, C), (N, C, T) or (N, C, F, T)
            The first `n_source` rows are of the source.
        n_source : int, optional
            By default all rows are of the source. In evaluation mode only `domain` asks.
        mask : Tensor, shape (N, T), bool, optional
            False where a frame is padding. No statistic counts it, and it comes out as zero.

        Raises
        ------
        BatchTooSmallError
            In training, if a group of rows has fewer than two values per channel.
        """
        n_source = len(x) if n_source is None else n_source
        if x.ndim == 2:
            return self._normalise(x, n_source)
        values, is_valid = _valid_values(x, mask)
        normalised = torch.zeros_like(x.movedim(1, -1))
        normalised[is_valid] = self._normalise(values, int(is_valid[:n_source].sum()))
        return normalised.movedim(-1, 1)

    def _normalise(self, x: Tensor, n_source: int) -> Tensor:
        """Normalise vectors, shape (M, C); the first `n_source` are of the source."""
        n = len(x)
        rows = {"source": slice(0, n_source), "target": slice(n_source, n), "both": slice(0, n)}
        present = [domain for domain in DOMAINS if rows[domain].start < rows[domain].stop]
        if not self.training:
            parts = present if self.rule.per_domain else ["both"]
            return torch.cat([self._by_running(x[rows[part]], part) for part in parts])
        groups = list(dict.fromkeys(getattr(self.rule, domain) for domain in present))
        if len(groups) == 1:  # whose statistics normalise all rows
            return self._by_batch(x, groups[0], rows[groups[0]])
        return torch.cat([self._by_batch(x[rows[group]], group) for group in groups])

    def _by_batch(self, x: Tensor, group: str, own: slice | None = None) -> Tensor:
        """Normalise all rows by the batch statistics of `group`: all of x, or its rows `own`."""
        own = own or slice(0, len(x))
        _check_count(own.stop - own.start, group)
        running = self._running(group) if group in self.rule.running else (None, None)
        affine = self.weight, self.bias, self.momentum, self.eps
        return fast.batch_norm_by(x, own, *running, *affine)

    def _by_running(self, x: Tensor, group: str) -> Tensor:
        """Normalise all rows by the running statistics that are kept for `group`."""
        mean, var = self._running(group)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return torch.addcmul(self.bias - mean * scale, x, scale)

    def _running(self, group: str) -> tuple[Tensor, Tensor]:
        """Return the running mean and variance, (C,) each, that are kept for `group`."""
        if not self.rule.per_domain:
            return self.running_mean, self.running_var
        index = DOMAINS.index(group)
        return self.running_mean[index], self.running_var[index]


def _reestimate(norm: DomainBatchNorm, inputs: tuple) -> None:
    """Before `norm` runs in evaluation mode, take the statistics of its input for running ones."""
    x, _, mask = (*inputs, None)[:3]
    values, _ = _valid_values(x, mask)
    _check_count(len(values), "target")
    running_mean, running_var = norm._running("target")
    mean, count = values.mean(0), len(values)
    biased_var = (values - mean).square().mean(0)
    running_mean.copy_(mean)
    running_var.copy_(biased_var * count / (count - 1))


def _valid_values(x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return what is no padding as vectors (M, C), and where it is in x with its channels last."""
    x = x.movedim(1, -1)
    if mask is None:
        is_valid = torch.ones(x.shape[:-1], dtype=torch.bool, device=x.device)
    else:
        is_valid = mask.view(len(x), *[1] * (x.ndim - 3), -1).expand(x.shape[:-1])
    return x[is_valid], is_valid


def _check_count(count: int, group: str) -> None:
    if count < 2:
        rows = "source and target" if group == "both" else group
        raise BatchTooSmallError(
            f"batch statistics need at least 2 values per channel, but the {rows} rows of this "
            f"batch have {count}. Use a larger batch_size, or batch_norm='none'."
        )
