"""The same adversarial training by this package and by two libraries for domain adaptation.

Each function takes a pair and a seed, trains with the defaults of `ser_utils.settings`, and returns
the predicted classes of `pair.evaluation`. They agree in what the network, the losses and the
optimiser are; the libraries bring their own samplers, loops and composition of batch norm. What
differs is listed in README.md.
"""

from collections.abc import Iterator
from itertools import chain, islice, pairwise, repeat

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from ser_utils import models, settings, training
from ser_utils.alignment import DomainAdversary
from ser_utils.domains import Pair
from ser_utils.gradient_reversal import ganin


def train_here(pair: Pair, seed: int, batch_norm: str) -> np.ndarray:
    """Train by `ser_utils.training.fit`."""
    model = models.mlp(pair, batch_norm=batch_norm)
    run = training.fit(model, pair, align=DomainAdversary(), held_out=0, seed=seed, progress=False)
    return run.predict(pair.evaluation)


def train_skada(pair: Pair, seed: int) -> np.ndarray:
    """Train by `skada.deep.DANN`, with a language classifier that does send a gradient."""
    from skada.deep import DANN

    torch.manual_seed(seed)
    encoder, head = _network(pair)
    net = DANN(
        SkadaModule(encoder, head),
        layer_name="encoder",
        domain_classifier=SkadaLanguageClassifier(_n_steps(pair)),
        base_criterion=nn.CrossEntropyLoss(weight=_class_weights(pair)),
        reg=settings.LOSS_WEIGHT / 2,  # its loss sums over the domains, instead of averaging
        train_split=None,
        max_epochs=settings.EPOCHS,
        batch_size=settings.BATCH_SIZE,
        optimizer=torch.optim.Adam,
        optimizer__lr=settings.LEARNING_RATE,
        optimizer__weight_decay=settings.WEIGHT_DECAY,
        optimizer__fused=True,
        verbose=0,
    )
    no_labels = np.full(len(pair.target), -1)
    net.fit(
        np.concatenate([pair.source.features, pair.target.features]),
        np.concatenate([pair.source.labels, no_labels]),
        sample_domain=np.concatenate(
            [np.ones(len(pair.source), int), np.full(len(pair.target), -2)]
        ),
    )
    return net.predict(pair.evaluation.features, sample_domain=np.full(len(pair.evaluation), -2))


class SkadaModule(nn.Module):
    """Encoder and emotion head with the signature that skada calls."""

    def __init__(self, encoder: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, x: Tensor, sample_weight: Tensor | None = None) -> Tensor:  # noqa: D102
        return self.head(self.encoder(x))


class SkadaLanguageClassifier(nn.Module):
    """A sigmoid unit behind skada's own GRL, on Ganin's schedule.

    Skada's default classifier ends in a softmax over one unit: always 1, so without a gradient. Its
    GRL has a fixed strength, so the schedule counts the forward passes here.
    """

    def __init__(self, n_steps: int) -> None:
        super().__init__()
        self.classifier = _language_classifier()
        self.step, self.n_steps = 0, n_steps

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        from skada.deep.modules import GradientReversalLayer

        strength = settings.MAX_LAMBDA * ganin(self.step / self.n_steps)
        self.step += 1
        return torch.sigmoid(self.classifier(GradientReversalLayer.apply(x, strength)))


def train_pytorch_adapt(pair: Pair, seed: int) -> np.ndarray:
    """Train by the `DANNHook` of pytorch-adapt in the plain loop of its README."""
    from pytorch_adapt.hooks import CLossHook, DANNHook, GradientReversalHook
    from pytorch_adapt.weighters import SumWeighter

    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002  # its data set draws source rows from this generator
    encoder, head = _network(pair)
    networks = {"G": encoder, "C": head, "D": _language_classifier()}
    optimiser = torch.optim.Adam(
        chain.from_iterable(network.parameters() for network in networks.values()),
        lr=settings.LEARNING_RATE,
        weight_decay=settings.WEIGHT_DECAY,
        fused=True,
    )
    # The default weight is an integer, and would round every strength of the schedule below 1 to 0.
    features = ["src_imgs_features", "target_imgs_features"]
    reversal = GradientReversalHook(weight=1.0, apply_to=features)
    language_losses = ["src_domain_loss", "target_domain_loss"]
    hook = DANNHook(
        [optimiser],
        gradient_reversal=reversal,
        c_hook=CLossHook(nn.CrossEntropyLoss(weight=_class_weights(pair))),
        weighter=SumWeighter(weights=dict.fromkeys(language_losses, settings.LOSS_WEIGHT / 2)),
    )
    n_steps = _n_steps(pair)
    for step, batch in enumerate(islice(_endless_batches(pair), n_steps)):
        reversal.fn.update_weight(settings.MAX_LAMBDA * ganin(step / n_steps))
        hook({**networks, **batch})
    encoder.eval()
    with torch.no_grad():
        logits = head(encoder(torch.from_numpy(pair.evaluation.features)))
    return logits.argmax(dim=1).numpy()


def _endless_batches(pair: Pair) -> Iterator[dict]:
    """Repeat the data loader of pytorch-adapt, which ends with the target."""
    from pytorch_adapt.datasets import (
        CombinedSourceAndTargetDataset,
        DataloaderCreator,
        SourceDataset,
        TargetDataset,
    )

    labels = torch.from_numpy(pair.source.labels)
    source = SourceDataset(TensorDataset(torch.from_numpy(pair.source.features), labels))
    target = TargetDataset(torch.from_numpy(pair.target.features))
    create = DataloaderCreator(batch_size=settings.BATCH_SIZE)
    loader = create(train=CombinedSourceAndTargetDataset(source, target))["train"]
    return chain.from_iterable(repeat(loader))


def _network(pair: Pair) -> tuple[nn.Sequential, nn.Linear]:
    """Build the encoder and the emotion head of `models.mlp` from the layers of torch."""
    sizes = [pair.source.features.shape[1], *settings.WIDTHS]
    blocks = [
        [nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU(), nn.Dropout(settings.DROPOUT)]
        for a, b in pairwise(sizes)
    ]
    return nn.Sequential(*chain.from_iterable(blocks)), nn.Linear(sizes[-1], 2)


def _language_classifier() -> nn.Sequential:
    """Build the language classifier of `DomainAdversary` with one logit instead of two."""
    width = settings.ADVERSARY_WIDTH
    return nn.Sequential(
        nn.Linear(settings.WIDTHS[-1], width), nn.ReLU(), nn.Linear(width, 1), nn.Flatten(0)
    )


def _class_weights(pair: Pair) -> Tensor:
    """Let both emotion classes count the same, as `training.fit` does."""
    counts = np.bincount(pair.source.labels, minlength=2)
    return torch.tensor(len(pair.source) / (2.0 * counts), dtype=torch.float32)


def _n_steps(pair: Pair) -> int:
    """Count the optimiser steps: whole batches of source utterances, times epochs."""
    return settings.EPOCHS * (len(pair.source) // settings.BATCH_SIZE)
