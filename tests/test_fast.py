"""Each shortcut against its plain form."""

import copy

import pytest
import torch
from torch import nn

from ser_utils import fast


def by_longhand(x, own, running_mean, running_var, weight, bias, momentum, eps):
    """Do what `fast.batch_norm_by` does by operations that autograd knows."""
    rows = x[own]
    mean = rows.mean(0)
    var = (rows - mean).square().mean(0)
    with torch.no_grad():
        running_mean.lerp_(mean, momentum)
        running_var.lerp_(var * len(rows) / (len(rows) - 1), momentum)
    scale = weight * torch.rsqrt(var + eps)
    return torch.addcmul(bias - mean * scale, x, scale)


@pytest.mark.parametrize("own", [slice(0, 9), slice(9, 16)], ids=["first rows", "last rows"])
def test_rows_normalised_by_others_are_those_of_autograd_to_the_last_bit(own):
    x, upstream = torch.randn(2, 16, 5)
    results = []
    for function in (fast.batch_norm_by, by_longhand):
        torch.manual_seed(0)
        inputs = [t.clone().requires_grad_() for t in (x, torch.rand(5), torch.randn(5))]
        running = torch.randn(5), torch.rand(5)
        out = function(inputs[0], own, *running, *inputs[1:], 0.1, 1e-5)
        results.append([out, *running, *torch.autograd.grad(out, inputs, upstream)])
    for got, expected in zip(*results, strict=True):
        assert torch.equal(got, expected)


def test_without_running_statistics_nothing_is_kept_and_all_rows_are_torch_batch_norm():
    x, weight, bias = torch.randn(8, 3), torch.rand(3), torch.randn(3)
    affine = weight, bias, 0.1, 1e-5
    for own in (slice(0, 5), slice(0, 8)):
        mean, var = x[own].mean(0), x[own].var(0, correction=0)
        expected = (x - mean) / (var + 1e-5).sqrt() * weight + bias
        got = fast.batch_norm_by(x, own, None, None, *affine)
        torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5])
def test_dropout_keeps_the_share_and_the_expectation(p):
    torch.manual_seed(0)
    dropout, x = fast.Dropout(p), torch.ones(200_000)
    out = dropout(x)
    assert (out == 0).float().mean().item() == pytest.approx(p, abs=0.01)
    assert out[out > 0].unique().tolist() == pytest.approx([1 / (1 - p)])
    assert torch.equal(dropout.eval()(x), x)


@pytest.mark.parametrize("decay", [0.0, 1e-3])
def test_adam_of_one_vector_is_torchs_own_of_each_parameter_to_the_last_bit(decay):
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    joined = copy.deepcopy(plain)
    optimisers = [
        torch.optim.Adam(plain.parameters(), lr=0.01, weight_decay=decay, fused=True),
        fast.Adam(fast.one_vector(list(joined.parameters())), 0.01, decay),
    ]
    for _ in range(5):
        x = torch.randn(16, 4)
        for model, optimiser in zip((plain, joined), optimisers, strict=True):
            for parameter in model.parameters():
                parameter.grad = None if model is plain else parameter.grad.zero_()
            model(x).square().mean().backward()
            optimiser.step()
    for one, other in zip(plain.parameters(), joined.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_gpu_repeats_itself_as_long_as_it_is_asked_to():
    before = torch.backends.cudnn.deterministic
    with fast.repeatable():
        assert torch.backends.cudnn.deterministic
    assert torch.backends.cudnn.deterministic == before
