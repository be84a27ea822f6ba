import math

import pytest
import torch
from torch import nn

from ser_utils import gradient_reversal as grl


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0, 2.5])
def test_forward_is_the_identity_and_backward_is_reversed_and_scaled(strength):
    x = torch.randn(5, 3, requires_grad=True)
    coefficients = torch.randn(5, 3)
    y = grl.reverse_gradient(x, strength)
    assert torch.equal(y, x)
    (coefficients * y).sum().backward()
    assert torch.equal(x.grad, -strength * coefficients)


def test_gradients_of_a_two_layer_network_longhand():
    """The whole chain rule of a DANN's language loss, without autograd."""
    torch.manual_seed(0)
    x, w, v = torch.randn(6, 4), torch.randn(4, 3, requires_grad=True), torch.randn(3, 1)
    v.requires_grad_()
    d, strength = torch.tensor([0.0, 0, 0, 1, 1, 1])[:, None], 0.7
    logits = grl.reverse_gradient(x @ w, strength) @ v
    nn.functional.binary_cross_entropy_with_logits(logits, d).backward()

    at_logits = (torch.sigmoid(x @ w @ v) - d) / len(x)  # derivative of the mean cross-entropy
    assert torch.allclose(v.grad, (x @ w).T @ at_logits, atol=1e-6)  # not reversed
    assert torch.allclose(w.grad, -strength * x.T @ (at_logits @ v.T), atol=1e-6)  # reversed


def test_second_use_has_its_own_strength():
    x = torch.ones(2, requires_grad=True)
    (grl.reverse_gradient(x, 1.0) + grl.reverse_gradient(x, 0.25)).sum().backward()
    assert x.grad.tolist() == [-1.25, -1.25]


def test_layer_follows_its_strength_attribute():
    layer, x = grl.GradientReversal(0.5), torch.ones(3, requires_grad=True)
    layer(x).sum().backward()
    layer.strength = 2.0
    layer(x).sum().backward()
    assert x.grad.tolist() == [-2.5] * 3
    assert "strength=2" in repr(layer)


def test_ganin_schedule_longhand():
    assert grl.ganin(0.0) == 0.0
    assert grl.ganin(0.3) == pytest.approx(2 / (1 + math.exp(-3)) - 1)
    assert grl.ganin(0.3, gamma=2) == pytest.approx(2 / (1 + math.exp(-0.6)) - 1)
    assert 0.9999 < grl.ganin(1.0) < 1.0


@pytest.mark.parametrize("name", grl.SCHEDULES)
def test_schedules_never_fall_and_end_at_one(name):
    values = [grl.SCHEDULES[name](p / 20) for p in range(21)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1.0, abs=1e-3)
