import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy
from torch import nn

from ser_utils.alignment import ConditionalAdversary

LANGUAGES = torch.tensor([0, 1, 0, 0, 1, 0])


def made(pair, **options):
    """An adversary for 4 units, embeddings of 13 rows, 6 of them of the source, and logits."""
    torch.manual_seed(0)
    adversary = ConditionalAdversary(width=5, schedule=lambda p: p, **options)
    adversary.prepare(4, pair.source)
    return adversary, torch.randn(13, 4, requires_grad=True), 2 * torch.randn(13, 2)


def row_losses(adversary, z, logits, domain):
    """Cross-entropy of each row's outer product, which is written out here."""
    g = softmax(logits.numpy(), axis=1)
    rows = []
    for of_row, probabilities, its in zip(z, g, domain, strict=True):
        h = torch.cat([float(probability) * of_row for probability in probabilities])
        rows.append(-adversary.classifier(h).log_softmax(0)[its])
    return torch.stack(rows), g


@pytest.mark.parametrize("domains", [2, 3])
@pytest.mark.parametrize("conditioned", [False, True], ids=["CDAN", "CDAN+E"])
def test_value_and_sign_longhand(toy_pair, conditioned, domains):
    pair = toy_pair(languages=("en", "it", "de")[3 - domains :])
    options = {"entropy": conditioned, "domains": domains, "loss_weight": 0.7, "max_lambda": 0.5}
    adversary, z, logits = made(pair, **options)
    of_source = LANGUAGES if domains == 3 else 0 * LANGUAGES
    domain = torch.cat([of_source, torch.full((7,), domains - 1)])
    losses, g = row_losses(adversary, z, logits, domain)
    e = np.ones(13)
    if conditioned:
        e = 1 + np.exp(-entropy(g, axis=1))
        e[:6], e[6:] = e[:6] / e[:6].mean(), e[6:] / e[6:].mean()
        assert e.max() > e.min() + 0.1
    plain = 0.7 * (torch.tensor(e, dtype=torch.float32) * losses).mean()
    term = adversary(z, 6, 0.4, LANGUAGES, logits)
    torch.testing.assert_close(term.loss, plain)
    torch.testing.assert_close(adversary.own_loss(z, 6, LANGUAGES, logits)(), plain)

    weight = adversary.classifier[0].weight
    at_encoder, at_classifier = torch.autograd.grad(term.loss, [z, weight])
    plainly = torch.autograd.grad(plain, [z, weight])
    assert plainly[0].abs().max() > 1e-3
    torch.testing.assert_close(at_encoder, -0.5 * 0.4 * plainly[0])
    torch.testing.assert_close(at_classifier, plainly[1])


@pytest.mark.parametrize("steps", [1, 3])
def test_predictions_are_constants_and_the_classifier_learns(toy_pair, steps):
    adversary, z, _ = made(toy_pair(), entropy=True, steps=steps)
    head = nn.Linear(4, 2)
    before = adversary.classifier[0].weight.detach().clone()
    logits = head(z)
    adversary.between_steps(z.detach(), 6, 0.5, LANGUAGES, logits.detach())
    assert torch.equal(before, adversary.classifier[0].weight) == (steps == 1)
    adversary(z, 6, 0.5, LANGUAGES, logits).loss.backward()
    assert head.weight.grad is None
    assert z.grad.abs().max() > 1e-4
