from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from ser_utils import alignment, domains, metrics, models, trained, training
from ser_utils import batch_norm as bn
from ser_utils.embeddings import probes
from ser_utils.errors import DomainError, NotFiniteError, SettingError, UnknownNameError
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
    assert {batch[:2] for batch in seen} == {(16, 16)}
    assert len(seen) == 2 * (len(pair.source) // 16)
    progress = [batch[2] for batch in seen]
    assert progress == sorted(progress)
    assert progress[0] == 0.0
    assert progress[-1] == pytest.approx(1 - 1 / len(progress))


def batches_of(pair, align=None, **settings):
    """Numbers of the source rows and of the target rows in each batch of a training."""
    batches = []

    class Watched(models.EmotionModel):
        def embed(self, x, lengths=None, n_source=None):
            if self.training:
                n = len(x) if n_source is None else n_source
                parts = ((x[:n], pair.source), (x[n:], pair.target))
                batches.append([_numbers(rows, part.features) for rows, part in parts])
            return super().embed(x, lengths, n_source)

    plain = models.mlp(pair, batch_norm="none", widths=(4,))
    model = Watched(plain.encoder, "none", plain.recipe)
    training.fit(model, pair, align=align, held_out=0, **QUICK | settings)
    return batches


def _numbers(rows: torch.Tensor, features: np.ndarray) -> list[int]:
    return [int(np.flatnonzero((features == row).all(axis=1))[0]) for row in rows.numpy()]


def test_an_epoch_takes_the_source_in_random_order_without_repetition(toy_pair):
    pair = toy_pair(speakers=3)  # 72 utterances: 4 batches of 16 in an epoch
    source = [rows for rows, _ in batches_of(pair)]
    first, second = np.concatenate(source[:4]), np.concatenate(source[4:8])
    assert len(set(first)) == len(first) == 64
    assert not np.array_equal(first, second)
    assert set(np.concatenate(source)) == set(range(72))  # what one epoch left out, others take


def test_the_adversary_does_not_change_which_source_rows_are_seen(toy_pair):
    """So that baseline and DANN of a seed differ by the penalty, not by their batches."""
    pair = toy_pair(speakers=3)
    alone, aligned = batches_of(pair), batches_of(pair, alignment.DomainAdversary())
    assert [rows for rows, _ in aligned] == [rows for rows, _ in alone]
    assert all(not target for _, target in alone)
    assert all(len(target) == 16 for _, target in aligned)


def test_a_small_target_fills_its_batches_and_every_row_is_used_as_often(toy_pair):
    pair = toy_pair(speakers=3)
    small = replace(pair, target=pair.evaluation.take(np.arange(8)).unlabelled())
    batches = batches_of(small, alignment.DomainAdversary())
    assert all(np.bincount(target).tolist() == [2] * 8 for _, target in batches)


@pytest.mark.parametrize("part", ["encoder", "classifier"])
def test_what_is_frozen_stays_as_it_is(toy_pair, part):
    """Neither a gradient, nor weight decay, nor drawing weights anew moves it."""
    pair = toy_pair()
    model, align = models.mlp(pair, widths=(8, 4)), alignment.DomainAdversary()
    frozen = model.encoder.linears[0] if part == "encoder" else align.classifier[2]
    frozen.requires_grad_(False)
    before = {name: value.clone() for name, value in frozen.state_dict().items()}
    run = training.fit(model, pair, align=align, weight_decay=0.1, **QUICK)
    after = run.model.encoder.linears[0] if part == "encoder" else run.align.classifier[2]
    for name, value in after.state_dict().items():
        assert torch.equal(value, before[name])
    moved = training.fit(model, pair, align=align, weight_decay=0.1, seed=1, **QUICK)
    assert not same(run, moved)


def test_a_penalty_is_prepared_once_and_then_called_on_batches_alone(toy_pair):
    pair = toy_pair(languages=("en", "it", "de"))
    calls = []

    class Watched(alignment.Penalty):
        def prepare(self, width, source):
            calls.append(("prepare", width, source.language))
            self.layer = nn.Linear(width, 1)

        def between_steps(self, embedding, n_source, progress, languages):
            assert not embedding.requires_grad
            calls.append(("between", len(embedding), n_source, len(languages)))

        def forward(self, embedding, n_source, progress, languages):
            assert embedding.requires_grad
            calls.append(("penalty", len(embedding), n_source, len(languages)))
            return alignment.Term(self.layer(embedding).square().mean(), {"mine": 1.0})

    run = training.fit(models.mlp(pair, widths=(8, 4)), pair, align=Watched(), **QUICK)
    assert calls[0] == ("prepare", 4, "en+it")
    assert set(calls[1::2]) == {("between", 32, 16, 16)}
    assert set(calls[2::2]) == {("penalty", 32, 16, 16)}
    assert len(calls) % 2 == 1
    assert run.history["mine"].eq(1.0).all()
    assert run.align.layer.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("reads", [False, True])
def test_the_emotion_head_sees_target_rows_only_if_a_penalty_reads_logits(toy_pair, reads):
    pair, seen = toy_pair(), []

    class Reader(alignment.Penalty):
        reads_logits = reads

        def between_steps(self, embedding, n_source, progress, languages, *logits):
            assert not any(each.requires_grad for each in logits)
            seen.append([each.detach() for each in logits])

        def forward(self, embedding, n_source, progress, languages, *logits):
            assert [each.detach().tolist() for each in logits] == [
                each.tolist() for each in seen.pop()
            ]
            for each in logits:
                assert each.requires_grad
                assert each.tolist() == heads[-1][1].tolist()
            return alignment.Term(sum(map(torch.sum, logits), 0 * embedding.sum()), {})

    model, heads = models.mlp(pair, widths=(8, 4)), []
    model.head.register_forward_hook(lambda _, given, logits: heads.append((given[0], logits)))
    training.fit(model, pair, align=Reader(), held_out=0, **QUICK | {"epochs": 1})
    assert {len(given) for given, _ in heads} == {32 if reads else 16}


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


def test_history_has_a_fresh_probe_beside_the_adversary(toy_pair):
    """It is asked every so often, changes no weight, and is the probe of what was embedded then."""
    pair, seen = toy_pair(), {}

    def watch(epoch, model):
        sides = pair.source, pair.target
        embedded = [trained.embed(model, side) for side in sides]
        seen[epoch] = probes.language_accuracy(*embedded, *(side.speakers for side in sides))

    model, align = models.mlp(pair, widths=(8,)), alignment.DomainAdversary(steps=2)
    run = training.fit(model, pair, align=align, probe_every=2, on_epoch=watch, **QUICK)
    assert run.history["probe_accuracy"].isna().tolist() == [True, False, True]
    assert run.history["probe_accuracy"][2] == seen[2]
    assert same(run, training.fit(model, pair, align=align, **QUICK))
    one_speaker = replace(pair, target=pair.evaluation.take(np.arange(24)).unlabelled())
    assert len(set(one_speaker.target.speakers)) == 1
    history = training.fit(model, one_speaker, probe_every=1, **QUICK).history
    assert history["probe_accuracy"].isna().all()


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


def test_bad_arguments(toy_pair):
    pair = toy_pair()
    model = models.mlp(pair, widths=(4,))
    with pytest.raises(UnknownNameError, match="keep"):
        training.fit(model, pair, keep="target", **QUICK)
    with pytest.raises(DomainError, match="held_out"):
        training.fit(model, pair, keep="source", held_out=0, **QUICK)
    for setting in (
        {"held_out": 1.0},
        {"held_out": -0.5},
        {"batch_size": 0},
        {"epochs": 0},
        {"probe_every": -1},
    ):
        with pytest.raises(SettingError, match=next(iter(setting))):
            training.fit(model, pair, **QUICK | setting)
    with pytest.raises(DomainError, match="hold out fewer"):
        training.fit(model, pair, held_out=0.99, **QUICK)
    alone = replace(pair, source=pair.source.take(pair.source.speakers == "en-0"))
    with pytest.raises(DomainError, match="only 1"):
        training.fit(model, alone, **QUICK)


# Not a number -----------------------------------------------------------------------------------


class Spoiling(alignment.Penalty):
    """A penalty of nothing that in its call number `at` is spoilt: its loss, or its gradient."""

    def __init__(self, at, spoil):
        super().__init__()
        self.at, self.spoil, self.calls = at, spoil, 0

    def forward(self, embedding, n_source, progress, languages):
        self.calls += 1
        nothing = 0 * embedding.sum()
        if self.calls == self.at:
            # The square root of zero is zero, its derivative infinite.
            nothing = nothing + (np.inf if self.spoil == "loss" else nothing.square().sqrt())
        return alignment.Term(nothing, {"mine": 1.0})


@pytest.mark.parametrize("held_out", [0, 0.2])
@pytest.mark.parametrize(
    ("at", "spoil", "where"),
    [
        (2, "loss", r"steps of epoch 1 .* first in loss at step 2\. "),
        (5, "loss", r"steps of epoch 2 .* first in loss at step 1\. "),
        (2, "gradient", r"steps of epoch 1 .* first in emotion_loss at step 3\. "),
        (12, "gradient", r"1 of 4 steps of epoch 3 .* first in weights at step 4\. "),
    ],
)
def test_a_training_that_diverges_is_stopped_and_says_where(toy_pair, at, spoil, where, held_out):
    """Four steps per epoch, of three; the last one is not seen by any loss."""
    pair = toy_pair(speakers=5)
    steps = {"batch_size": 30 if held_out == 0 else 24, "held_out": held_out}
    model = models.mlp(pair, widths=(8,))
    fit = {"align": Spoiling(at, spoil), **QUICK, **steps}
    with pytest.raises(NotFiniteError, match=where + "The training diverged"):
        training.fit(model, pair, **fit)
    run = training.fit(model, pair, **fit | {"align": Spoiling(13, spoil)})
    assert list(run.history)[:2] == ["emotion_loss", "mine"]


@pytest.mark.parametrize("broken", [np.inf, np.nan])
def test_a_schedule_that_returns_no_number_is_named(toy_pair, broken):
    pair = toy_pair()

    def schedule(progress):
        return broken if progress > 0.5 else 1.0

    align = alignment.DomainAdversary(schedule=schedule)
    with pytest.raises(NotFiniteError, match=r"of epoch 2 .* first in lambda at step \d"):
        training.fit(models.mlp(pair, widths=(8,)), pair, align=align, **QUICK | {"epochs": 2})


def test_a_training_whose_held_out_speakers_cannot_be_scored_is_stopped(toy_pair):
    """Losses and weights are finite yet; what running statistics make of them is not."""
    pair = toy_pair()
    model = models.mlp(pair, widths=(8, 8))
    with pytest.raises(NotFiniteError, match=r"epoch 1.* logits .*The training diverged"):
        training.fit(model, pair, learning_rate=1e12, **QUICK | {"batch_size": 1000})


@pytest.mark.parametrize("side", ["source", "target"])
def test_features_of_a_pair_made_by_hand_are_looked_at(toy_pair, side):
    pair = toy_pair()
    part, model = getattr(pair, side), models.mlp(pair, widths=(4,))
    for row in (0, len(part) - 1):  # one of them may be held out
        spoilt = part.features.copy()
        spoilt[row, 4] = np.nan
        other = replace(pair, **{side: replace(part, features=spoilt)})
        who = part.speakers[row]
        with pytest.raises(NotFiniteError, match=rf"first in row \d+, of {who}: feature number 4"):
            training.fit(model, other, align=alignment.DomainAdversary(), **QUICK)


#: Two moons need a fast training, and have no speakers to hold out.
OF_MOONS = {"learning_rate": 0.01, "weight_decay": 0.0, "held_out": 0.0, "progress": False}


def test_two_moons_gain_from_the_adversary():
    """At 35 degrees a DANN beats the plain network by at least 8 points on average."""
    settings = OF_MOONS | {"epochs": 100}
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


def test_a_classifier_that_keeps_up_leaves_less_of_the_domain_of_two_moons():
    """Five steps for each of the encoder: fresh probes find less, and the target is no worse off.

    All points are in each batch, so that the classifier cannot learn one by heart. The recall on
    the target varies by some points with the seed: what is tested is that it does not fall by more
    than that.
    """
    model = models.mlp(2, batch_norm="none", widths=(32, 32), dropout=0.0)
    scores = {1: [], 5: []}
    for seed in range(10):
        pair = two_moons.pair(degrees=35, seed=seed)
        settings = OF_MOONS | {"epochs": 400, "batch_size": len(pair.source), "seed": seed}
        for steps, of_seeds in scores.items():
            align = alignment.DomainAdversary(steps=steps)
            run = training.fit(model, pair, align=align, **settings)
            sides = pair.source, pair.target
            embedded = *map(run.embed, sides), *(side.speakers for side in sides)
            found = [probes.language_accuracy(*embedded, c) for c in (probes.LINEAR, probes.MLP)]
            uar = metrics.uar(pair.evaluation.labels, run.predict(pair.evaluation))
            of_seeds.append([*found, uar])
    more = np.subtract(scores[5], scores[1])
    mean, error = more.mean(axis=0), more.std(axis=0, ddof=1) / np.sqrt(len(more))
    assert (mean[:2] < -0.01).all(), mean
    assert mean[2] > -2 * error[2], (mean, error)


def test_balanced_batches_hold_as_many_of_each_language_and_weigh_classes_as_they_are_drawn(
    toy_pair,
):
    pair = toy_pair(languages=("en", "it", "de"))
    # Of Italian, a third of the utterances, and of those of class 1 only two.
    italian = np.flatnonzero(pair.source.languages == "it")
    of_one = italian[pair.source.labels[italian] == 1]
    left_out = np.union1d(italian[::3], of_one[2:])
    pair = replace(pair, source=pair.source.take(~np.isin(np.arange(len(pair.source)), left_out)))
    batches = []

    class Watch(alignment.Penalty):
        def forward(self, embedding, n_source, progress, languages):
            batches.append(torch.bincount(languages, minlength=2).tolist())
            return alignment.Term(0 * embedding.sum(), {})

    model = models.mlp(pair, widths=(4,))
    how = {"align": Watch(), "held_out": 0, "batch_size": 15, "epochs": 3, "progress": False}
    training.fit(model, pair, balance_languages=True, **how)
    assert all(batch == [8, 7] for batch in batches)
    balanced, batches[:] = len(batches), []
    training.fit(model, pair, **how)
    assert len(batches) == balanced
    assert any(batch != [8, 7] for batch in batches)

    source, is_italian = pair.source, pair.source.languages == "it"
    shares = np.mean([source.labels[is_italian].mean(), source.labels[~is_italian].mean()])
    loop = training._Loop(model, None, source, None, 15, True, 0, "cpu")
    assert loop.class_weights.tolist() == pytest.approx([0.5 / (1 - shares), 0.5 / shares])
    loop = training._Loop(model, None, source, None, 15, False, 0, "cpu")
    share = source.labels.mean()
    assert loop.class_weights.tolist() == pytest.approx([0.5 / (1 - share), 0.5 / share])
