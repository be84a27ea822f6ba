from itertools import islice

import numpy as np
import pytest
import torch

from ser_utils import batches
from ser_utils.errors import BatchTooSmallError


def test_every_row_comes_before_any_comes_again_and_fewer_rows_fill_a_batch():
    drawn = torch.cat(list(islice(batches.endless(5, 8, np.random.default_rng(0)), 5)))
    assert all(sorted(order) == list(range(5)) for order in drawn.reshape(8, 5).tolist())


def test_each_group_has_its_share_of_every_batch_and_all_of_its_rows_come():
    groups = np.array([0, 2, 1, 2, 2, 0, 2, 2])
    drawn = list(islice(batches.balanced(groups, 5, np.random.default_rng(0)), 6))
    assert all(np.bincount(groups[rows]).tolist() == [2, 2, 1] for rows in drawn)
    assert set(torch.cat(drawn).tolist()) == set(range(8))


def test_rows_of_one_group_come_as_without_groups():
    one, other = (
        list(islice(made, 4))
        for made in (
            batches.balanced(np.zeros(7, int), 3, np.random.default_rng(0)),
            batches.endless(7, 3, np.random.default_rng(0)),
        )
    )
    assert torch.equal(torch.cat(one), torch.cat(other))


def test_a_batch_that_would_leave_a_language_out_is_refused():
    with pytest.raises(BatchTooSmallError, match=r"a batch of 2 .* each of 3 languages"):
        batches.balanced(np.array([0, 1, 2, 2]), 2, np.random.default_rng(0))
