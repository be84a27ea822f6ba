"""WDGRL: a critic measures the Wasserstein distance of the domains, the encoder makes it small."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ser_utils import gradient_reversal, settings
from ser_utils.alignment.opponent import Opponent
from ser_utils.alignment.penalty import Term, both_domains
from ser_utils.errors import require_number
from ser_utils.utterances import Labelled


class WassersteinCritic(Opponent):
    r"""WDGRL, Wasserstein distance guided representation learning (Shen et al. 2018, AAAI).

    .. math:: \max_f \; L_\mathrm{wd} - \gamma L_\mathrm{grad}, \qquad
        \min_z \; \lambda(p) L_\mathrm{wd}

    .. math:: L_\mathrm{wd} = \frac{1}{n_s} \sum_{z \in S} f(z) - \frac{1}{n_t} \sum_{z \in T} f(z),
        \qquad L_\mathrm{grad} = \frac{1}{|\hat{z}|} \sum_{\hat{z}}
        \big( \lVert \nabla f(\hat{z}) \rVert_2 - 1 \big)^2

    Of all functions f that nowhere rise by more than 1 per unit, the best has the Wasserstein-1
    distance for its L_wd (Kantorovich and Rubinstein). The penalty L_grad holds the critic to that
    slope at the embeddings of the batch and at random points on lines from a source row to a target
    row (Gulrajani et al. 2017). Unlike a classifier's, its gradient does not vanish for domains
    that are far apart.

    Parameters
    ----------
    width : int
        Hidden units of the critic.
    gradient_penalty : float
        gamma.
    max_lambda, schedule, steps, learning_rate
        As of `Opponent`. The paper's lambda is constant. The default comes from two pairs of
        corpora, by a probe for the language and the recall on the source; no label of a target was
        read.

    Raises
    ------
    SettingError
        If a number is out of its range.
    """

    def __init__(
        self,
        width: int = settings.ADVERSARY_WIDTH,
        max_lambda: float = 0.1,
        schedule: Callable[[float], float] = gradient_reversal.ganin,
        *,
        steps: int = 5,
        learning_rate: float = settings.ADVERSARY_LEARNING_RATE,
        gradient_penalty: float = 10.0,
    ) -> None:
        super().__init__(max_lambda, schedule, steps, learning_rate)
        require_number("width", width, whole=True, least=1)
        require_number("gradient_penalty", gradient_penalty, least=0)
        self.gradient_penalty = gradient_penalty
        self.hidden, self.output = nn.LazyLinear(width), nn.Linear(width, 1)

    def extra_repr(self) -> str:  # noqa: D102
        return f"{super().extra_repr()}, gradient_penalty={self.gradient_penalty:g}"

    def prepare(self, width: int, source: Labelled) -> None:
        """Let the critic learn the width of the embedding."""
        self.hidden(torch.zeros(1, width))

    def own_loss(self, embedding: Tensor, n_source: int, *others: Tensor) -> Callable[[], Tensor]:
        """Return minus the distance plus the gradient penalty, as a function of nothing."""
        source, target = both_domains(embedding, n_source)
        n = min(len(source), len(target))  # rows of a batch come in random order

        def loss() -> Tensor:
            along = embedding.new_empty(n, 1).uniform_()
            between = source[:n].lerp(target[:n], along)
            f, slope = self._critic(torch.cat([embedding, between]))
            steepness = (slope.norm(dim=1) - 1).square().mean()
            return self.gradient_penalty * steepness - _distance(f[: len(embedding)], n_source)

        return loss

    def forward(self, embedding: Tensor, n_source: int, progress: float, *others: Tensor) -> Term:
        """Score how far apart the critic finds the domains; it does not learn from this."""
        f, _ = self._critic(embedding)
        strength, distance = self.strength(progress), _distance(f, n_source)
        return Term(strength * distance, {"wasserstein": distance.detach(), "lambda": strength})

    def _critic(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return f of each row, shape (n, 1), and its gradient there, shape (n, width).

        A unit of the hidden layer that is above zero is linear, and another one has no part in f.
        """
        units = self.hidden(z)
        gradient = ((units > 0) * self.output.weight) @ self.hidden.weight
        return self.output(units.relu()), gradient


def _distance(f: Tensor, n_source: int) -> Tensor:
    """Return L_wd."""
    of_source, of_target = both_domains(f, n_source)
    return of_source.mean() - of_target.mean()
