"""The moving pictures of the notebooks as pages, for a site of notebooks that nobody runs."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.decomposition import PCA

from ser_utils import (
    alignment,
    batch_norm,
    domains,
    features,
    figures,
    metrics,
    models,
    trained,
    training,
)
from ser_utils.domains import Pair
from ser_utils.embeddings import probes, projection
from ser_utils.files import write_text
from ser_utils.lessons import two_moons
from ser_utils.pages.parameters import Parameters
from ser_utils.widgets import motion
from ser_utils.widgets.motion.maps import synthetic

EPOCHS, STRENGTHS = (1, 2, 4, 8, 15, 30), (0.0, 0.1, 0.3, 1.0, 3.0)


def write(folder: Path, parameters: Parameters | None = None) -> list[str]:
    """Write the pages NAME.html of moving pictures into a folder; return their names.

    Those of two moons need no corpus. Those of speech are of the pair in `parameters`, if it is
    given: five small trainings. Errors are those of `features.of_corpus` and `domains.pair`.
    """
    moons = two_moons.pair()
    learned = {of: two_moons.learn(moons, *of) for of in product((0.0, 0.1, 1.0, 3.0), (1, 5))}
    pictures = [motion.schedule(), motion.reversal(moons, learned)]
    if parameters is not None:
        corpora = parameters.source, parameters.target
        sides = [features.of_corpus(name, on_error=parameters.on_error) for name in corpora]
        pair = domains.pair(*sides, task=parameters.task)
        pictures += [*_of_trainings(pair), _of_compositions(pair)]
    for picture in pictures:
        write_text(folder / f"{picture.name}.html", picture.page())
    return [picture.name for picture in pictures]


def _of_trainings(pair: Pair) -> tuple[motion.Picture, motion.Picture]:
    """Move an embedding over epochs and over lambda, by DANNs that differ in lambda alone."""
    runs, snapshots, model = {}, {}, models.mlp(pair, batch_norm="joint", embedding="tanh")

    def watch(epoch: int, model: models.EmotionModel) -> None:
        if epoch in EPOCHS:
            snapshots[epoch] = trained.embed(model, pair.source, pair.evaluation)

    for strength in STRENGTHS:
        align = alignment.DomainAdversary(steps=5, max_lambda=strength)
        on_epoch = watch if strength == 1 else None
        runs[strength] = training.fit(model, pair, align=align, progress=False, on_epoch=on_epoch)
    embedded = {strength: run.embed(pair.source, pair.evaluation) for strength, run in runs.items()}
    both = np.concatenate([*embedded.values()])
    plane = np.split(PCA(2).fit_transform(both), len(embedded))  # as in notebook 4
    by_epoch, by_strength = _numbers(snapshots, pair), _numbers(embedded, pair)
    by_strength["UAR, target (oracle_)"] = [
        metrics.uar(pair.evaluation.labels, run.predict(pair.evaluation)) for run in runs.values()
    ]
    return (
        motion.epochs(projection.together(snapshots), pair, by_epoch),
        motion.strengths(dict(zip(embedded, plane, strict=True)), pair, by_strength),
    )


def _numbers(embedded: Mapping[float, np.ndarray], pair: Pair) -> pd.DataFrame:
    """Tell how well a fresh probe names the language, by frame."""
    speakers = pair.source.speakers, pair.evaluation.speakers
    accuracy = {
        at: probes.language_accuracy(*np.split(z, [len(pair.source)]), *speakers)
        for at, z in embedded.items()
    }
    return pd.DataFrame({"fresh probe": accuracy})


@torch.no_grad()
def _of_compositions(pair: Pair) -> motion.Picture:
    """Move the feature of a pair that its languages move most over compositions of batch norm."""
    sides = [torch.from_numpy(part.features) for part in (pair.source, pair.target)]
    means = [side.mean(dim=0) for side in sides]
    column = int((means[0] - means[1]).abs().argmax())
    x, n, panels = torch.cat(sides), len(sides[0]), {}
    for name in batch_norm.NAMES:
        layer = batch_norm.layer(name, x.shape[1])
        for _ in range(100):  # the running statistics settle
            in_training = layer.train()(x, n)
        for when, y in (("in training", in_training), ("at evaluation", layer.eval()(x, n))):
            panels[name, when] = tuple(np.split(y[:, column].numpy(), [n]))
    picture = motion.compositions(panels, figures.domain_names(pair))
    return replace(picture, legend=f"Here the unit is an input feature.{synthetic(pair)}")
