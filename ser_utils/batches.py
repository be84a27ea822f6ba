"""Which rows are trained on together: batches of row numbers, for ever."""

import itertools
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ser_utils.errors import BatchTooSmallError


def endless(n: int, batch_size: int, rng: np.random.Generator) -> Iterator[Tensor]:
    """Yield batches of the numbers of n rows: one random order of all rows after the other.

    A batch may end one order and begin the next: no row is left out, and a target of fewer rows
    than the batch fills it all the same.
    """
    waiting = np.empty(0, dtype=int)
    while True:
        while len(waiting) < batch_size:
            waiting = np.concatenate([waiting, rng.permutation(n)])
        batch, waiting = waiting[:batch_size], waiting[batch_size:]
        yield torch.from_numpy(batch)


def balanced(groups: np.ndarray, batch_size: int, rng: np.random.Generator) -> Iterator[Tensor]:
    """Yield batches in which each group has as many rows, but for the remainder.

    Parameters
    ----------
    groups : np.ndarray, shape (n,), int
        Number of the group of each row, from 0.
    batch_size : int
    rng : np.random.Generator

    Raises
    ------
    BatchTooSmallError
        If there are more groups than rows in a batch.
    """
    n_groups = groups.max() + 1
    if n_groups == 1:
        return endless(len(groups), batch_size, rng)
    if batch_size < n_groups:
        raise BatchTooSmallError(
            f"a batch of {batch_size} cannot hold a row of each of {n_groups} languages: use a "
            "larger batch_size."
        )
    rows = [torch.from_numpy(np.flatnonzero(groups == group)) for group in range(n_groups)]
    shares = [len(part) for part in np.array_split(np.empty(batch_size), n_groups)]
    orders = [
        endless(len(own), share, generator)
        for own, share, generator in zip(rows, shares, rng.spawn(n_groups), strict=True)
    ]
    drawn = ([next(order) for order in orders] for _ in itertools.count())
    return (torch.cat(list(map(Tensor.__getitem__, rows, of_each))) for of_each in drawn)
