"""DANN's penalty: a language classifier behind a gradient reversal layer."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ser_utils import gradient_reversal, settings
from ser_utils.alignment.opponent import Opponent
from ser_utils.alignment.penalty import Term
from ser_utils.errors import SettingError, require_number
from ser_utils.utterances import Labelled


class DomainAdversary(Opponent):
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
        super().__init__(max_lambda, schedule, steps, learning_rate)
        for name, number in (("width", width), ("domains", domains)):
            require_number(name, number, whole=True, least=1)
        require_number("loss_weight", loss_weight, least=0)
        self.loss_weight, self.domains = loss_weight, domains
        self.classifier = nn.Sequential(nn.LazyLinear(width), nn.ReLU(), nn.Linear(width, domains))

    def extra_repr(self) -> str:  # noqa: D102
        return f"loss_weight={self.loss_weight:g}, {super().extra_repr()}"

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

    @property
    def learns_by_itself(self) -> bool:
        """Whether its `steps` are more than one."""
        return self.steps > 1

    def seen(
        self, embedding: Tensor, n_source: int, *logits: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Return what the classifier sees of each row, and what each counts; None is the same."""
        return embedding, None

    def own_loss(
        self, embedding: Tensor, n_source: int, languages: Tensor | None = None, *logits: Tensor
    ) -> Callable[[], Tensor]:
        """Return w times the cross-entropy of the classifier, as a function of nothing."""
        z, counts = self.seen(embedding, n_source, *logits)
        domain = self._domains_of(z, n_source, languages)
        return lambda: self.loss_weight * _cross_entropy(self.classifier(z), domain, counts)

    def forward(
        self,
        embedding: Tensor,
        n_source: int,
        progress: float,
        languages: Tensor | None = None,
        *logits: Tensor,
    ) -> Term:
        """Score how well the domains can be told apart; two domains do without `languages`."""
        strength = self.strength(progress)
        z, counts = self.seen(embedding, n_source, *logits)
        domain = self._domains_of(z, n_source, languages)
        guess = self.classifier(gradient_reversal.reverse_gradient(z, strength))
        loss = _cross_entropy(guess, domain, counts)
        return Term(self.loss_weight * loss, self._record(guess, domain, loss, strength))

    def _domains_of(self, embedding: Tensor, n_source: int, languages: Tensor | None) -> Tensor:
        """Number the domain of each row, shape (n,), int64; the target is the last."""
        domain = torch.full((len(embedding),), self.domains - 1, device=embedding.device)
        domain[:n_source] = 0 if self.domains == 2 else languages
        return domain

    def _record(self, guess: Tensor, domain: Tensor, loss: Tensor, strength: float) -> dict:
        """Tell how good the classifier is, from its logits."""
        accuracy = (guess.detach().argmax(1) == domain).float().mean()
        record = {"domain_loss": loss.detach(), "domain_accuracy": accuracy, "lambda": strength}
        if self.domains > 2:  # of two it is ln 2
            shares = torch.bincount(domain) / len(domain)
            record["domain_loss_at_chance"] = torch.special.entr(shares).sum()
        return record


def _cross_entropy(guess: Tensor, domain: Tensor, counts: Tensor | None) -> Tensor:
    """Average over rows; `counts`, shape (n,), says what each counts."""
    if counts is None:
        return functional.cross_entropy(guess, domain)
    return (counts * functional.cross_entropy(guess, domain, reduction="none")).mean()
