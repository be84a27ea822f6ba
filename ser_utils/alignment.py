"""Penalties that pull source and target embeddings together.

Training adds the loss of a penalty to the emotion loss. `Penalty` is all that it knows of one.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ser_utils import gradient_reversal, settings
from ser_utils.errors import SettingError
from ser_utils.utterances import Labelled


class Term(NamedTuple):
    """What a penalty adds to the emotion loss of a batch, and numbers for the training history."""

    loss: Tensor
    record: dict[str, float | Tensor]


class Penalty(nn.Module):
    """What `training.fit` asks of a penalty, in this order; a subclass defines `forward`.

    Its parameters are trained together with those of the model.
    """

    def prepare(self, width: int, source: Labelled) -> None:
        """Make ready for embeddings of `width` and for the languages of the source.

        Called once, before weights are drawn; layers whose size depends on these are made here.
        """

    def between_steps(
        self, embedding: Tensor, n_source: int, progress: float, languages: Tensor
    ) -> None:
        """Do what a penalty does by itself between two steps of the encoder.

        Parameters are those of `forward`; no gradient leads from `embedding` to the encoder.
        """

    def forward(self, embedding: Tensor, n_source: int, progress: float, languages: Tensor) -> Term:
        """Score how far apart the embeddings of the domains of a batch are.

        Parameters
        ----------
        embedding : Tensor, shape (n, width)
            The first `n_source` rows are of the source.
        progress : float
            Share of the training that is over, in [0, 1].
        languages : Tensor, int64, shape (n_source,)
            Of the source rows, numbered from 0.
        """
        raise NotImplementedError


class DomainAdversary(Penalty):
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
        utterances. Always naming the target is therefore right in half of the rows.

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
        name = getattr(self.schedule, "__name__", self.schedule)
        return f"loss_weight={self.loss_weight:g}, max_lambda={self.max_lambda:g}, schedule={name}"

    def prepare(self, width: int, source: Labelled) -> None:
        """Let the classifier learn the width of the embedding.

        Raises
        ------
        SettingError
            If the classifier is for more or fewer domains than there are.
        """
        n_languages = len(np.unique(source.languages))
        possible = sorted({2, n_languages + 1})
        if self.domains not in possible:
            raise SettingError(
                f"the alignment is for {self.domains} domains; with a source of {n_languages} "
                f"languages ({source.language}), domains has to be "
                f"{' or '.join(map(str, possible))}."
            )
        self.classifier(torch.zeros(1, width))

    def forward(
        self, embedding: Tensor, n_source: int, progress: float, languages: Tensor | None = None
    ) -> Term:
        """Score how well the domains can be told apart; two domains do without `languages`."""
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
        return Term(self.loss_weight * loss, record)
