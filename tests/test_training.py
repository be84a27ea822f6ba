from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load, save
from torch import nn

from ser_utils import alignment, domains, metrics, models, training
from ser_utils import batch_norm as bn
from ser_utils.errors import (
    CacheError,
    CheckpointError,
    DomainError,
    SettingError,
    UnknownNameError,
)
from ser_utils.lessons import two_moons

QUICK = {"epochs": 3, "batch_size": 16, "progress": False}


def weights(run: training.Trained) -> dict[str, torch.Tensor]:
    return run.model.state_dict()


def same(one: training.Trained, other: training.Trained) -> bool:
    return all(
        torch.equal(a, b)
        for a, b in zip(weights(one).values(), weights(other).values(), strict=True)
    )


class Untouchable:
    """Stands where the target's labels are; whoever reads anything of it is caught."""

    def __getattr__(self, name):
        raise AssertionError(f"training read the evaluation's {name}")

    __len__ = __iter__ = __getitem__ = __array__ = __getattr__


@pytest.mark.parametrize("align", [None, alignment.DomainAdversary()])
@pytest.mark.parametrize("batch_norm", bn.NAMES)
def test_training_never_reads_the_evaluation(toy_pair, align, batch_norm):
    pair = toy_pair()
    model = models.mlp(pair, batch_norm=batch_norm, widths=(8,))
    blind = training.fit(model, replace(pair, evaluation=Untouchable()), align=align, **QUICK)
    assert same(blind, training.fit(model, pair, align=align, **QUICK))


def test_the_target_that_training_gets_holds_nothing_but_features_and_whose_they_are(toy_pair):
    """No label, emotion or file name in any disguise: only these fields, of these kinds."""
    pair = toy_pair()
    target, answers = pair.target, pair.evaluation
    assert type(target) is domains.Unlabelled
    known = {"features", "lengths", "speakers", "language", "role", "dataset"}
    assert set(vars(target)) == known
    assert target.features.dtype == np.float32
    assert target.lengths is None
    assert set(target.speakers) == {f"de-{i}" for i in range(6)}
    assert (target.language, target.dataset, target.role) == ("de", "toy-de", "target")
    for column in target.features.T:  # a feature that is the label would be one
        assert len(np.unique(column)) > 2
        assert not np.array_equal(column > np.median(column), answers.labels)


@pytest.mark.parametrize("align", [None, alignment.DomainAdversary()])
def test_identical_seeds_give_identical_weights(toy_pair, align):
    pair = toy_pair()
    model = models.mlp(pair, widths=(8, 8))
    torch.manual_seed(1)
    one = training.fit(model, pair, align=align, seed=3, **QUICK)
    torch.manual_seed(2)  # the state of the global generator does not matter
    torch.rand(5)
    two = training.fit(model, pair, align=align, seed=3, **QUICK)
    assert same(one, two)
    pd.testing.assert_frame_equal(one.history, two.history)
    assert not same(one, training.fit(model, pair, align=align, seed=4, **QUICK))


def test_fit_leaves_templates_and_the_global_generator_alone(toy_pair):
    pair = toy_pair()
    model, align = models.mlp(pair, widths=(8,)), alignment.DomainAdversary()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    training.fit(model, pair, align=align, **QUICK)
    assert torch.equal(state, torch.get_rng_state())
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    assert isinstance(align.classifier[0], nn.LazyLinear)


def test_first_step_longhand(toy_pair):
    """One epoch of one batch is one step of Adam on the weighted cross-entropy of all rows."""
    pair = toy_pair(speakers=2)
    n = len(pair.source)
    unequal = pair.source.take(np.arange(n)[(pair.source.labels == 1) | (np.arange(n) % 3 == 0)])
    pair = replace(pair, source=unequal)
    model = models.mlp(pair, batch_norm="none", widths=(4,), dropout=0.0)
    common = {"held_out": 0, "batch_size": 10_000, "weight_decay": 0.0, "progress": False}
    start = training.fit(model, pair, epochs=1, learning_rate=0.0, **common).model
    after = training.fit(model, pair, epochs=1, learning_rate=0.01, **common)

    y = torch.from_numpy(unequal.labels)
    per_row = nn.functional.cross_entropy(
        start(torch.from_numpy(unequal.features)), y, reduction="none"
    )
    weight = torch.tensor([len(y) / (2 * (y == c).sum()) for c in (0, 1)])[y]
    loss = (weight * per_row).sum() / weight.sum()
    assert after.history["emotion_loss"][1] == pytest.approx(loss.item(), rel=1e-5)
    (gradient,) = torch.autograd.grad(loss, start.head.weight)
    expected = start.head.weight - 0.01 * gradient / (gradient.abs() + 1e-8)  # Adam's first step
    torch.testing.assert_close(after.model.head.weight, expected, atol=1e-5, rtol=1e-4)


