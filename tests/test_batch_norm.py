"""Every composition against values computed longhand, and against torch where torch defines it."""

import numpy as np
import pytest
import torch
from torch import nn

from ser_utils import batch_norm as bn
from ser_utils.errors import BatchTooSmallError, UnknownNameError

N_SOURCE, N_TARGET, CHANNELS = 8, 6, 3
MOMENTUM, EPS = 0.1, 1e-5


def make(composition: str) -> bn.DomainBatchNorm:
    layer = bn.layer(composition, CHANNELS)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([1.0, 2.0, 0.5]))
        layer.bias.copy_(torch.tensor([0.0, -1.0, 3.0]))
    return layer


def batch(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    source = rng.normal(2.0, 3.0, (N_SOURCE, CHANNELS))
    target = rng.normal(-1.0, 0.5, (N_TARGET, CHANNELS))
    return np.concatenate([source, target])


def rows_of(x: np.ndarray, name: str) -> np.ndarray:
    return {"source": x[:N_SOURCE], "target": x[N_SOURCE:], "both": x}[name]


#: Statistics of the source rows, of the target rows, and running ones, as the design has them.
DESIGN = {
    "source": ("source", "source", ["source"]),
    "joint": ("both", "both", ["both"]),
    "separate": ("source", "target", ["source", "target"]),
}


def normalise(x, mean, var):
    return (x - mean) / np.sqrt(var + EPS) * [1.0, 2.0, 0.5] + [0.0, -1.0, 3.0]


@pytest.mark.parametrize("composition", DESIGN)
def test_output_and_running_statistics_longhand(composition):
    layer = make(composition)
    for_source, for_target, running = DESIGN[composition]
    mean, var = np.zeros(CHANNELS), np.ones(CHANNELS)
    for step in range(3):
        x = batch(step)
        got = layer(torch.tensor(x, dtype=torch.float32), N_SOURCE).detach().numpy()
        expected = np.concatenate(
            [
                normalise(rows_of(x, name), rows_of(x, shared).mean(0), rows_of(x, shared).var(0))
                for name, shared in (("source", for_source), ("target", for_target))
            ]
        )
        np.testing.assert_allclose(got, expected, atol=1e-4)
        for name in running:
            mean = (1 - MOMENTUM) * mean + MOMENTUM * rows_of(x, name).mean(0)
            var = (1 - MOMENTUM) * var + MOMENTUM * rows_of(x, name).var(0, ddof=1)
    np.testing.assert_allclose(layer.running_mean, mean, atol=1e-5)
    np.testing.assert_allclose(layer.running_var, var, rtol=1e-5)

    layer.eval()
    x = batch(9)
    got = layer(torch.tensor(x, dtype=torch.float32), N_SOURCE).detach().numpy()
    np.testing.assert_allclose(got, normalise(x, mean, var), atol=1e-4)


def as_torch(layer: bn.DomainBatchNorm) -> nn.BatchNorm1d:
    theirs = nn.BatchNorm1d(CHANNELS, eps=EPS, momentum=MOMENTUM)
    theirs.load_state_dict(layer.state_dict(), strict=False)
    return theirs


def assert_same_state(ours: bn.DomainBatchNorm, theirs: nn.BatchNorm1d) -> None:
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)


@pytest.mark.parametrize("composition", DESIGN)
def test_without_target_rows_all_are_torch_batch_norm(composition):
    ours = make(composition)
    theirs = as_torch(ours)
    x = torch.randn(16, CHANNELS, 5)
    torch.testing.assert_close(ours(x), theirs(x))
    assert_same_state(ours, theirs)


def test_joint_is_torch_on_the_concatenation():
    ours = make("joint")
    theirs = as_torch(ours)
    x = torch.tensor(batch(0), dtype=torch.float32)
    torch.testing.assert_close(ours(x, N_SOURCE), theirs(x))
    assert_same_state(ours, theirs)


