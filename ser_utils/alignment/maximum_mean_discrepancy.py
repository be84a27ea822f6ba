"""MK-MMD: both domains get the same mean of every function that the kernels know."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ser_utils.alignment.penalty import Penalty, Term, both_domains
from ser_utils.errors import SettingError, require_number

#: Of the bandwidths, around the median heuristic.
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
#: Of gamma, should most of the rows be equal.
LEAST = 1e-6


class MaximumMeanDiscrepancy(Penalty):
    r"""MK-MMD, the unbiased estimate (Gretton et al. 2012, JMLR 13; Long et al. 2015, ICML).

    .. math:: w \Big( \frac{1}{n (n - 1)} \sum_{i \ne j} k(s_i, s_j)
        + \frac{1}{m (m - 1)} \sum_{i \ne j} k(t_i, t_j)
        - \frac{2}{n m} \sum_{i, j} k(s_i, t_j) \Big), \qquad
        k(x, y) = \frac{1}{M} \sum_{a} \exp \Big( - \frac{\lVert x - y \rVert^2}{a \gamma} \Big)

    with n source embeddings s and m target embeddings t of a batch, and M scales a. It is 0 on
    average where both are of one distribution, and may fall below. The bandwidth gamma is the
    median heuristic: the squared median distance of two different rows of the batch, of which no
    gradient is taken. Long et al. have scales from 2^-8 to 2^8, and learn a weight for each.

    Parameters
    ----------
    loss_weight : float
        w. The default comes from two pairs of corpora, by a probe for the language and the recall
        on the source; no label of a target was read.
    scales : sequence of float
        The scales a; all kernels count the same.

    Raises
    ------
    SettingError
        If a number is out of its range, or there is no scale.
    """

    def __init__(self, loss_weight: float = 3.0, scales: Sequence[float] = SCALES) -> None:
        super().__init__()
        require_number("loss_weight", loss_weight, least=0)
        if not scales:
            raise SettingError("scales is empty; the kernel needs at least one.")
        for scale in scales:
            require_number("a scale of the kernel", scale, above=0)
        self.loss_weight, self.scales = loss_weight, tuple(scales)

    def extra_repr(self) -> str:  # noqa: D102
        return f"loss_weight={self.loss_weight:g}, scales={self.scales}"

    def forward(self, embedding: Tensor, n_source: int, progress: float, *others: Tensor) -> Term:
        """Score how far apart the embeddings of the domains are."""
        both_domains(embedding, n_source, least=2)
        k = self._kernel(embedding)
        source, target = slice(0, n_source), slice(n_source, None)
        within = _mean_of_pairs(k[source, source]) + _mean_of_pairs(k[target, target])
        mmd2 = within - 2 * k[source, target].mean()
        return Term(self.loss_weight * mmd2, {"mmd2": mmd2.detach()})

    def _kernel(self, z: Tensor) -> Tensor:
        """Return k of each two rows, shape (n, n)."""
        gamma = torch.pdist(z.detach()).median().square().clamp_min(LEAST)
        square = z.square().sum(1)
        distance2 = (square[:, None] + square - 2 * z @ z.T).clamp_min(0)
        return sum(torch.exp(-distance2 / (a * gamma)) for a in self.scales) / len(self.scales)


def _mean_of_pairs(kernel: Tensor) -> Tensor:
    """Average over the pairs of two different rows, which leaves the diagonal out."""
    n = len(kernel)
    return (kernel.sum() - kernel.trace()) / (n * (n - 1))
