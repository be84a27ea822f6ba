import copy

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from ser_utils.alignment import DomainConfusion

LANGUAGES = torch.tensor([0, 1, 0, 0, 1, 0])


def made(pair, **options):
    torch.manual_seed(0)
    adversary = DomainConfusion(width=5, schedule=lambda p: p, learning_rate=0.02, **options)
    adversary.prepare(4, pair.source)
    z = torch.randn(13, 4)
    z[6:] += 1.0
    return adversary, z.requires_grad_()


@pytest.mark.parametrize("domains", [2, 3])
def test_value_longhand(toy_pair, domains):
    pair = toy_pair(languages=("en", "it", "de")[3 - domains :])
    adversary, z = made(pair, domains=domains, loss_weight=0.7, max_lambda=0.5)
    with torch.no_grad():
        log_q = log_softmax(adversary.classifier(z).numpy(), axis=1)
    expected = -np.mean([sum(row) / domains for row in log_q])
    term = adversary(z, 6, 0.4, LANGUAGES)
    assert term.record["confusion_loss"].item() == pytest.approx(expected, rel=1e-5)
    assert term.loss.item() == pytest.approx(0.7 * 0.5 * 0.4 * expected, rel=1e-5)
    assert expected >= np.log(domains)


def test_the_encoder_makes_a_trained_classifier_undecided(toy_pair):
    """It descends until each domain is as probable, and no further: nobody is to be misled."""
    adversary, z = made(toy_pair(), steps=200)
    adversary.between_steps(z.detach(), 6, 0.5, LANGUAGES)
    assert adversary(z, 6, 1.0, LANGUAGES).record["domain_accuracy"] > 0.9
    descent = torch.optim.Adam([z], lr=0.01)
    for _ in range(500):
        descent.zero_grad()
        adversary(z, 6, 1.0, LANGUAGES).loss.backward()
        descent.step()
    q = adversary.classifier(z).softmax(1)
    torch.testing.assert_close(q, torch.full_like(q, 0.5), atol=0.02, rtol=0)


def test_one_step_is_the_classifiers_own(toy_pair):
    adversary, z = made(toy_pair(), loss_weight=0.7)
    twin = copy.deepcopy(adversary.classifier)
    assert list(adversary.joint_parameters()) == []
    adversary.between_steps(z.detach(), 6, 0.5, LANGUAGES)
    domain = torch.tensor([0] * 6 + [1] * 7)
    adam = torch.optim.Adam(twin.parameters(), lr=0.02)
    (0.7 * torch.nn.functional.cross_entropy(twin(z.detach()), domain)).backward()
    adam.step()
    torch.testing.assert_close(dict(adversary.classifier.state_dict()), dict(twin.state_dict()))
