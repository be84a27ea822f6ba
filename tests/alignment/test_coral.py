import numpy as np
import pytest
import torch

from ser_utils.alignment import Coral
from ser_utils.errors import BatchTooSmallError


def clouds(dtype=torch.float64):
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.normal(size=(9, 4)), rng.normal(size=(7, 4)) * [1, 2, 3, 0.5] + 5])
    return torch.tensor(z, dtype=dtype, requires_grad=True)


def longhand(z, n_source):
    source, target = np.split(z.detach().numpy(), [n_source])
    difference = np.cov(source, rowvar=False) - np.cov(target, rowvar=False)
    return np.linalg.norm(difference, "fro") ** 2 / (4 * 4**2)


def test_value_longhand():
    z = clouds()
    term = Coral(loss_weight=3.0)(z, 9, 0.5)
    assert term.record["coral"].item() == pytest.approx(longhand(z, 9))
    assert term.loss.item() == pytest.approx(3 * longhand(z, 9))


def test_the_encoder_makes_the_covariances_alike_whatever_the_means_are():
    z = clouds()
    (gradient,) = torch.autograd.grad(Coral()(z, 9, 0.5).loss, z)
    assert longhand(z - 0.01 * gradient, 9) < longhand(z, 9)
    shift = torch.zeros_like(z)
    shift[:9] = 100.0
    assert longhand(z + shift, 9) == pytest.approx(longhand(z, 9))
    assert (gradient * shift).sum().item() == pytest.approx(0, abs=1e-8)


def test_one_row_has_no_covariance():
    with pytest.raises(BatchTooSmallError, match="15 of the source and 1 of the target"):
        Coral()(clouds(), 15, 0.5)