def test_separate_is_two_ordinary_passes():
    ours = make("separate")
    theirs = as_torch(ours)
    x = torch.tensor(batch(0), dtype=torch.float32)
    expected = torch.cat([theirs(x[:N_SOURCE]), theirs(x[N_SOURCE:])])
    torch.testing.assert_close(ours(x, N_SOURCE), expected)
    assert_same_state(ours, theirs)


def test_under_source_the_target_changes_neither_statistics_nor_source_rows():
    one, other = make("source"), make("source")
    x = torch.tensor(batch(0), dtype=torch.float32)
    moved = x.clone()
    moved[N_SOURCE:] += 100
    torch.testing.assert_close(one(x, N_SOURCE)[:N_SOURCE], other(moved, N_SOURCE)[:N_SOURCE])
    assert torch.equal(one.running_mean, other.running_mean)


@pytest.mark.parametrize("composition", DESIGN)
def test_gradients_flow_through_the_statistics(composition):
    """Against finite differences: they fail if a statistic were a constant to autograd."""
    layer = make(composition).double()
    x = torch.tensor(batch(0)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: layer(x, N_SOURCE), (x,))


@pytest.mark.parametrize("shape", [(CHANNELS, 7), (CHANNELS, 4, 7)])
@pytest.mark.parametrize("composition", DESIGN)
def test_padding_counts_for_nothing(composition, shape):
    """Statistics equal those of the valid frames alone, whatever the padding holds."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N_SOURCE + N_TARGET, *shape))
    lengths = rng.integers(1, 8, len(x))
    mask = np.arange(7) < lengths[:, None]
    layer = make(composition)
    outputs = []
    for padding in (0.0, 1e3):
        filled = np.where(mask.reshape(len(x), *[1] * (len(shape) - 1), 7), x, padding)
        layer.reset_parameters()
        out = layer(torch.tensor(filled, dtype=torch.float32), N_SOURCE, torch.tensor(mask))
        outputs.append(np.moveaxis(out.detach().numpy(), -1, 1)[mask])
    np.testing.assert_allclose(*outputs, atol=1e-4)

    frames = [np.moveaxis(row, -1, 0)[m] for row, m in zip(x, mask, strict=True)]
    mean = np.zeros(CHANNELS)
    for name in DESIGN[composition][2]:
        part = {"source": frames[:N_SOURCE], "target": frames[N_SOURCE:], "both": frames}[name]
        valid = np.concatenate(part)  # (frames, C) or (frames, C, F)
        axes = tuple(i for i in range(valid.ndim) if i != 1)
        mean = (1 - MOMENTUM) * mean + MOMENTUM * valid.mean(axis=axes)
    np.testing.assert_allclose(layer.running_mean, mean, atol=1e-5)


@pytest.mark.parametrize("composition", ["source", "separate"])
def test_a_batch_too_small_for_statistics_is_refused(composition):
    with pytest.raises(BatchTooSmallError, match=r"the source rows .* have 1.*batch_size"):
        make(composition)(torch.randn(4, CHANNELS), 1)


def test_a_single_target_row_is_refused_only_where_it_needs_statistics():
    x = torch.randn(5, CHANNELS)
    with pytest.raises(BatchTooSmallError, match="target"):
        make("separate")(x, 4)
    assert make("source")(x, 4).shape == x.shape
    assert make("joint")(x, 4).shape == x.shape


def test_none_changes_nothing_and_unknown_names_are_refused():
    x = torch.randn(5, CHANNELS)
    assert bn.layer("none", CHANNELS)(x, 2) is x
    with pytest.raises(UnknownNameError, match="separate"):
        bn.layer("seperate", CHANNELS)


def test_which_compositions_let_the_target_in():
    assert {name: bn.uses_target(name) for name in bn.NAMES} == {
        "none": False,
        "source": False,
        "joint": True,
        "separate": True,
    }
