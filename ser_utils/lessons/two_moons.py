"""Two moons and the same moons turned: domain adaptation that fits on a page.

The toy problem of Ganin et al. 2016 (JMLR 17(59), section 5.1.1): the source is two labelled
interleaved half circles, the target the same shape rotated, without labels.
"""

import numpy as np
import pandas as pd
from sklearn.datasets import make_moons

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
