"""Deep CORAL: both domains get the same covariances."""

import torch
from torch import Tensor

from ser_utils.alignment.penalty import Penalty, Term, both_domains
from ser_utils.errors import require_number


class Coral(Penalty):
    r"""Deep CORAL, correlation alignment (Sun & Saenko 2016, ECCV workshops, equations 1 to 3).

    .. math:: w \, \frac{1}{4 d^2} \lVert C_S - C_T \rVert_F^2

    with the covariances C, shape (d, d), of the embeddings of a batch: the second moments of the
    domains are made equal. The means are not compared.

    Parameters
    ----------
    loss_weight : float
        w. It has to be large, since the loss is divided by d^2. The default is the largest of 1,
        10, 100, 1000 that left the recall on the source as it was, on two pairs of corpora; no
        label of a target was read.

    Raises
    ------
    SettingError
        If it is out of its range.
    """

    def __init__(self, loss_weight: float = 100.0) -> None:
        super().__init__()
        require_number("loss_weight", loss_weight, least=0)
        self.loss_weight = loss_weight

    def extra_repr(self) -> str:  # noqa: D102
        return f"loss_weight={self.loss_weight:g}"

    def forward(self, embedding: Tensor, n_source: int, progress: float, *others: Tensor) -> Term:
        """Score how much the covariances differ."""
        source, target = both_domains(embedding, n_source, least=2)
        difference = torch.cov(source.T) - torch.cov(target.T)
        coral = difference.square().sum() / (4 * embedding.shape[1] ** 2)
        return Term(self.loss_weight * coral, {"coral": coral.detach()})
