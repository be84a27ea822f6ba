"""Maps whose points are made up, instead of a fit, which takes long."""

from dataclasses import replace

import numpy as np

from ser_utils.embeddings.maps import Maps


def with_points(maps: Maps) -> Maps:
    """Put the rows on a grid with some noise, elsewhere on each map."""
    n = len(maps.table)
    side = int(np.ceil(n**0.5))
    for seed, system in enumerate(maps.systems.values()):
        rng = np.random.default_rng(seed)
        cells = np.stack(np.divmod(rng.permutation(n), side), axis=1)
        vars(system.projection)["points"] = cells + rng.uniform(-0.2, 0.2, (n, 2))
    return maps


def crowd(maps: Maps, size: int) -> Maps:
    """Repeat the utterances until there are `size` of them."""
    pair = maps.pair
    source = pair.source.take(np.resize(np.arange(len(pair.source)), size // 2))
    target = pair.evaluation.take(np.resize(np.arange(len(pair.evaluation)), size - size // 2))
    trained = {name: system.trained for name, system in maps.systems.items()}
    return with_points(Maps.of(replace(pair, source=source, evaluation=target), trained))
