import copy

import pytest
import torch
from torch import nn

from ser_utils.alignment import DomainAdversary
from ser_utils.errors import SettingError

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


@pytest.mark.parametrize("domains", [2, 3])
def test_k_steps_of_the_classifier_and_one_of_the_encoder_longhand(toy_pair, domains):
    """Weights of both after two rounds are those of a loop that is written out here."""
    pair = toy_pair(languages=("en", "it", "de") if domains == 3 else ("en", "de"))
    rng = torch.Generator().manual_seed(1)
    batches = [torch.randn(13, 6, generator=rng) for _ in range(2)]
    of_rows = LANGUAGES if domains == 3 else torch.zeros(6, dtype=torch.int64)
    domain = torch.cat([of_rows, torch.full((7,), domains - 1)])
    torch.manual_seed(0)
    encoder = nn.Linear(6, 4)
    settings = {"steps": 3, "learning_rate": 0.02, "loss_weight": 0.7, "max_lambda": 0.5}
    adversary = DomainAdversary(width=5, schedule=lambda p: p, domains=domains, **settings)
    adversary.prepare(4, pair.source)
    twins = copy.deepcopy((encoder, adversary.classifier))

    assert list(adversary.joint_parameters()) == []
    joint = torch.optim.SGD(encoder.parameters(), lr=0.1)
    for progress, x in zip((0.4, 0.8), batches, strict=True):
        embedding = encoder(x)
        adversary.between_steps(embedding.detach(), 6, progress, LANGUAGES)
        joint.zero_grad()
        adversary(embedding, 6, progress, LANGUAGES).loss.backward()
        joint.step()

    its_encoder, its_classifier = twins
    adam = torch.optim.Adam(its_classifier.parameters(), lr=0.02)
    for progress, x in zip((0.4, 0.8), batches, strict=True):
        for _ in range(3):
            with torch.no_grad():
                fixed = its_encoder(x)
            adam.zero_grad()
            (0.7 * nn.functional.cross_entropy(its_classifier(fixed), domain)).backward()
            adam.step()
        loss = 0.7 * nn.functional.cross_entropy(its_classifier(its_encoder(x)), domain)
        for weight, gradient in zip(
            its_encoder.parameters(),
            torch.autograd.grad(loss, list(its_encoder.parameters())),
            strict=True,
        ):
            weight.data += 0.1 * 0.5 * progress * gradient  # ascends, by lambda
    torch.testing.assert_close(dict(encoder.state_dict()), dict(its_encoder.state_dict()))
    torch.testing.assert_close(
        dict(adversary.classifier.state_dict()), dict(its_classifier.state_dict())
    )


def test_the_encoder_gets_no_gradient_while_the_classifier_takes_its_steps(toy_pair):
    encoder = nn.Linear(6, 4)
    adversary = DomainAdversary(width=5, steps=4)
    adversary.prepare(4, toy_pair().source)
    before = copy.deepcopy(adversary.classifier.state_dict())
    adversary.between_steps(encoder(torch.randn(13, 6)).detach(), 6, 0.5, LANGUAGES)
    assert all(weight.grad is None for weight in encoder.parameters())
    for name, weight in adversary.classifier.state_dict().items():
        assert not torch.equal(weight, before[name])


def test_one_step_is_the_classic_dann(toy_pair):
    """One loss and one optimiser; whatever is said of the classifier's own is nothing to it."""
    pair = toy_pair()
    classic = DomainAdversary(steps=1, learning_rate=123.0)
    classic.prepare(8, pair.source)
    assert list(classic.joint_parameters()) == list(classic.parameters())
    before = copy.deepcopy(classic.state_dict())
    classic.between_steps(torch.randn(13, 8), 6, 0.5)
    torch.testing.assert_close(dict(classic.state_dict()), dict(before), rtol=0, atol=0)


def test_a_classifier_without_steps_is_refused(toy_pair):
    with pytest.raises(SettingError, match="steps is 0"):
        DomainAdversary(steps=0).prepare(4, toy_pair().source)
