"""What a trained system embeds and predicts, and that it is the same after it was saved."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load, save
from torch import nn

from ser_utils import batch_norm as bn
from ser_utils import domains, models, trained, training
from ser_utils.errors import CacheError, CheckpointError, NotFiniteError, UnknownNameError

QUICK = {"epochs": 3, "batch_size": 16, "progress": False}


@pytest.mark.parametrize("statistics", bn.STATISTICS)
@pytest.mark.parametrize("normalise", domains.NORMALISATIONS)
@pytest.mark.parametrize("frames", [None, 24])
def test_checkpoint_round_trip(toy_pair, tmp_path, frames, normalise, statistics):
    pair = toy_pair(frames=frames, normalise=normalise)
    model = models.mlp(pair, widths=(8,)) if frames is None else models.cnn(pair, channels=(4,))
    run = training.fit(model, pair, seed=5, **QUICK | {"epochs": 1})
    run = run.with_statistics(statistics, pair.target)
    run.save(tmp_path / "run.safetensors")
    again = training.load(tmp_path / "run.safetensors")
    np.testing.assert_array_equal(run.embed(pair.evaluation), again.embed(pair.evaluation))
    pd.testing.assert_frame_equal(run.history, again.history)
    assert (again.epoch, again.held_out, again.settings) == (run.epoch, run.held_out, run.settings)
    if normalise == "speaker":
        assert again.standardise is None
    else:
        np.testing.assert_array_equal(again.standardise.mean, pair.standardise_target.mean)
        np.testing.assert_array_equal(again.standardise.std, pair.standardise_target.std)
        assert again.standardise.clip == pair.clip


def test_a_checkpoint_from_before_inputs_were_clipped_clips_none(toy_pair, tmp_path):
    pair = toy_pair(clip=None)
    path = tmp_path / "run.safetensors"
    training.fit(models.mlp(pair, widths=(8,)), pair, **QUICK | {"epochs": 1}).save(path)
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["ser_utils"])
    assert about.pop("clip") is None
    path.write_bytes(save(load(path.read_bytes()), metadata={"ser_utils": json.dumps(about)}))
    assert training.load(path).standardise.clip is None


def test_a_checkpoint_tells_what_it_was_trained_on(toy_pair):
    pair = toy_pair(task="valence", frames=24, normalise="dataset")
    run = training.fit(models.cnn(pair, channels=(4,)), pair, **QUICK | {"epochs": 1})
    told = {
        "source": "toy-en",
        "source_language": "en",
        "target": "toy-de",
        "target_language": "de",
        "task": "valence",
        "features": "logmel",
        "normalise": "dataset",
    }
    assert told.items() <= run.settings.items()


def test_half_a_checkpoint_or_half_its_statistics_are_refused(toy_pair, tmp_path):
    pair = toy_pair()
    path = tmp_path / "run.safetensors"
    training.fit(models.mlp(pair, widths=(8,)), pair, **QUICK).save(path)
    whole = path.read_bytes()
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    weights = {name: value for name, value in load(whole).items() if name != "standardise.std"}
    for damaged in (whole[: len(whole) // 2], save(weights, metadata)):
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError, match=r"run\.safetensors"):
            training.load(path)


@pytest.mark.parametrize("content", [None, b"", b"not a checkpoint"])
def test_bad_checkpoints_are_refused(tmp_path, content):
    path = tmp_path / "run.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"run\.safetensors"):
        training.load(path)


def test_a_checkpoint_that_cannot_be_written_leaves_nothing(toy_pair, tmp_path):
    pair = toy_pair()
    run = training.fit(models.mlp(pair, widths=(4,)), pair, **QUICK)
    (tmp_path / "file").touch()
    with pytest.raises(CacheError):
        run.save(tmp_path / "file" / "run.safetensors")


def test_log_odds_keep_apart_what_probabilities_round(toy_pair):
    pair = toy_pair()
    run = training.fit(models.mlp(pair, widths=(8,)), pair, **QUICK)
    p = run.probabilities(pair.evaluation).astype(float)
    np.testing.assert_allclose(run.log_odds(pair.evaluation), np.log(p[:, 1] / p[:, 0]), rtol=1e-4)
    with torch.no_grad():
        run.model.head.weight.mul_(1000)
    assert len(set(run.probabilities(pair.evaluation)[:, 1])) < len(pair.evaluation)
    assert len(set(run.log_odds(pair.evaluation))) > 0.9 * len(pair.evaluation)


def test_target_statistics_are_those_of_the_target_through_the_trained_network(toy_pair):
    """Through Linear, batch norm, ReLU, twice, with moments of all target rows at each."""
    pair = toy_pair()
    run = training.fit(models.mlp(pair, batch_norm="source", widths=(8, 4)), pair, **QUICK)
    adapted = run.with_statistics("target", pair.target)
    x = torch.from_numpy(pair.target.features)
    with torch.no_grad():
        for linear, norm in zip(run.model.encoder.linears, run.model.encoder.norms, strict=True):
            x = linear(x)
            x = (x - x.mean(0)) / (x.var(0) + norm.eps).sqrt() * norm.weight + norm.bias
            x = torch.relu(x)
    np.testing.assert_allclose(adapted.embed(pair.evaluation), x.numpy(), atol=1e-4)
    assert not np.allclose(run.embed(pair.evaluation), x.numpy(), atol=1e-2)


def test_running_statistics_are_the_run_itself_and_others_unknown(toy_pair):
    pair = toy_pair()
    run = training.fit(models.mlp(pair, widths=(8,)), pair, **QUICK)
    assert run.with_statistics("running", pair.target) is run
    with pytest.raises(UnknownNameError, match="target"):
        run.with_statistics("targett", pair.target)


def test_under_domain_each_side_of_the_pair_has_its_own_statistics(toy_pair):
    pair = toy_pair()
    run = training.fit(models.mlp(pair, batch_norm="domain", widths=(8,)), pair, **QUICK)
    x = torch.from_numpy(pair.target.features)
    with torch.no_grad():
        as_target, as_source = (run.model.embed(x, None, n).numpy() for n in (0, len(x)))
    np.testing.assert_allclose(run.embed(pair.evaluation), as_target, atol=1e-5)
    assert not np.allclose(as_target, as_source, atol=0.1)
    disguised = replace(pair.evaluation, role="source")
    np.testing.assert_allclose(run.embed(disguised), as_source, atol=1e-5)


def test_spectrograms_get_target_statistics_too(toy_pair):
    pair = toy_pair(speakers=3, frames=24)
    model = models.cnn(pair, channels=(4,), width=8)
    run = training.fit(model, pair, **QUICK)
    adapted = run.with_statistics("target", pair.target)
    assert adapted.embed(pair.evaluation).shape == (len(pair.evaluation), 8)
    assert not torch.equal(
        adapted.model.encoder.norms[0].running_mean, run.model.encoder.norms[0].running_mean
    )


class OwnEncoder(nn.Module):
    """An encoder of somebody's own, of a given width."""

    def __init__(self, width: int = 5) -> None:
        super().__init__()
        self.linear, self.width = nn.Linear(6, width), width

    def forward(self, x, lengths=None, n_source=None):
        return torch.tanh(self.linear(x))


