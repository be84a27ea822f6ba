import copy

import numpy as np
import pytest
import torch

from ser_utils import batch_norm as bn
from ser_utils import models
from ser_utils.errors import DomainError, UnknownNameError


@pytest.mark.parametrize("batch_norm", bn.NAMES)
def test_mlp_embeds_and_classifies(batch_norm):
    model = models.mlp(88, batch_norm=batch_norm, widths=(32, 16))
    x = torch.randn(10, 88)
    assert model.embed(x, n_source=6).shape == (10, 16)
    assert model(x, n_source=6).shape == (10, 2)


def test_mlp_longhand_in_evaluation():
    model = models.mlp(4, batch_norm="none", widths=(3,)).eval()
    x = torch.randn(5, 4)
    (linear,) = model.encoder.linears
    weight, bias = linear.weight.detach().numpy(), linear.bias.detach().numpy()
    expected = np.maximum(x.numpy() @ weight.T + bias, 0)
    np.testing.assert_allclose(model.embed(x).detach(), expected, atol=1e-6)


def test_a_bounded_embedding_longhand():
    model = models.mlp(4, batch_norm="none", widths=(5, 3), embedding="tanh").eval()
    x = torch.randn(6, 4).numpy()
    (w1, w2), (b1, b2) = (
        [getattr(linear, name).detach().numpy() for linear in model.encoder.linears]
        for name in ("weight", "bias")
    )
    expected = np.tanh(np.maximum(x @ w1.T + b1, 0) @ w2.T + b2)
    np.testing.assert_allclose(model.embed(torch.from_numpy(x)).detach(), expected, atol=1e-6)


def test_the_embedding_has_a_dropout_of_its_own():
    torch.manual_seed(0)
    x = torch.randn(50, 6)
    settings = {"batch_norm": "none", "widths": (40, 40), "embedding": "tanh"}
    for dropout, of_embedding, share in ((0.0, 0.25, 0.25), (0.9, 0.0, 0.0), (0.5, None, 0.5)):
        model = models.mlp(6, dropout=dropout, embedding_dropout=of_embedding, **settings)
        dropped = (model.embed(x) == 0).float().mean()
        assert dropped.item() == pytest.approx(share, abs=0.03)
        assert (model.eval().embed(x) != 0).all()


@pytest.mark.parametrize("batch_norm", bn.NAMES)
@pytest.mark.parametrize("training", [True, False])
def test_cnn_never_looks_at_padding(batch_norm, training):
    """Neither the amount nor the content of the padding changes embedding or running statistics."""
    torch.manual_seed(0)
    lengths = torch.tensor([37, 12, 25, 40, 31, 18])
    x = torch.randn(6, 16, 40)
    padded = x.clone()
    garbage = torch.nn.functional.pad(x, (0, 23), value=1e4)
    for row, other, length in zip(padded, garbage, lengths, strict=True):
        row[:, length:] = 0
        other[:, length:] = float("nan")
    one = models.cnn(16, batch_norm=batch_norm, channels=(4, 8), width=8, dropout=0.0)
    other = copy.deepcopy(one)
    embeddings = [
        model.train(training).embed(features, lengths, 3)
        for model, features in ((one, padded), (other, garbage))
    ]
    torch.testing.assert_close(*embeddings, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(dict(one.state_dict()), dict(other.state_dict()))


def test_cnn_embeds_an_utterance_as_it_would_alone():
    torch.manual_seed(0)
    model = models.cnn(16, batch_norm="source", channels=(4, 8, 8), width=8).eval()
    lengths = torch.tensor([11, 64, 33])
    x = torch.zeros(3, 16, 64)
    for row, length in zip(x, lengths, strict=True):
        row[:, :length] = torch.randn(16, length)
    together = model.embed(x, lengths)
    for i, length in enumerate(lengths):
        alone = model.embed(x[i : i + 1, :, :length], lengths[i : i + 1])
        torch.testing.assert_close(together[i : i + 1], alone, atol=1e-5, rtol=1e-4)


def test_cnn_survives_the_shortest_utterance():
    model = models.cnn(64).eval()
    assert torch.isfinite(model(torch.randn(1, 64, 11), torch.tensor([11]))).all()


@pytest.mark.parametrize("make", [models.mlp, models.cnn])
def test_recipe_builds_the_same_architecture(make):
    model = make(12, batch_norm="joint", dropout=0.3)
    again = models.build(**model.recipe)
    assert str(again) == str(model)
    again.load_state_dict(model.state_dict())


def test_wrong_features_and_names_are_refused(toy_pair):
    with pytest.raises(DomainError, match=r"models\.cnn is for log-mel.*'egemaps'.*models\.mlp"):
        models.cnn(toy_pair())
    with pytest.raises(UnknownNameError, match="did you mean 'joint'"):
        models.mlp(88, batch_norm="jiont")
    with pytest.raises(UnknownNameError, match="did you mean 'tanh'"):
        models.mlp(88, embedding="tahn")
