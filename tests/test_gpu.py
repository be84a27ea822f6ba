"""A GPU trains what the CPU trains, and what it trained serves as well.

Weights begin the same on both, and batches are the same. Dropout and the random points of
`WassersteinCritic` are drawn by the device, so that what is compared does without. Convolutions
that round to fewer bits (TF32, torch's default on a GPU) are turned off.
"""

import copy
import itertools
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from ser_utils import alignment, evaluation, features, models, prediction, trained, training
from ser_utils import batch_norm as bn
from ser_utils.experiments import systems

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

DEVICE = "cuda"
KINDS = ["functionals", "log-mel"]
SYSTEMS = [name for name, system in systems.SYSTEMS.items() if system.align]
#: Relative and absolute.
TOLERANCE = {torch.float64: (1e-5, 1e-7), torch.float32: (1e-2, 1e-3)}
CASES = [
    *((name, each, kind, torch.float64) for name in SYSTEMS for each in bn.NAMES for kind in KINDS),
    *((name, "joint", kind, torch.float32) for name in SYSTEMS for kind in KINDS),
]
#: Each with a composition of batch norm, and every composition.
PAIRED = list(zip(SYSTEMS, itertools.cycle(bn.NAMES), strict=False))
QUICK = {"epochs": 3, "batch_size": 16, "progress": False}


@pytest.fixture(autouse=True)
def all_bits(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.fixture
def make(toy_pair):
    """Return a function that makes a pair of several languages, a model and an alignment."""

    def of(system, batch_norm, kind, **options):
        system = systems.find(system)
        options = dict(system.model) | options
        if kind == "functionals":
            pair = toy_pair(speakers=3, languages=("en", "it", "de"))
            model = models.mlp(pair, batch_norm=batch_norm, widths=(16, 8), **options)
        else:
            pair = toy_pair(speakers=3, languages=("en", "it", "de"), frames=12)
            model = models.cnn(pair, batch_norm=batch_norm, channels=(2, 4), width=8, **options)
        return pair, model, system.align()

    return of


def one_step(pair, model, align, device, dtype):
    """Return, by name, all that the first step of a training computes."""
    torch.manual_seed(0)
    model, align = training._initialised(model, align, pair.source, "cpu")
    model, align = model.to(device, dtype).train(), align.to(device, dtype)
    as_numpy = torch.empty(0, dtype=dtype).numpy().dtype
    sides = (replace(x, features=x.features.astype(as_numpy)) for x in (pair.source, pair.target))
    loop = training._Loop(model, align, *sides, 24, True, 0, device)
    loop.class_weights = loop.class_weights.to(dtype)
    loss, record = loop._loss(0.5)
    loss.backward()
    # Adam's first steps have one size however small a gradient is, and rounding decides its sign.
    of_align = align.state_dict() if dtype == torch.float64 else {}
    of_align = {f"align.{name}": value for name, value in of_align.items()}
    state = {"loss": loss, "gradient": loop.parameters.grad} | dict(model.named_buffers())
    numbers = state | of_align | {name: torch.as_tensor(value) for name, value in record.items()}
    return {name: value.detach().cpu().double() for name, value in numbers.items()}


@pytest.mark.parametrize(("name", "batch_norm", "kind", "dtype"), CASES)
def test_loss_and_gradients_are_those_of_the_cpu(make, name, batch_norm, kind, dtype):
    pair, model, align = make(name, batch_norm, kind, dropout=0.0)
    if hasattr(align, "gradient_penalty"):
        align.gradient_penalty = 0.0  # what is left draws nothing
    here, there = (one_step(pair, model, align, device, dtype) for device in ("cpu", DEVICE))
    assert here.keys() == there.keys()
    assert here["gradient"].abs().max() > 1e-3
    rtol, atol = TOLERANCE[dtype]
    for what, expected in here.items():
        torch.testing.assert_close(
            there[what], expected, rtol=rtol, atol=atol, msg=lambda m, what=what: f"{what}: {m}"
        )


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("composition", bn.NAMES)
def test_batch_norm_is_that_of_the_cpu(composition, masked):
    x = torch.randn(11, 3, 7)
    mask = torch.arange(7) < torch.randint(1, 8, (len(x), 1)) if masked else None
    here = bn.layer(composition, 3)
    there = copy.deepcopy(here).to(DEVICE)
    expected = here(x, 6, mask)
    got = there(x.to(DEVICE), 6, None if mask is None else mask.to(DEVICE))
    torch.testing.assert_close(got.cpu(), expected, atol=1e-4, rtol=1e-4)
    for name, value in here.state_dict().items():
        torch.testing.assert_close(there.state_dict()[name].cpu(), value, atol=1e-4, rtol=1e-4)


def test_a_training_that_draws_nothing_is_that_of_the_cpu(make):
    pair, model, align = make("dann", "layer", "functionals", dropout=0.0)
    here, there = (
        training.fit(model, pair, align=align, device=device, **QUICK) for device in ("cpu", DEVICE)
    )
    np.testing.assert_allclose(there.embed(pair.target), here.embed(pair.target), atol=1e-3)
    pd.testing.assert_frame_equal(there.history, here.history, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_trainings_begin_with_the_weights_of_the_cpu(make, kind):
    pair, model, align = make("dann", "joint", kind)
    still = QUICK | {"epochs": 1, "learning_rate": 0.0}
    runs = [training.fit(model, pair, align=align, device=d, **still) for d in ("cpu", DEVICE)]
    for part in ("model", "align"):
        here, there = (getattr(run, part).named_parameters() for run in runs)
        for (name, value), (_, on_device) in zip(here, there, strict=True):
            assert torch.equal(value, on_device.cpu()), name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "batch_norm"), PAIRED)