def test_a_model_of_your_own_is_loaded_into_one_like_it(toy_pair, tmp_path):
    pair = toy_pair()
    path = tmp_path / "run.safetensors"
    run = training.fit(models.EmotionModel(OwnEncoder(), "none"), pair, **QUICK)
    run.save(path)
    template = models.EmotionModel(OwnEncoder(), "none")
    before = template.head.weight.clone()
    again = trained.load(path, model=template)
    np.testing.assert_array_equal(run.embed(pair.evaluation), again.embed(pair.evaluation))
    assert torch.equal(template.head.weight, before)
    with pytest.raises(CheckpointError, match=r"run\.safetensors .*model=\.\.\."):
        trained.load(path)
    with pytest.raises(CheckpointError, match=r"run\.safetensors.*another model"):
        trained.load(path, model=models.EmotionModel(OwnEncoder(width=4), "none"))


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_what_is_no_number_is_no_embedding_and_no_probability(toy_pair, broken):
    """The second part is the first to be spoilt; a file is named if it is known."""
    pair = toy_pair()
    run = training.fit(models.mlp(pair, widths=(4,)), pair, **QUICK)
    table = pair.evaluation.table.assign(path=[f"/audio/{i}.wav" for i in range(144)])
    test = replace(pair.evaluation, table=table)
    features = test.features.copy()
    features[5, 1] = broken
    spoilt = replace(test, features=features)
    for ask in (
        lambda: run.embed(pair.source, spoilt),
        lambda: run.predict(spoilt),
        lambda: run.with_statistics("target", spoilt),
    ):
        with pytest.raises(NotFiniteError, match=r"first in /audio/5\.wav: feature number 1"):
            ask()
    with torch.no_grad():
        run.model.head.weight[0, 0] = broken
    assert np.isfinite(run.embed(test)).all()
    for ask in (run.predict, run.probabilities):
        with pytest.raises(NotFiniteError, match=r"logits .* first in that of /audio/\d+\.wav\. "):
            ask(test)
    with torch.no_grad():
        run.model.encoder.linears[0].weight[:] = broken
    with pytest.raises(NotFiniteError, match=r"144 of 144 embeddings .* that of row 0, of de-0"):
        run.embed(pair.target)


@pytest.mark.parametrize("name", ["head.weight", "encoder.norms.0.running_var", "standardise.mean"])
def test_a_checkpoint_of_a_training_that_diverged_is_refused(toy_pair, tmp_path, name):
    pair, path = toy_pair(), tmp_path / "run.safetensors"
    training.fit(models.mlp(pair, widths=(4,)), pair, **QUICK).save(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    weights = load(path.read_bytes())
    weights[name].ravel()[0] = np.nan
    path.write_bytes(save(weights, metadata))
    with pytest.raises(CheckpointError, match=rf"run\.safetensors: {name} holds NaN"):
        training.load(path)
