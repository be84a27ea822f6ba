"""A network of a penalty's own, which learns between the steps of the encoder."""

from collections.abc import Callable, Iterable
from functools import cached_property

from torch import Tensor, nn

from ser_utils import fast
from ser_utils.alignment.penalty import Penalty
from ser_utils.errors import require_number


class Opponent(Penalty):
    """What adversaries share: steps of their own, and a strength that follows a schedule.

    In its k steps the opponent descends on `own_loss` of the embedding of the batch, which does not
    move. It then stands still while the encoder takes its one, as Goodfellow et al. 2014
    (algorithm 1) train a discriminator. A subclass makes the network, and defines `own_loss` and
    `forward`.

    Parameters
    ----------
    max_lambda : float
        Strength of the penalty at the end of the schedule.
    schedule : callable
        From progress p in [0, 1] to the share of `max_lambda` that is reached.
    steps : int
        k, for each step of the encoder.
    learning_rate : float
        Of the opponent's own Adam.

    Raises
    ------
    SettingError
        If a number is out of its range.
    """

    def __init__(
        self,
        max_lambda: float,
        schedule: Callable[[float], float],
        steps: int,
        learning_rate: float,
    ) -> None:
        super().__init__()
        require_number("steps", steps, whole=True, least=1)
        require_number("learning_rate", learning_rate, least=0)
        require_number("max_lambda", max_lambda, least=0)
        self.max_lambda, self.schedule = max_lambda, schedule
        self.steps, self.learning_rate = steps, learning_rate

    def extra_repr(self) -> str:  # noqa: D102
        name = getattr(self.schedule, "__name__", self.schedule)
        return f"max_lambda={self.max_lambda:g}, schedule={name}, steps={self.steps}"

    def __getstate__(self) -> dict:
        """Let a copy have `_own` of its own: this one's vector holds no weights of the copy."""
        return {name: value for name, value in vars(self).items() if name != "_own"}

    @property
    def learns_by_itself(self) -> bool:
        """Whether its weights are moved by its own steps, and not by those of the encoder."""
        return True

    def strength(self, progress: float) -> float:
        """Return lambda at this progress of the training."""
        return self.max_lambda * self.schedule(progress)

    def own_loss(self, embedding: Tensor, n_source: int, *others: Tensor) -> Callable[[], Tensor]:
        """Return a function of nothing: what a step descends on, by the weights as they are then.

        `others` are the last parameters of `forward`.
        """
        raise NotImplementedError

    def joint_parameters(self) -> Iterable[nn.Parameter]:
        """Return its parameters, unless it takes steps of its own."""
        return () if self.learns_by_itself else self.parameters()

    def between_steps(
        self, embedding: Tensor, n_source: int, progress: float, *others: Tensor
    ) -> None:
        """Take all of its `steps`, if they are its own."""
        if not self.learns_by_itself:
            return
        weights, optimiser = self._own
        loss = self.own_loss(embedding, n_source, *others)
        for _ in range(self.steps):
            weights.grad.zero_()
            loss().backward()
            optimiser.step()

    @cached_property
    def _own(self) -> tuple[Tensor, fast.Adam]:
        """Its weights as one vector, and their optimiser."""
        weights = fast.one_vector(list(self.parameters()))
        return weights, fast.Adam(weights, self.learning_rate)
