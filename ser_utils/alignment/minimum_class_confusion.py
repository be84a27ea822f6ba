"""MCC: on the target, the emotion head shall not waver between the classes."""

from typing import ClassVar

import torch
from torch import Tensor

from ser_utils.alignment.penalty import Penalty, Term, both_domains
from ser_utils.errors import require_number


class MinimumClassConfusion(Penalty):
    r"""Minimum class confusion (Jin et al. 2020, ECCV, equations 2 to 6).

    .. math:: w \, \frac{1}{|C|} \sum_j \sum_{j' \ne j} \tilde{C}_{jj'}, \qquad
        \tilde{C}_{jj'} = \frac{C_{jj'}}{\sum_k C_{jk}}, \qquad
        C = \hat{Y}^\top W \hat{Y}

    with the probabilities Y of the classes of each target row, by logits that are divided by the
    temperature T, and the diagonal W of weights proportional to 1 + exp(-H), 1 on average: a row
    with a certain prediction, of small entropy H, counts more. C says how often two classes are
    probable at once; each of its rows is made to sum to 1, so that a rare class counts the same.
    As in the authors' code, W is a constant.

    It compares no domains: it moves the target away from the boundary, through the encoder and the
    emotion head.

    Parameters
    ----------
    loss_weight : float
        w.
    temperature : float
        T.

    Raises
    ------
    SettingError
        If a number is out of its range.
    """

    reads_logits: ClassVar[bool] = True

    def __init__(self, loss_weight: float = 1.0, temperature: float = 2.5) -> None:
        super().__init__()
        require_number("loss_weight", loss_weight, least=0)
        require_number("temperature", temperature, above=0)
        self.loss_weight, self.temperature = loss_weight, temperature

    def extra_repr(self) -> str:  # noqa: D102
        return f"loss_weight={self.loss_weight:g}, temperature={self.temperature:g}"

    def forward(
        self,
        embedding: Tensor,
        n_source: int,
        progress: float,
        languages: Tensor | None,
        logits: Tensor,
    ) -> Term:
        """Score how much the classes of the target rows are confused."""
        _, target = both_domains(logits, n_source)
        y = torch.softmax(target / self.temperature, dim=1)
        weight = 1 + torch.exp(-torch.special.entr(y.detach()).sum(1))
        c = (y * (weight / weight.mean())[:, None]).T @ y
        c = c / c.sum(1, keepdim=True)
        confusion = (c.sum() - c.trace()) / len(c)
        return Term(self.loss_weight * confusion, {"class_confusion": confusion.detach()})
