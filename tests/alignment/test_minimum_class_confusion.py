import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy

from ser_utils.alignment import MinimumClassConfusion


def longhand(logits, temperature, weighed=None):
    """Jin et al., equations 2 to 6, one pair of classes at a time; weights are of `weighed`."""
    y = softmax(logits / temperature, axis=1)
    n, classes = y.shape
    weighed = logits if weighed is None else weighed
    certain = 1 + np.exp(-entropy(softmax(weighed / temperature, axis=1), axis=1))
    weight = n * certain / certain.sum()
    confusion = np.zeros((classes, classes))
    for j in range(classes):
        for other in range(classes):
            confusion[j, other] = sum(weight[i] * y[i, j] * y[i, other] for i in range(n))
    confusion /= confusion.sum(axis=1, keepdims=True)
    return (confusion.sum() - np.trace(confusion)) / classes


def scores():
    return torch.tensor(np.random.default_rng(0).normal(size=(15, 2)) * 2, requires_grad=True)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_value_longhand_is_of_the_target_alone(temperature):
    logits = scores()
    penalty = MinimumClassConfusion(loss_weight=3.0, temperature=temperature)
    term = penalty(torch.zeros(15, 4), 8, 0.5, None, logits)
    expected = longhand(logits.detach().numpy()[8:], temperature)
    assert term.record["class_confusion"].item() == pytest.approx(expected)
    assert term.loss.item() == pytest.approx(3 * expected)


def test_target_rows_move_away_from_the_boundary():
    logits = scores()
    loss = MinimumClassConfusion()(torch.zeros(15, 4), 8, 0.5, None, logits).loss
    (gradient,) = torch.autograd.grad(loss, logits)
    assert not gradient[:8].any()
    before, after = (x.detach().numpy()[8:] for x in (logits, logits - 5.0 * gradient))
    assert longhand(after, 2.5) < longhand(before, 2.5)
    margin_before, margin_after = (np.abs(x[:, 1] - x[:, 0]) for x in (before, after))
    assert margin_after.mean() > margin_before.mean()


def test_weights_are_constants():
    """The gradient is that of finite differences whose weights stay as they are."""
    logits = scores()
    loss = MinimumClassConfusion()(torch.zeros(15, 4), 8, 0.5, None, logits).loss
    (gradient,) = torch.autograd.grad(loss, logits)
    at = logits.detach().numpy()[8:]
    for row, column in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[row, column] = 1e-5
        rise = longhand(at + step, 2.5, at) - longhand(at - step, 2.5, at)
        assert gradient[8 + row, column].item() == pytest.approx(rise / 2e-5, rel=1e-4, abs=1e-8)
