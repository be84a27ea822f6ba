r"""Penalties that pull source and target embeddings together.

A penalty is a module that takes the embeddings of both domains, source rows first, the number of
these, the progress of training and the language of each source row, and returns what is added to
the emotion loss, with the numbers worth recording. `training.fit` knows nothing else of it.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ser_utils import gradient_reversal, settings


class Penalty(NamedTuple):
    """What an alignment asks for on one batch.

    Attributes
    ----------
    loss : Tensor, scalar
        Added to the emotion loss.
    record : dict
        Numbers for the training history.
    """

    loss: Tensor
    record: dict[str, float | Tensor]


class DomainAdversary(nn.Module):
    r"""DANN: a language classifier behind a gradient reversal layer (Ganin et al. 2016).

    .. math:: w \, \mathrm{CE}\big(D(R_{\lambda(p)}(z)), d\big)

    with the embedding z, its domain d, the classifier D and the reversal R. The domains are source
    and target; or, for a source of several languages, each of these and the target. The classifier
    descends on `loss_weight` w times its cross-entropy whatever lambda is; the encoder ascends on
    lambda times as much. The two are separate on purpose: lambda can start at zero without keeping
    the classifier from learning.

    Parameters
    ----------
    width : int
        Hidden units of the language classifier.
    loss_weight : float
        w, the weight of the language loss.
    max_lambda : float
        Strength of the reversal at the end of the schedule.
    schedule : callable
        From progress p in [0, 1] to the share of `max_lambda` that is reached.
    domains : int
        Classes of D: 2 for source and target, whatever languages the source has; or one more than
        it has languages, for each of these and the target. Rows are not weighted: the target has
        half of a batch, and the languages of the source share the other half by their numbers of
        utterances. So always to name the target has an accuracy of 0.5.

    References
    ----------
    Zhao et al., "Adversarial Multiple Source Domain Adaptation", NeurIPS 2018, have a classifier of
    two classes for each source instead.
    """

    def __init__(
        self,
        width: int = settings.ADVERSARY_WIDTH,
        loss_weight: float = settings.LOSS_WEIGHT,
        max_lambda: float = settings.MAX_LAMBDA,
        schedule: Callable[[float], float] = gradient_reversal.ganin,
        *,
        domains: int = 2,
    ) -> None:
        super().__init__()
        self.loss_weight, self.max_lambda, self.schedule = loss_weight, max_lambda, schedule
        self.domains = domains
        self.classifier = nn.Sequential(nn.LazyLinear(width), nn.ReLU(), nn.Linear(width, domains))

    def extra_repr(self) -> str:  # noqa: D102
        schedule = getattr(self.schedule, "__name__", self.schedule)
        return (
            f"loss_weight={self.loss_weight:g}, max_lambda={self.max_lambda:g}, schedule={schedule}"
        )

    def forward(
        self, embedding: Tensor, n_source: int, progress: float, languages: Tensor | None = None
    ) -> Penalty:
        """Score how well the domains can be told apart.

        Parameters
        ----------
        embedding : Tensor, shape (n, width)
            The first `n_source` rows are of the source.
        n_source : int
        progress : float
            Share of the training that is over, in [0, 1].
        languages : Tensor, int64, shape (n_source,), optional
            Of the source rows, numbered from 0; two domains do without.
        """
        strength = self.max_lambda * self.schedule(progress)
        domain = torch.full((len(embedding),), self.domains - 1, device=embedding.device)
        domain[:n_source] = 0 if self.domains == 2 else languages
        logits = self.classifier(gradient_reversal.reverse_gradient(embedding, strength))
        loss = functional.cross_entropy(logits, domain)
        accuracy = (logits.detach().argmax(1) == domain).float().mean()
        record = {"domain_loss": loss.detach(), "domain_accuracy": accuracy, "lambda": strength}
        if self.domains > 2:  # of two it is ln 2
            shares = torch.bincount(domain) / len(domain)
            record["domain_loss_at_chance"] = torch.special.entr(shares).sum()
        return Penalty(self.loss_weight * loss, record)
