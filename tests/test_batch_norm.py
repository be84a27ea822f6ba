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
    "target": ("target", "target", ["target"]),
    "joint": ("both", "both", ["both"]),
    "separate": ("source", "target", ["source", "target"]),
    "domain": ("source", "target", ["source", "target"]),
}
#: Those whose running statistics are one estimate.
SHARED = [name for name in DESIGN if name != "domain"]


def normalise(x, mean, var):
    return (x - mean) / np.sqrt(var + EPS) * [1.0, 2.0, 0.5] + [0.0, -1.0, 3.0]


@pytest.mark.parametrize("composition", DESIGN)
def test_output_and_running_statistics_longhand(composition):
    layer = make(composition)
    for_source, for_target, running = DESIGN[composition]
    # An estimate that "source" and "target" share is one array under both names.
    means = dict.fromkeys(["source", "target", "both"], np.zeros(CHANNELS))
    variances = dict.fromkeys(means, np.ones(CHANNELS))
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
            mean = (1 - MOMENTUM) * means[name] + MOMENTUM * rows_of(x, name).mean(0)
            var = (1 - MOMENTUM) * variances[name] + MOMENTUM * rows_of(x, name).var(0, ddof=1)
            for other in [name] if composition == "domain" else means:
                means[other], variances[other] = mean, var
    domains = ["source", "target"] if composition == "domain" else ["both"]
    for got, expected in ((layer.running_mean, means), (layer.running_var, variances)):
        expected = np.squeeze([expected[name] for name in domains])
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)

    layer.eval()
    x = batch(9)
    got = layer(torch.tensor(x, dtype=torch.float32), N_SOURCE).detach().numpy()
    expected = [
        normalise(rows_of(x, name), means[name], variances[name]) for name in ("source", "target")
    ]
    np.testing.assert_allclose(got, np.concatenate(expected), atol=1e-4)


def as_torch(layer: bn.DomainBatchNorm) -> nn.BatchNorm1d:
    theirs = nn.BatchNorm1d(CHANNELS, eps=EPS, momentum=MOMENTUM)
    theirs.load_state_dict(layer.state_dict(), strict=False)
    return theirs


def assert_same_state(ours: bn.DomainBatchNorm, theirs: nn.BatchNorm1d) -> None:
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)


@pytest.mark.parametrize("composition", ["source", "joint", "separate"])
def test_without_target_rows_they_are_torch_batch_norm(composition):
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


def test_target_is_torch_on_the_target_rows():
    ours = make("target")
    theirs = as_torch(ours)
    x = torch.tensor(batch(0), dtype=torch.float32)
    torch.testing.assert_close(ours(x, N_SOURCE)[N_SOURCE:], theirs(x[N_SOURCE:]))
    assert_same_state(ours, theirs)


def test_domain_is_a_batch_norm_a_domain():
    ours = make("domain")
    source, target = (as_torch(make("source")) for _ in range(2))
    for step in range(3):
        x = torch.tensor(batch(step), dtype=torch.float32)
        expected = torch.cat([source(x[:N_SOURCE]), target(x[N_SOURCE:])])
        torch.testing.assert_close(ours(x, N_SOURCE), expected)
    for layer in (ours, source, target):
        layer.eval()
    expected = torch.cat([source(x[:N_SOURCE]), target(x[N_SOURCE:])])
    torch.testing.assert_close(ours(x, N_SOURCE), expected)
    torch.testing.assert_close(ours(x, 0), target(x))
    torch.testing.assert_close(ours(x), source(x))


@pytest.mark.parametrize("training", [True, False])
def test_layer_is_torch_layer_norm(training):
    ours = make("layer").train(training)
    theirs = nn.LayerNorm(CHANNELS, eps=EPS)
    theirs.load_state_dict(ours.state_dict())
    x = torch.tensor(batch(0), dtype=torch.float32)
    torch.testing.assert_close(ours(x, N_SOURCE), theirs(x))


@pytest.mark.parametrize("shape", [(CHANNELS, 7), (CHANNELS, 4, 7)])
def test_layer_is_torch_group_norm_of_one_group_and_ignores_padding(shape):
    ours = make("layer")
    theirs = nn.GroupNorm(1, CHANNELS, eps=EPS)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(4, *shape)
    torch.testing.assert_close(ours(x), theirs(x))
    lengths = torch.tensor([7, 5, 2, 1])
    mask = torch.arange(7) < lengths[:, None]
    valid = mask.view(4, *[1] * (x.ndim - 2), 7)
    out = ours(torch.where(valid, x, torch.tensor(1e3)), None, mask)
    for row, length in enumerate(lengths):
        expected = theirs(x[row : row + 1, ..., :length])
        torch.testing.assert_close(out[row : row + 1, ..., :length], expected, atol=1e-4, rtol=1e-4)


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
    mean, var = np.zeros((2, CHANNELS)), np.ones((2, CHANNELS))
    for name in DESIGN[composition][2]:
        part = {"source": frames[:N_SOURCE], "target": frames[N_SOURCE:], "both": frames}[name]
        valid = np.concatenate(part)  # (frames, C) or (frames, C, F)
        valid = np.moveaxis(valid, 1, -1).reshape(-1, CHANNELS)
        own = {"source": 0, "target": 1}.get(name) if composition == "domain" else slice(None)
        mean[own] = (1 - MOMENTUM) * mean[own] + MOMENTUM * valid.mean(axis=0)
        var[own] = (1 - MOMENTUM) * var[own] + MOMENTUM * valid.var(axis=0, ddof=1)
    np.testing.assert_allclose(np.broadcast_to(layer.running_mean, (2, CHANNELS)), mean, atol=1e-5)
    np.testing.assert_allclose(np.broadcast_to(layer.running_var, (2, CHANNELS)), var, atol=1e-5)


