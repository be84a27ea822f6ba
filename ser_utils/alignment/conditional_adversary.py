"""CDAN: a language classifier that sees the embedding together with the predicted emotion."""

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from ser_utils import gradient_reversal, settings
from ser_utils.alignment.adversary import DomainAdversary
from ser_utils.alignment.penalty import both_domains
from ser_utils.utterances import Labelled

#: Emotion classes.
CLASSES = 2


class ConditionalAdversary(DomainAdversary):
    r"""CDAN and CDAN+E: DANN whose classifier sees an outer product (Long et al. 2018, NeurIPS).

    .. math:: h = \mathrm{vec}(z \otimes g), \qquad
        w \, \frac{1}{n} \sum_i e_i \, \mathrm{CE}\big(D(R_{\lambda(p)}(h_i)), d_i\big), \qquad
        e_i \propto 1 + \exp(-H(g_i))

    with the embedding z and the probabilities g of the emotion classes, so that the classifier can
    look for another boundary in each class. With `entropy` (CDAN+E), a row counts the more, the
    smaller the entropy H of its prediction: of two classes, one with no doubt at all counts 4/3 of
    one with as much as there can be. On average over the source, and over the target, e is 1.
    Without, each e is 1.

    In h, g is a constant, as in the authors' code; in e as well, where they let a reversed gradient
    through: here it reaches the encoder through z alone. Where the product is too wide they
    multiply random projections instead; that of two classes is as wide as two embeddings.

    Parameters
    ----------
    entropy : bool
        Whether certain predictions count more.
    width, loss_weight, max_lambda, schedule, steps, learning_rate, domains
        As of `DomainAdversary`.
    """

    reads_logits: ClassVar[bool] = True

    def __init__(
        self,
        width: int = settings.ADVERSARY_WIDTH,
        loss_weight: float = settings.LOSS_WEIGHT,
        max_lambda: float = settings.MAX_LAMBDA,
        schedule: Callable[[float], float] = gradient_reversal.ganin,
        *,
        entropy: bool = False,
        **others,
    ) -> None:
        super().__init__(width, loss_weight, max_lambda, schedule, **others)
        self.entropy = entropy

    def extra_repr(self) -> str:  # noqa: D102
        return f"{super().extra_repr()}, entropy={self.entropy}"

    def prepare(self, width: int, source: Labelled) -> None:
        """Let the classifier learn the width of the product."""
        super().prepare(CLASSES * width, source)

    def seen(
        self, embedding: Tensor, n_source: int, logits: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Return the product h, shape (n, CLASSES * width), and e, shape (n,), or None for ones."""
        g = torch.softmax(logits.detach(), dim=1)
        h = (g[:, :, None] * embedding[:, None, :]).flatten(1)
        if not self.entropy:
            return h, None
        e = 1 + torch.exp(-torch.special.entr(g).sum(1))
        return h, torch.cat([part / part.mean() for part in both_domains(e, n_source)])
