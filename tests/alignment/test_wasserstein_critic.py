import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from ser_utils.alignment import WassersteinCritic


def made(pair, width=4, n=(6, 7), **options):
    torch.manual_seed(0)
    critic = WassersteinCritic(schedule=lambda p: p, **options)
    critic.prepare(width, pair.source)
    z = torch.randn(sum(n), width)
    z[n[0] :] += 1.0
    return critic, z.requires_grad_()


def f(critic, z):
    """The critic as a plain network."""
    return critic.output(critic.hidden(z).relu())


def test_value_longhand(toy_pair):
    critic, z = made(toy_pair(), max_lambda=0.5)
    distance = f(critic, z)[:6].mean() - f(critic, z)[6:].mean()
    term = critic(z, 6, 0.4, None)
    torch.testing.assert_close(term.record["wasserstein"], distance.detach())
    torch.testing.assert_close(term.loss, 0.5 * 0.4 * distance)
    (gradient,) = torch.autograd.grad(term.loss, z)
    (plain,) = torch.autograd.grad(distance, z)
    torch.testing.assert_close(gradient, 0.2 * plain)  # the encoder descends


def test_what_the_critic_descends_on_longhand(toy_pair):
    """Slopes by autograd, at the batch and at points between its rows."""
    critic, z = made(toy_pair(), gradient_penalty=3.0)
    z = z.detach()
    torch.manual_seed(5)
    loss = critic.own_loss(z, 6, None)()
    torch.manual_seed(5)
    along = torch.rand(6, 1)
    points = torch.cat([z, (1 - along) * z[:6] + along * z[6:12]]).requires_grad_()
    (slopes,) = torch.autograd.grad(f(critic, points).sum(), points, create_graph=True)
    steepness = ((slopes.square().sum(1).sqrt() - 1) ** 2).mean()
    distance = f(critic, z)[:6].mean() - f(critic, z)[6:].mean()
    expected = 3.0 * steepness - distance
    torch.testing.assert_close(loss, expected)
    for one, other in zip(
        torch.autograd.grad(loss, critic.hidden.weight),
        torch.autograd.grad(expected, critic.hidden.weight),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_a_trained_critic_finds_the_wasserstein_distance(toy_pair):
    """Of points on a line, where it is known: the area between the two distribution functions."""
    critic, z = made(
        toy_pair(), width=1, n=(200, 200), steps=1500, learning_rate=1e-3, gradient_penalty=100.0
    )
    critic.between_steps(z.detach(), 200, 0.5, None)
    found = critic(z, 200, 1.0, None).record["wasserstein"].item()
    points = z.detach().numpy().ravel()
    assert found == pytest.approx(wasserstein_distance(points[:200], points[200:]), rel=0.1)


def test_the_encoder_brings_the_domains_together(toy_pair):
    critic, z = made(toy_pair(), n=(40, 40), steps=200, learning_rate=1e-2)
    critic.between_steps(z.detach(), 40, 0.5, None)
    (gradient,) = torch.autograd.grad(critic(z, 40, 1.0, None).loss, z)
    downhill = -gradient.numpy()
    assert (downhill[:40].mean(axis=0) > 0).all()  # the target lies above, along each axis
    assert (downhill[40:].mean(axis=0) < 0).all()
    assert np.abs(downhill).max() > 1e-3


def test_its_weights_are_moved_by_its_own_steps_alone(toy_pair):
    critic, z = made(toy_pair())
    before = critic.hidden.weight.detach().clone()
    assert list(critic.joint_parameters()) == []
    critic.between_steps(z.detach(), 6, 0.5, None)
    assert not torch.equal(before, critic.hidden.weight)
