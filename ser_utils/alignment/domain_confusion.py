"""Domain confusion: the encoder wants a language classifier that has no opinion."""

from torch import Tensor
from torch.nn import functional

from ser_utils.alignment.adversary import DomainAdversary
from ser_utils.alignment.penalty import Term


class DomainConfusion(DomainAdversary):
    r"""A uniform target for the encoder instead of a reversed sign (Tzeng et al. 2015, ICCV).

    .. math:: \min_D \; w \, \mathrm{CE}\big(D(z), d\big), \qquad
        \min_z \; w \, \lambda(p) \, L_\mathrm{conf}, \qquad
        L_\mathrm{conf} = - \frac{1}{n} \sum_i \sum_k \frac{1}{K} \log q_{ik}

    with q the probabilities that the classifier D gives to the K domains (equations 3 and 4 there).
    DANN's encoder wants D to be wrong, and gets most from a row that D names wrongly with
    certainty; here it wants D to be undecided, which is the least that the loss can be. The two
    losses have different minima, so that the classifier always takes its own `steps`, 1 or more.

    Parameters and errors are those of `DomainAdversary`.
    """

    @property
    def learns_by_itself(self) -> bool:
        """Always."""
        return True

    def forward(
        self, embedding: Tensor, n_source: int, progress: float, languages: Tensor | None = None
    ) -> Term:
        """Score how far the classifier is from undecided; it does not learn from this."""
        strength = self.strength(progress)
        guess = self.classifier(embedding)
        confusion = -guess.log_softmax(1).mean()
        domain = self._domains_of(embedding, n_source, languages)
        record = self._record(guess, domain, functional.cross_entropy(guess, domain), strength)
        record["confusion_loss"] = confusion.detach()
        return Term(self.loss_weight * strength * confusion, record)
