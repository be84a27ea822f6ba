"""Encoders with an emotion head: a perceptron for functionals, a small CNN for log-mel.

An encoder takes a batch of source rows followed by target rows and passes `n_source` on to its
normalisation layers, which are all that treats the domains differently.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from ser_utils import batch_norm as bn
from ser_utils import fast, settings
from ser_utils.domains import Pair
from ser_utils.errors import DomainError, require_number, unknown_name

#: Activations of the layer that is the embedding, by name. One that is bounded keeps an encoder
#: from escaping a language classifier by growing.
ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh}


class EmotionModel(nn.Module):
    """An encoder and a linear emotion head.

    Parameters
    ----------
    encoder : nn.Module
        From (x, lengths, n_source) to embeddings (n, `encoder.width`).
    batch_norm : str
        The composition the encoder was built with.
    recipe : dict, optional
        Arguments of `build`, for a checkpoint. A model of your own has none: give it to `load`.
    """

    def __init__(self, encoder: nn.Module, batch_norm: str, recipe: dict | None = None) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.width, 2)
        self.batch_norm = batch_norm
        self.recipe = recipe

    def embed(
        self, x: Tensor, lengths: Tensor | None = None, n_source: int | None = None
    ) -> Tensor:
        """Return the embeddings, shape (n, width), of features (n, d) or (n, mel, frames)."""
        return self.encoder(x, lengths, n_source)

    def forward(
        self, x: Tensor, lengths: Tensor | None = None, n_source: int | None = None
    ) -> Tensor:
        """Return the emotion logits, shape (n, 2)."""
        return self.head(self.embed(x, lengths, n_source))


class MlpEncoder(nn.Module):
    """Linear, normalisation, ReLU and dropout, as often as there are `widths`.

    The last layer, the embedding, may have another activation and dropout.
    """

    def __init__(
        self,
        n_features: int,
        batch_norm: str,
        widths: Sequence[int],
        dropout: float,
        embedding: str = "relu",
        embedding_dropout: float | None = None,
    ) -> None:
        super().__init__()
        sizes = [n_features, *widths]
        self.linears = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.norms = nn.ModuleList(bn.layer(batch_norm, width) for width in widths)
        self.dropout = fast.Dropout(dropout)
        self.activation = ACTIVATIONS[embedding]
        self.embedding_dropout = fast.Dropout(
            dropout if embedding_dropout is None else embedding_dropout
        )
        self.width = sizes[-1]

    def forward(  # noqa: D102
        self, x: Tensor, lengths: Tensor | None = None, n_source: int | None = None
    ) -> Tensor:
        *hidden, (linear, norm) = zip(self.linears, self.norms, strict=True)
        for below, its_norm in hidden:
            x = self.dropout(torch.relu(its_norm(below(x), n_source)))
        return self.embedding_dropout(self.activation(norm(linear(x), n_source)))


class CnnEncoder(nn.Module):
    """Strided convolutions over (mel, frames), then mean and standard deviation over valid frames.

    Padding never matters: after every block the frames beyond an utterance's end are set to zero,
    as a convolution finds them beyond the end of a batch, and neither the normalisation nor the
    pooling counts them. Pooling by mean and standard deviation follows the statistics pooling of
    Snyder et al. 2018 (x-vectors, ICASSP).
    """

    KERNEL, STRIDE, PADDING = 5, 2, 2

    def __init__(
        self,
        n_mels: int,
        batch_norm: str,
        channels: Sequence[int],
        width: int,
        dropout: float,
        embedding: str = "relu",
        embedding_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        sizes = [1, *channels]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, self.KERNEL, self.STRIDE, self.PADDING) for a, b in pairwise(sizes)
        )
        self.norms = nn.ModuleList(bn.layer(batch_norm, size) for size in channels)
        bands = n_mels
        for _ in channels:
            bands = self._strided(bands)
        self.project = nn.Linear(2 * channels[-1] * bands, width)
        self.dropout = fast.Dropout(dropout)
        self.activation = ACTIVATIONS[embedding]
        self.embedding_dropout = fast.Dropout(embedding_dropout)
        self.width = width

    def _strided(self, size):
        """Size of an axis after one convolution; for numbers and for tensors of lengths."""
        return (size + 2 * self.PADDING - self.KERNEL) // self.STRIDE + 1

    def forward(self, x: Tensor, lengths: Tensor, n_source: int | None = None) -> Tensor:  # noqa: D102
        x = x[:, None, :, : int(lengths.max())]
        x = _without_padding(x, _mask(x, lengths))
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = convolution(x)
            lengths = self._strided(lengths)
            mask = _mask(x, lengths)
            x = _without_padding(torch.relu(norm(x, n_source, mask)), mask)
        x = x.flatten(1, 2)  # (n, channels * mel, frames), with zeros as padding
        count = lengths[:, None].to(x.dtype)
        mean, square = x.sum(2) / count, x.square().sum(2) / count
        std = (square - mean.square()).clamp_min(1e-6).sqrt()
        pooled = torch.cat([mean, std], dim=1)
        return self.embedding_dropout(self.activation(self.project(self.dropout(pooled))))


def _mask(x: Tensor, lengths: Tensor) -> Tensor:
    """Tell the valid frames of each row of (n, ..., frames), shape (n, frames)."""
    return torch.arange(x.shape[-1], device=x.device) < lengths[:, None]


def _without_padding(x: Tensor, mask: Tensor) -> Tensor:
    """Set the padding of (n, channels, mel, frames) to zero."""
    return x.masked_fill(~mask[:, None, None, :], 0.0)


def mlp(
    pair: Pair | int,
    *,
    batch_norm: str = settings.BATCH_NORM,
    widths: Sequence[int] = settings.WIDTHS,
    dropout: float = settings.DROPOUT,
    embedding: str = settings.EMBEDDING,
    embedding_dropout: float | None = None,
) -> EmotionModel:
    """Build a multilayer perceptron for functionals.

    Parameters
    ----------
    pair : Pair or int
        The pair it will be trained on, or the number of functionals.
    batch_norm : str
        One of `batch_norm.NAMES`.
    widths : sequence of int
        Units of each hidden layer; the last is the width of the embedding.
    dropout : float
        Share of units dropped in training.
    embedding : {"relu", "tanh"}
        Activation of the last layer. "tanh" bounds the embedding.
    embedding_dropout : float, optional
        Share of units of the embedding dropped in training, by default `dropout`. The language
        classifier sees what is left, while a probe after training sees all.

    Raises
    ------
    DomainError
        If the features of the pair are not functionals.
    SettingError
        If a number is out of its range.
    UnknownNameError
        If there is no such activation or batch norm.
    """
    size = _input_size(pair, "mlp", 2, "functionals")
    return build(
        "mlp",
        size,
        batch_norm=batch_norm,
        widths=list(widths),
        dropout=dropout,
        embedding=embedding,
        embedding_dropout=embedding_dropout,
    )


def cnn(
    pair: Pair | int,
    *,
    batch_norm: str = settings.BATCH_NORM,
    channels: Sequence[int] = (16, 32, 64),
    width: int = settings.WIDTHS[-1],
    dropout: float = settings.DROPOUT,
    embedding: str = settings.EMBEDDING,
    embedding_dropout: float = 0.0,
) -> EmotionModel:
    """Build a convolutional network for log-mel spectrograms.

    Parameters
    ----------
    pair : Pair or int
        The pair it will be trained on, or the number of mel bands.
    batch_norm, dropout, embedding, embedding_dropout
        As of `mlp`; dropout is of pooled values, and by default none of the embedding.
    channels : sequence of int
        Channels of each convolution.
    width : int
        Width of the embedding.

    Raises
    ------
    DomainError
        If the features of the pair are not spectrograms.
    SettingError
        If a number is out of its range.
    UnknownNameError
        If there is no such activation or batch norm.
    """
    size = _input_size(pair, "cnn", 3, "log-mel spectrograms")
    return build(
        "cnn",
        size,
        batch_norm=batch_norm,
        channels=list(channels),
        width=width,
        dropout=dropout,
        embedding=embedding,
        embedding_dropout=embedding_dropout,
    )


def build(build: str, pair: int, **arguments) -> EmotionModel:
    """Build "mlp" or "cnn"; `pair` is the input size. `build(**model.recipe)` builds it again."""
    if (embedding := arguments.get("embedding", "relu")) not in ACTIVATIONS:
        raise unknown_name("embedding", embedding, ACTIVATIONS)
    for dropout in {arguments["dropout"], arguments.get("embedding_dropout")} - {None}:
        require_number("dropout", dropout, least=0, below=1)
    sizes = arguments["widths"] if build == "mlp" else [*arguments["channels"], arguments["width"]]
    for units in (pair, *sizes):
        require_number("a number of units", units, whole=True, least=1)
    encoder = {"mlp": MlpEncoder, "cnn": CnnEncoder}[build](pair, **arguments)
    recipe = {"build": build, "pair": pair, **arguments}
    return EmotionModel(encoder, arguments["batch_norm"], recipe)


def _input_size(pair: Pair | int, model: str, ndim: int, expected: str) -> int:
    if isinstance(pair, int):
        return pair
    if pair.source.features.ndim != ndim:
        raise DomainError(
            f"models.{model} is for {expected}; this pair has {pair.feature_set!r} features. "
            f"Use models.{'cnn' if model == 'mlp' else 'mlp'}."
        )
    return pair.source.features.shape[1]