@pytest.mark.parametrize("composition", ["source", "separate"])
def test_a_batch_too_small_for_statistics_is_refused(composition):
    with pytest.raises(BatchTooSmallError, match=r"the source rows .* have 1.*batch_size"):
        make(composition)(torch.randn(4, CHANNELS), 1)


def test_a_single_target_row_is_refused_only_where_it_needs_statistics():
    x = torch.randn(5, CHANNELS)
    for composition in ("separate", "domain", "target"):
        with pytest.raises(BatchTooSmallError, match="target rows of this batch have 1"):
            make(composition)(x, 4)
    for composition in ("source", "joint", "layer", "none"):
        assert bn.layer(composition, CHANNELS)(x, 4).shape == x.shape


def test_target_statistics_need_target_rows():
    with pytest.raises(BatchTooSmallError, match="target rows of this batch have 0"):
        make("target")(torch.randn(5, CHANNELS))


def test_one_frame_that_is_no_padding_is_too_small():
    mask = torch.zeros(3, 7, dtype=torch.bool)
    mask[0, 0] = True
    with pytest.raises(BatchTooSmallError, match="have 1"):
        make("source")(torch.randn(3, CHANNELS, 7), 3, mask)


def test_none_changes_nothing_and_unknown_names_are_refused():
    x = torch.randn(5, CHANNELS)
    assert bn.layer("none", CHANNELS)(x, 2) is x
    with pytest.raises(UnknownNameError, match="separate"):
        bn.layer("seperate", CHANNELS)


def test_which_compositions_let_the_target_in():
    assert {name: bn.uses_target(name) for name in bn.NAMES} == {
        "none": False,
        "source": False,
        "target": True,
        "joint": True,
        "separate": True,
        "domain": True,
        "layer": False,
    }


# Statistics of the target at evaluation ---------------------------------------------------------


class TwoLayers(nn.Module):
    """Two normalised layers, so that the second sees what the first made of the target."""

    def __init__(self, composition: str) -> None:
        super().__init__()
        self.first, self.second = make(composition), make(composition)

    def forward(self, x, n_source=None):
        return self.second(torch.relu(self.first(x, n_source)), n_source)


@pytest.mark.parametrize("composition", DESIGN)
def test_reestimated_statistics_longhand(composition):
    model = TwoLayers(composition)
    for step in range(3):
        model(torch.tensor(batch(step), dtype=torch.float32), N_SOURCE)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    target = batch(7)[N_SOURCE:]
    adapted = bn.reestimated(model, torch.tensor(target, dtype=torch.float32))

    hidden = np.maximum(normalise(target, target.mean(0), target.var(0, ddof=1)), 0)
    expected = normalise(hidden, hidden.mean(0), hidden.var(0, ddof=1))
    got = adapted(torch.tensor(target, dtype=torch.float32), n_source=0).detach().numpy()
    np.testing.assert_allclose(got, expected, atol=1e-3)
    own = 1 if composition == "domain" else ...
    np.testing.assert_allclose(adapted.second.running_mean[own], hidden.mean(0), atol=1e-4)

    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not adapted.first._forward_pre_hooks  # other rows do not change it any more
    if composition == "domain":
        assert torch.equal(adapted.first.running_mean[0], model.first.running_mean[0])


def test_reestimated_statistics_do_not_count_padding():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, CHANNELS, 7))
    lengths = np.array([7, 3, 5, 1, 2, 7])
    mask = np.arange(7) < lengths[:, None]

    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = make("source")

        def forward(self, x, mask, n_source=None):
            return self.norm(x, n_source, mask)

    adapted = bn.reestimated(
        Masked(), torch.tensor(np.where(mask[:, None], x, 1e3)).float(), torch.tensor(mask)
    )
    valid = np.moveaxis(x, 1, 2)[mask]
    np.testing.assert_allclose(adapted.norm.running_mean, valid.mean(0), atol=1e-5)
    np.testing.assert_allclose(adapted.norm.running_var, valid.var(0, ddof=1), atol=1e-5)


def test_without_batch_statistics_there_is_nothing_to_reestimate():
    for name in ("none", "layer"):
        model = nn.ModuleList([bn.layer(name, CHANNELS)])
        model.forward = lambda x, n_source=None, model=model: model[0](x, n_source)
        x = torch.randn(5, CHANNELS)
        assert torch.equal(bn.reestimated(model, x)(x), model(x))
