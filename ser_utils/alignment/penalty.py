"""What training asks of a penalty."""

from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from torch import Tensor, nn

from ser_utils.errors import BatchTooSmallError
from ser_utils.utterances import Labelled


class Term(NamedTuple):
    """What a penalty adds to the emotion loss of a batch, and numbers for the training history."""

    loss: Tensor
    record: dict[str, float | Tensor]


class Penalty(nn.Module):
    """What `training.fit` asks of a penalty, in this order; a subclass defines `forward`."""

    #: Whether `between_steps` and `forward` take one argument more: `logits`, shape (n, 2), what
    #: the emotion head says of all rows.
    reads_logits: ClassVar[bool] = False

    def prepare(self, width: int, source: Labelled) -> None:
        """Make ready for embeddings of `width` and for the languages of the source.

        Called once, before weights are drawn; layers whose size depends on these are made here.
        """

    def joint_parameters(self) -> Iterable[nn.Parameter]:
        """Return what each step of the encoder trains as well; by default all parameters."""
        return self.parameters()

    def between_steps(
        self, embedding: Tensor, n_source: int, progress: float, languages: Tensor, *logits: Tensor
    ) -> None:
        """Do what a penalty does by itself between two steps of the encoder.

        Parameters are those of `forward`; no gradient leads from `embedding` or `logits` to the
        encoder.
        """

    def forward(
        self, embedding: Tensor, n_source: int, progress: float, languages: Tensor, *logits: Tensor
    ) -> Term:
        """Score how far apart the embeddings of the domains of a batch are.

        Parameters
        ----------
        embedding : Tensor, shape (n, width)
            The first `n_source` rows are of the source.
        progress : float
            Share of the training that is over, in [0, 1].
        languages : Tensor, int64, shape (n_source,)
            Of the source rows, numbered from 0.
        *logits : Tensor, shape (n, 2)
            Only if `reads_logits`.
        """
        raise NotImplementedError


def both_domains(embedding: Tensor, n_source: int, least: int = 1) -> tuple[Tensor, Tensor]:
    """Return the rows of the source and those of the target.

    Raises
    ------
    BatchTooSmallError
        If one has fewer than `least`.
    """
    source, target = embedding[:n_source], embedding[n_source:]
    if min(len(source), len(target)) < least:
        raise BatchTooSmallError(
            f"this alignment needs at least {least} rows of each domain in a batch, which has "
            f"{len(source)} of the source and {len(target)} of the target. Use a larger batch_size."
        )
    return source, target
