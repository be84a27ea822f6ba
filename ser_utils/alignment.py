"""Penalties that pull source and target embeddings together.

Training adds the loss of a penalty to the emotion loss. `Penalty` is all that it knows of one.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ser_utils import fast, gradient_reversal, settings
from ser_utils.errors import SettingError, require_number
from ser_utils.utterances import Labelled


class Term(NamedTuple):
    """What a penalty adds to the emotion loss of a batch, and numbers for the training history."""

    loss: Tensor
    record: dict[str, float | Tensor]


class Penalty(nn.Module):
    """What `training.fit` asks of a penalty, in this order; a subclass defines `forward`."""

    def prepare(self, width: int, source: Labelled) -> None:
        """Make ready for embeddings of `width` and for the languages of the source.

        Called once, before weights are drawn; layers whose size depends on these are made here.
        """

    def joint_parameters(self) -> Iterable[nn.Parameter]:
        """Return what each step of the encoder trains as well; by default all parameters."""
        return self.parameters()

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

    The bound on the target error that DANN descends from holds for the best classifier there is
    (Ben-David et al. 2010). With one step, classifier and encoder learn at the same time from one
    loss, so that the encoder meets a classifier that is behind. With k `steps`, the classifier
    first takes k steps of its own on the embedding of the batch, which does not move, by

    .. math:: \min_D \; w \, \mathrm{CE}\big(D(z), d\big)

    and then stands still while the encoder takes its one, as Goodfellow et al. 2014 (algorithm 1)
    train a discriminator.

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
    steps : int
        Of the classifier, for each of the encoder.
    learning_rate : float
        Of the classifier's own Adam, if `steps` is more than 1; if it is 1, the encoder's serves.
    domains : int
        Classes of D: 2 for source and target, whatever languages the source has; or one more than
        it has languages, for each of these and the target. Rows are not weighted: the target has
        half of a batch, and the languages of the source share the other half by their numbers of
        utterances. Always naming the target is therefore right in half of the rows.

    Raises
    ------
    SettingError
        If a number is out of its range.

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
        steps: int = 1,
        learning_rate: float = settings.ADVERSARY_LEARNING_RATE,
        domains: int = 2,
    ) -> None:
        super().__init__()
        for name, number in (("width", width), ("steps", steps), ("domains", domains)):
            require_number(name, number, whole=True, least=1)
        require_number("learning_rate", learning_rate, least=0)
        require_number("loss_weight", loss_weight, least=0)
        require_number("max_lambda", max_lambda, least=0)
        self.steps, self.learning_rate = steps, learning_rate
        self.loss_weight, self.max_lambda, self.schedule = loss_weight, max_lambda, schedule
        self.domains = domains
        self.classifier = nn.Sequential(nn.LazyLinear(width), nn.ReLU(), nn.Linear(width, domains))

    def extra_repr(self) -> str:  # noqa: D102
        name = getattr(self.schedule, "__name__", self.schedule)
        return (
            f"loss_weight={self.loss_weight:g}, max_lambda={self.max_lambda:g}, schedule={name}, "
            f"steps={self.steps}"
        )

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

    def joint_parameters(self) -> Iterable[nn.Parameter]:
        """Return the classifier's, unless it takes steps of its own."""
        return self.parameters() if self.steps == 1 else ()

    def between_steps(
        self, embedding: Tensor, n_source: int, progress: float, languages: Tensor | None = None
    ) -> None:
        """Train the classifier by all of its `steps`, if they are its own."""
        if self.steps == 1:
            return
        domain = self._domains_of(embedding, n_source, languages)
        weights, optimiser = self._own
        for _ in range(self.steps):
            loss = self.loss_weight * functional.cross_entropy(self.classifier(embedding), domain)
            weights.grad.zero_()
            loss.backward()
            optimiser.step()

    @cached_property
    def _own(self) -> tuple[Tensor, torch.optim.Optimizer]:
        """The classifier's weights as one vector, and their optimiser."""
        weights = fast.one_vector(list(self.classifier.parameters()))
        return weights, torch.optim.Adam([weights], lr=self.learning_rate, fused=True)

    def _domains_of(self, embedding: Tensor, n_source: int, languages: Tensor | None) -> Tensor:
        """Number the domain of each row, shape (n,), int64; the target is the last."""
        domain = torch.full((len(embedding),), self.domains - 1, device=embedding.device)
        domain[:n_source] = 0 if self.domains == 2 else languages
        return domain

    def forward(
        self, embedding: Tensor, n_source: int, progress: float, languages: Tensor | None = None
    ) -> Term:
        """Score how well the domains can be told apart; two domains do without `languages`."""
        strength = self.max_lambda * self.schedule(progress)
        domain = self._domains_of(embedding, n_source, languages)
        logits = self.classifier(gradient_reversal.reverse_gradient(embedding, strength))
        loss = functional.cross_entropy(logits, domain)
        accuracy = (logits.detach().argmax(1) == domain).float().mean()
        record = {"domain_loss": loss.detach(), "domain_accuracy": accuracy, "lambda": strength}
        if self.domains > 2:  # of two it is ln 2
            shares = torch.bincount(domain) / len(domain)
            record["domain_loss_at_chance"] = torch.special.entr(shares).sum()
        return Term(self.loss_weight * loss, record)