def test_batches_draw_equally_from_both_domains_and_cover_them(toy_pair):
    pair = toy_pair(speakers=4)
    small = replace(pair, target=pair.evaluation.take(np.arange(40)).unlabelled())
    seen = []

    class Spy(alignment.Penalty):
        def forward(self, embedding, n_source, progress, languages):
            seen.append((n_source, len(embedding) - n_source, progress))
            return alignment.Term(0.0 * embedding.sum(), {})

    training.fit(
        models.mlp(pair, widths=(4,)), small, align=Spy(), epochs=2, batch_size=16, held_out=0
    )
    batches = seen
    assert {batch[:2] for batch in batches} == {(16, 16)}
    assert len(batches) == 2 * (len(pair.source) // 16)
    progress = [batch[2] for batch in batches]
    assert progress == sorted(progress)
    assert progress[0] == 0.0
    assert progress[-1] == pytest.approx(1 - 1 / len(progress))


def test_batches_go_through_a_random_order_without_repetition():
    batches = training._endless_batches(10, 3, np.random.default_rng(0))
    first = torch.cat([next(batches) for _ in range(3)]).tolist()
    second = torch.cat([next(batches) for _ in range(3)]).tolist()
    assert len(set(first)) == len(set(second)) == 9
    assert first != second


def test_history_records_losses_accuracy_and_lambda(toy_pair):
    pair = toy_pair()
    model = models.mlp(pair, widths=(8,))
    baseline = training.fit(model, pair, **QUICK)
    dann = training.fit(model, pair, align=alignment.DomainAdversary(), **QUICK)
    assert list(baseline.history) == ["emotion_loss", "uar_held_out"]
    assert list(dann.history) == [
        "emotion_loss",
        "domain_loss",
        "domain_accuracy",
        "lambda",
        "uar_held_out",
    ]
    assert dann.history.index.tolist() == [1, 2, 3]
    assert dann.history["lambda"].is_monotonic_increasing
    aside = pair.source.take(np.isin(pair.source.speakers, dann.held_out))
    again = metrics.uar(aside.labels, dann.predict(aside))
    assert dann.history["uar_held_out"].iloc[-1] == pytest.approx(again)


def test_a_classifier_that_nothing_works_against_tells_all_languages_apart(toy_pair):
    pair = toy_pair(languages=("en", "it", "de"))
    history = training.fit(
        models.mlp(pair, batch_norm="none", widths=(32,), dropout=0.0),
        pair,
        align=alignment.DomainAdversary(max_lambda=0.0, domains=3),
        **QUICK | {"epochs": 15, "learning_rate": 0.01},
    ).history
    # Whoever knows the target and guesses between the sources is right for three in four.
    assert history["domain_accuracy"].iloc[-1] > 0.85
    # Half of a batch is of the target, about a quarter of each source.
    at_chance = [1.5 * np.log(2)] * len(history)
    assert history["domain_loss_at_chance"].tolist() == pytest.approx(at_chance, abs=0.03)


def test_two_domains_are_source_and_target_whatever_languages_the_source_has(toy_pair):
    pair = toy_pair(languages=("en", "it", "de"))
    table = pair.source.table.assign(language="en")
    as_one = replace(pair, source=replace(pair.source, table=table))
    model, align = models.mlp(pair, widths=(8,)), alignment.DomainAdversary()
    runs = [training.fit(model, p, align=align, held_out=0, **QUICK) for p in (pair, as_one)]
    assert same(*runs)
    pd.testing.assert_frame_equal(runs[0].history, runs[1].history)


def test_a_language_classifier_for_other_domains_is_refused(toy_pair):
    pair, several = toy_pair(), toy_pair(languages=("en", "it", "de"))
    model = models.mlp(pair, widths=(4,))
    with pytest.raises(SettingError, match=r"3 domains.*1 languages \(en\).*has to be 2\."):
        training.fit(model, pair, align=alignment.DomainAdversary(domains=3), **QUICK)
    with pytest.raises(SettingError, match=r"4 domains.*\(en\+it\).*has to be 2 or 3\."):
        training.fit(model, several, align=alignment.DomainAdversary(domains=4), **QUICK)


def test_speakers_of_each_source_language_are_held_out(toy_pair):
    pair = toy_pair(speakers=5, languages=("en", "it", "de"))
    run = training.fit(models.mlp(pair, widths=(4,)), pair, **QUICK | {"epochs": 1})
    assert [name[:2] for name in run.held_out] == ["en", "it"]


def test_held_out_speakers_never_train(toy_pair):
    """Whatever their features are, the weights are the same."""
    pair = toy_pair()
    model = models.mlp(pair, widths=(8,))
    run = training.fit(model, pair, **QUICK)
    assert 0 < len(run.held_out) < len(set(pair.source.speakers))
    changed = pair.source.features.copy()
    changed[np.isin(pair.source.speakers, run.held_out)] = 99.0
    other = replace(pair, source=replace(pair.source, features=changed))
    assert same(run, training.fit(model, other, **QUICK))


def test_keep_source_restores_the_best_epoch_on_held_out_speakers(toy_pair):
    pair = toy_pair()
    embeddings = {}

    def remember(epoch, model):
        embeddings[epoch] = model.embed(torch.from_numpy(pair.source.features)).detach().numpy()

    model = models.mlp(pair, widths=(4,))
    run = training.fit(
        model, pair, keep="source", epochs=8, learning_rate=0.3, progress=False, on_epoch=remember
    )
    scores = run.history["uar_held_out"]
    assert scores[run.epoch] == scores.max()
    assert scores.nunique() > 1  # otherwise there was nothing to choose
    np.testing.assert_array_equal(run.embed(pair.source), embeddings[run.epoch])


def test_the_baseline_sees_the_target_only_through_shared_statistics(toy_pair):
    pair = toy_pair()
    moved = replace(pair, target=replace(pair.target, features=pair.target.features + 5))
    for batch_norm, influenced in {
        "none": False,
        "source": False,
        "joint": True,
        "separate": True,
    }.items():
        model = models.mlp(pair, batch_norm=batch_norm, widths=(8,))
        runs = [training.fit(model, p, **QUICK) for p in (pair, moved)]
        assert same(*runs) != influenced, batch_norm


def test_cnn_trains_on_spectrograms_of_any_length(toy_pair):
    pair = toy_pair(speakers=3, frames=40)
    short = replace(
        pair,
        target=replace(
            pair.target,
            features=pair.target.features[:, :, :25],
            lengths=np.minimum(pair.target.lengths, 25),
        ),
    )
    model = models.cnn(pair, channels=(4, 8), width=8)
    settings = QUICK | {"epochs": 12, "learning_rate": 3e-3}
    run = training.fit(model, short, align=alignment.DomainAdversary(), **settings)
    assert run.history["emotion_loss"].iloc[-1] < run.history["emotion_loss"].iloc[0]
    assert run.predict(pair.evaluation).shape == (len(pair.evaluation),)


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


def test_bad_arguments(toy_pair):
    pair = toy_pair()
    model = models.mlp(pair, widths=(4,))
    with pytest.raises(UnknownNameError, match="keep"):
        training.fit(model, pair, keep="target", **QUICK)
    with pytest.raises(DomainError, match="held_out"):
        training.fit(model, pair, keep="source", held_out=0, **QUICK)
    for setting in ({"held_out": 1.0}, {"held_out": -0.5}, {"batch_size": 0}, {"epochs": 0}):
        with pytest.raises(SettingError, match=next(iter(setting))):
            training.fit(model, pair, **QUICK | setting)
    with pytest.raises(DomainError, match="hold out fewer"):
        training.fit(model, pair, held_out=0.99, **QUICK)
    alone = replace(pair, source=pair.source.take(pair.source.speakers == "en-0"))
    with pytest.raises(DomainError, match="only 1"):
        training.fit(model, alone, **QUICK)


def test_two_moons_gain_from_the_adversary():
    """At 35 degrees a DANN beats the plain network by at least 8 points on average."""
    settings = {
        "epochs": 100,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "held_out": 0.0,
        "progress": False,
    }
    model = models.mlp(2, batch_norm="none", widths=(32, 32), dropout=0.0)
    gains = []
    for seed in range(5):
        pair = two_moons.pair(degrees=35, seed=seed)
        test = pair.evaluation
        plain, dann = (
            metrics.uar(
                test.labels,
                training.fit(model, pair, align=align, seed=seed, **settings).predict(test),
            )
            for align in (None, alignment.DomainAdversary())
        )
        gains.append(dann - plain)
    assert np.mean(gains) >= 0.08, gains


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_learns_the_same(toy_pair):
    pair = toy_pair()
    model = models.mlp(pair, widths=(8,))
    run = training.fit(model, pair, align=alignment.DomainAdversary(), device="cuda", **QUICK)
    on_cpu = training.fit(model, pair, align=alignment.DomainAdversary(), **QUICK)
    np.testing.assert_allclose(run.embed(pair.evaluation), on_cpu.embed(pair.evaluation), atol=1e-3)


# Statistics at evaluation -----------------------------------------------------------------------


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


def test_the_adversary_does_not_change_which_source_rows_are_seen(toy_pair, monkeypatch):
    """So that baseline and DANN of a seed differ by the penalty, not by their batches."""
    pair = toy_pair()
    seen = {}
    for name, align in (("baseline", None), ("dann", alignment.DomainAdversary())):
        model = models.mlp(pair, batch_norm="none", widths=(8,))
        batches = seen.setdefault(name, [])
        take = training._take
        monkeypatch.setattr(
            training, "_take", lambda t, rows, b=batches, f=take: b.append(rows) or f(t, rows)
        )
        training.fit(model, pair, align=align, held_out=0, **QUICK)
        monkeypatch.undo()
    assert len(seen["dann"]) == len(seen["baseline"]) > 1
    for both, source in zip(seen["dann"], seen["baseline"], strict=True):
        assert torch.equal(both[: len(source)], source)
        assert both[len(source) :].min() >= len(pair.source)


def test_a_small_target_fills_its_batches_and_every_row_is_used():
    batches = training._endless_batches(5, 8, np.random.default_rng(0))
    rows = torch.cat([next(batches) for _ in range(5)])
    assert torch.bincount(rows).tolist() == [8] * 5
