"""Two moons and the same moons turned: domain adaptation that fits on a page.

The toy problem of Ganin et al. 2016 (JMLR 17(59), section 5.1.1): the source is two labelled
interleaved half circles, the target the same shape rotated, without labels.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import make_moons
from torch import nn
from torch.nn import functional

from ser_utils import alignment
from ser_utils.domains import Pair
from ser_utils.utterances import Labelled


def rotated(points: np.ndarray, degrees: float) -> np.ndarray:
    """Rotate `points`, shape (n, 2), about the origin."""
    angle = np.deg2rad(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return points @ rotation.T


def pair(
    degrees: float = 35.0,
    n: int = 300,
    noise: float = 0.1,
    speakers: int = 10,
    seed: int = 0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Pair:
    """Make a source, and a target that is turned and then shifted.

    Features have the shape (n, 2), and are centred on the middle of the source.

    Parameters
    ----------
    degrees : float
    n, speakers, seed : int
        Points of each domain, dealt out to so many pretended speakers, whom splits need.
    noise : float
        Standard deviation of the points around their half circle.
    shift : (float, float)
    """
    domains = []
    for role, angle, move in (("source", 0.0, (0.0, 0.0)), ("target", degrees, shift)):
        points, labels = make_moons(n, noise=noise, random_state=2 * seed + len(domains))
        points = rotated(points - [0.5, 0.25], angle) + move  # from the middle of both moons
        names = np.array([f"{role}-{i % speakers}" for i in range(n)])
        table = pd.DataFrame({"dataset": f"moons ({role})", "language": role, "speaker": names})
        features, labels = points.astype(np.float32), labels.astype(np.int64)
        domains.append(Labelled(features, None, names, role, labels, table, role=role))
    source, target = domains
    return Pair(source, target.unlabelled(), target, "moon", "points", "none", "transductive")


@dataclass(frozen=True)
class Moment:
    """A DANN before an update, and the gradients of that update at its embedding.

    Lengths of gradients are means over points of the length for the loss of one point.
    """

    update: int
    strength: float  #: lambda
    domain_accuracy: float  #: of the domain classifier, on all points
    label_pull: float  #: length of the gradient of the label loss
    domain_pull: float  #: length of that of the domain loss, as it reaches the reversal
    factor: float  #: what the reversal multiplies that by
    probability: Callable[[np.ndarray], np.ndarray]  #: of class 1, of points (n, 2)


def learn(
    pair: Pair,
    max_lambda: float,
    steps: int = 1,
    updates: int = 400,
    every: int = 20,
    seed: int = 0,
) -> list[Moment]:
    """Train a small DANN on all points at a time; return the moment before each `every`-th update.

    The last moment is that after all updates. `max_lambda` and `steps` are those of
    `alignment.DomainAdversary`, whose errors are raised.
    """
    x = torch.from_numpy(np.concatenate([pair.source.features, pair.target.features]))
    y, n, moments = torch.from_numpy(pair.source.labels), len(pair.source), []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        encoder = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        head, adversary = (
            nn.Linear(32, 2),
            alignment.DomainAdversary(max_lambda=max_lambda, steps=steps),
        )
        adversary.prepare(32, pair.source)
    network = nn.Sequential(encoder, head)
    moved = [*network.parameters(), *adversary.joint_parameters()]
    optimiser = torch.optim.Adam(moved, lr=0.01)
    for update in range(updates + 1):
        z = encoder(x)
        adversary.between_steps(z.detach(), n, update / updates)
        label_loss, term = (
            functional.cross_entropy(head(z[:n]), y),
            adversary(z, n, update / updates),
        )
        if update % every == 0:
            of_label, handed_on = (
                torch.autograd.grad(loss, z, retain_graph=True)[0]
                for loss in (label_loss, term.loss)
            )
            at = z.detach().requires_grad_()
            (sent,) = torch.autograd.grad(adversary.own_loss(at, n)(), at)
            moments.append(
                Moment(
                    update,
                    adversary.strength(update / updates),
                    float(term.record["domain_accuracy"]),
                    float(of_label.norm(dim=1).sum()),
                    float(sent.norm(dim=1).sum()),
                    float((handed_on * sent).sum() / (sent * sent).sum()),
                    _probability(copy.deepcopy(network)),
                )
            )
        optimiser.zero_grad()
        (label_loss + term.loss).backward()
        optimiser.step()
    return moments


def _probability(network: nn.Module) -> Callable[[np.ndarray], np.ndarray]:
    @torch.no_grad()
    def of(points: np.ndarray) -> np.ndarray:
        return network(torch.from_numpy(points)).softmax(dim=1)[:, 1].numpy()

    return of
