import pytest
import torch
from torch import nn

from ser_utils.alignment import DomainAdversary

#: Of the six source rows, which are of two languages.
LANGUAGES = torch.tensor([0, 1, 0, 0, 1, 0])


def encoded(strength: float, progress: float = 1.0, weight: float = 1.0, domains: int = 2):
    """Gradients of the penalty at an encoder and at the classifier, and the penalty."""
    torch.manual_seed(0)
    encoder = nn.Linear(3, 4)
    adversary = DomainAdversary(
        width=5, loss_weight=weight, max_lambda=strength, schedule=lambda p: p, domains=domains
    )
    source, target = torch.randn(6, 3), torch.randn(7, 3) + 1
    penalty = adversary(encoder(torch.cat([source, target])), 6, progress, LANGUAGES)
    at_encoder, at_classifier = torch.autograd.grad(
        penalty.loss, [encoder.weight, adversary.classifier[0].weight]
    )
    return at_encoder, at_classifier, penalty, (encoder, adversary, source, target)


def plain_gradients(encoder, adversary, source, target, domain=(0,) * 6 + (1,) * 7):
    """The same cross-entropy without any reversal."""
    z = encoder(torch.cat([source, target]))
    loss = nn.functional.cross_entropy(adversary.classifier(z), torch.tensor(domain))
    return loss, *torch.autograd.grad(loss, [encoder.weight, adversary.classifier[0].weight])


@pytest.mark.parametrize(
    "domain",
    [(0,) * 6 + (1,) * 7, (*LANGUAGES.tolist(), *[2] * 7)],
    ids=["source and target", "each language"],
)
def test_language_gradient_at_the_encoder_is_not_zero_and_has_the_flipped_sign(domain):
    at_encoder, at_classifier, penalty, parts = encoded(strength=0.5, domains=domain[-1] + 1)
    loss, plain_encoder, plain_classifier = plain_gradients(*parts, domain)
    assert plain_encoder.abs().max() > 1e-3
    torch.testing.assert_close(at_encoder, -0.5 * plain_encoder)
    torch.testing.assert_close(at_classifier, plain_classifier)
    torch.testing.assert_close(penalty.loss, loss)


def test_lambda_and_loss_weight_are_separate():
    at_encoder, at_classifier, penalty, parts = encoded(strength=0.5, progress=0.4, weight=3.0)
    _, plain_encoder, plain_classifier = plain_gradients(*parts)
    assert penalty.record["lambda"] == 0.2
    torch.testing.assert_close(at_encoder, -0.2 * 3 * plain_encoder)
    torch.testing.assert_close(at_classifier, 3 * plain_classifier)


def test_classifier_learns_while_lambda_is_zero():
    at_encoder, at_classifier, _, _ = encoded(strength=1.0, progress=0.0)
    assert at_encoder.abs().max() == 0
    assert at_classifier.abs().max() > 1e-3


def test_recorded_accuracy_longhand():
    _, _, penalty, (encoder, adversary, source, target) = encoded(strength=1.0)
    with torch.no_grad():
        guess = adversary.classifier(encoder(torch.cat([source, target]))).argmax(1)
    right = (guess[:6] == 0).sum() + (guess[6:] == 1).sum()
    assert penalty.record["domain_accuracy"].item() == (right / 13).item()


def test_loss_at_chance_is_that_of_naming_each_domain_as_often_as_it_is_there():
    _, _, _, (encoder, adversary, source, target) = encoded(strength=1.0, domains=3)
    shares = torch.tensor([4 / 13, 2 / 13, 7 / 13])
    with torch.no_grad():
        adversary.classifier[-1].weight.zero_()
        adversary.classifier[-1].bias.copy_(shares.log())
    record = adversary(encoder(torch.cat([source, target])), 6, 1.0, LANGUAGES).record
    torch.testing.assert_close(record["domain_loss"], record["domain_loss_at_chance"])
    assert record["domain_accuracy"].item() == pytest.approx(7 / 13)