def test_a_seed_trains_the_same_again_and_the_checkpoint_serves_the_cpu(
    make, name, batch_norm, kind, tmp_path
):
    pair, model, align = make(name, batch_norm, kind)
    how = {"align": align, "seed": 3, "keep": "source", "device": DEVICE, "held_out": 0.3}
    before = torch.cuda.get_rng_state()
    run, again = (training.fit(model, pair, **how, **QUICK) for _ in range(2))
    assert torch.equal(before, torch.cuda.get_rng_state())
    assert np.array_equal(run.log_odds(pair.target), again.log_odds(pair.target))
    pd.testing.assert_frame_equal(run.history, again.history, check_exact=True)
    assert np.isfinite(run.history.to_numpy()).all()
    weights = [*run.model.parameters(), *run.align.parameters()]
    assert all(weight.device.type == DEVICE for weight in weights)

    run.save(tmp_path / "run.safetensors")
    loaded = training.load(tmp_path / "run.safetensors")
    assert next(loaded.model.parameters()).device.type == "cpu"
    for statistics in bn.STATISTICS:
        here, there = (of.with_statistics(statistics, pair.target) for of in (loaded, run))
        np.testing.assert_allclose(
            there.log_odds(pair.target), here.log_odds(pair.target), atol=1e-3, rtol=1e-3
        )


@pytest.mark.parametrize("kind", KINDS)
def test_probes_scores_predictions_and_pickles_of_what_it_trained(make, kind, monkeypatch):
    pair, model, align = make("dann_5_1", "domain", kind)
    seen = []
    run = training.fit(
        model,
        pair,
        align=align,
        probe_every=1,
        device=DEVICE,
        on_epoch=lambda epoch, model: seen.append(trained.embed(model, pair.target)),
        **QUICK,
    )
    assert run.history["probe_accuracy"].between(0, 1).all()
    assert np.array_equal(seen[-1], run.embed(pair.target))
    assert 0 <= evaluation.held_out_uar(run, pair.source) <= 1
    unpickled = pickle.loads(pickle.dumps(run))
    assert np.array_equal(unpickled.log_odds(pair.target), run.log_odds(pair.target))

    rng, shape = np.random.default_rng(0), (6,) if kind == "functionals" else (6, 9)
    recordings = [rng.normal(size=shape).astype(np.float32) for _ in range(4)]
    monkeypatch.setattr(features, "compute", lambda samples, *_: samples)
    predicted = prediction.predict(run, recordings)
    on_cpu = prediction.predict(replace(run, model=copy.deepcopy(run.model).cpu()), recordings)
    pd.testing.assert_frame_equal(predicted, on_cpu, atol=1e-3)


def test_what_it_trained_is_a_template_for_the_cpu(make):
    pair, model, align = make("dann_5_1", "joint", "functionals")
    runs = [training.fit(model, pair, align=align, device=d, **QUICK) for d in ("cpu", DEVICE)]
    here, there = (training.fit(run.model, pair, align=run.align, **QUICK) for run in runs)
    assert np.array_equal(here.log_odds(pair.target), there.log_odds(pair.target))
    assert next(runs[1].model.parameters()).device.type == DEVICE


def test_a_model_without_alignment_trains(make):
    pair, model, _ = make("dann", "target", "functionals")
    run = training.fit(model, pair, align=None, device=DEVICE, **QUICK)
    again = training.fit(model, pair, align=alignment.NoAlignment(), device=DEVICE, **QUICK)
    assert np.array_equal(run.log_odds(pair.target), again.log_odds(pair.target))
