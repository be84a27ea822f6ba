import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, pdist

from ser_utils.alignment import MaximumMeanDiscrepancy
from ser_utils.embeddings.distances import mmd2
from ser_utils.errors import BatchTooSmallError, SettingError


def clouds():
    """18 rows: of an even number of pairs, there are two medians."""
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.normal(size=(9, 4)), rng.normal(size=(9, 4)) + 1.5])
    return torch.tensor(z, requires_grad=True)


def longhand(source, target, scales):
    """Sums over pairs of two different rows, as Gretton et al. write them."""
    gamma = np.median(pdist(np.concatenate([source, target]))) ** 2

    def mean_kernel(x, y, same):
        k = np.mean([np.exp(-cdist(x, y, "sqeuclidean") / (a * gamma)) for a in scales], axis=0)
        return k[~np.eye(len(x), dtype=bool)].mean() if same else k.mean()

    within = mean_kernel(source, source, True) + mean_kernel(target, target, True)
    return within - 2 * mean_kernel(source, target, False)


@pytest.mark.parametrize("scales", [(1.0,), (0.25, 0.5, 1.0, 2.0, 4.0)])
def test_value_longhand(scales):
    z = clouds()
    term = MaximumMeanDiscrepancy(loss_weight=3.0, scales=scales)(z, 9, 0.5)
    expected = longhand(*np.split(z.detach().numpy(), [9]), scales)
    assert term.record["mmd2"].item() == pytest.approx(expected)
    assert term.loss.item() == pytest.approx(3 * expected)


def test_one_kernel_is_that_of_the_measure_of_embeddings():
    """Which writes the bandwidth as twice a squared distance."""
    z = clouds()
    term = MaximumMeanDiscrepancy(1.0, scales=(2.0,))(z, 9, 0.5)
    assert term.loss.item() == pytest.approx(mmd2(*np.split(z.detach().numpy(), [9])))


def test_the_encoder_brings_the_clouds_together():
    z = clouds()
    (gradient,) = torch.autograd.grad(MaximumMeanDiscrepancy()(z, 9, 0.5).loss, z)
    downhill = -gradient.numpy()
    assert (downhill[:9].mean(axis=0) > 0).all()  # the target lies above, along each axis
    assert (downhill[9:].mean(axis=0) < 0).all()


def test_the_estimate_is_unbiased():
    """Of one distribution it is 0 on average; with the diagonals it would be 1/9 and more above."""
    rng = torch.Generator().manual_seed(0)
    penalty = MaximumMeanDiscrepancy()
    values = [penalty(torch.randn(17, 4, generator=rng), 9, 0.5).loss.item() for _ in range(400)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))
    assert min(values) < 0


def test_rows_that_are_all_equal_are_no_nan():
    z = torch.ones(12, 4, requires_grad=True)
    loss = MaximumMeanDiscrepancy()(z, 6, 0.5).loss
    (gradient,) = torch.autograd.grad(loss, z)
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert gradient.isfinite().all()


def test_mistakes_are_named():
    with pytest.raises(BatchTooSmallError, match="at least 2 rows of each domain"):
        MaximumMeanDiscrepancy()(clouds(), 1, 0.5)
    with pytest.raises(SettingError, match="scales is empty"):
        MaximumMeanDiscrepancy(scales=())
