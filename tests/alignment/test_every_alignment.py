"""What holds for each of them: those that the package lists, and so one that is added."""

import numpy as np
import pytest
from scipy.stats import entropy

from ser_utils import alignment, models, training
from ser_utils import batch_norm as bn
from ser_utils.embeddings.distances import mmd2
from ser_utils.experiments import systems

BASES = ("Opponent", "Penalty", "Term")
EVERY = [name for name in alignment.__all__ if name not in BASES]
SYSTEMS = [name for name, system in systems.SYSTEMS.items() if system.align]
QUICK = {"epochs": 2, "batch_size": 16, "progress": False}


def test_each_is_a_system_with_a_title_and_a_colour_of_its_own():
    made = {type(systems.find(name).align()).__name__ for name in SYSTEMS}
    assert made == set(EVERY)
    listed = list(systems.SYSTEMS.values())
    assert len({system.title for system in listed}) == len(listed)
    assert len({system.colour for system in listed}) == len(listed)


@pytest.mark.parametrize("batch_norm", bn.NAMES)
@pytest.mark.parametrize("name", SYSTEMS)
def test_trains_in_every_batch_norm_and_again_the_same(toy_pair, name, batch_norm):
    pair = toy_pair(speakers=2)
    system = systems.find(name)
    model = models.mlp(pair, batch_norm=batch_norm, widths=(8, 4), **system.model)
    one, two = (
        training.fit(model, pair, align=system.align(), held_out=0, **QUICK) for _ in range(2)
    )
    assert np.array_equal(one.log_odds(pair.target), two.log_odds(pair.target))
    assert np.isfinite(one.history.to_numpy()).all()


@pytest.mark.parametrize("name", SYSTEMS)
def test_trains_on_spectrograms_of_several_languages_and_is_saved(toy_pair, name, tmp_path):
    pair = toy_pair(speakers=2, frames=12, languages=("en", "it", "de"))
    model = models.cnn(pair, batch_norm="joint", channels=(2, 2), width=4)
    align = systems.find(name).align()
    run = training.fit(model, pair, align=align, **QUICK | {"held_out": 0.5})
    run.save(tmp_path / "run.safetensors")
    loaded = training.load(tmp_path / "run.safetensors")
    assert np.array_equal(run.log_odds(pair.target), loaded.log_odds(pair.target))
    assert loaded.settings["align"].startswith(type(align).__name__)


@pytest.mark.parametrize("name", SYSTEMS)
def test_one_that_was_trained_is_as_good_a_template_as_a_new_one(toy_pair, name):
    pair, align = toy_pair(speakers=2), systems.find(name).align()
    model = models.mlp(pair, widths=(8, 4))
    align.prepare(4, pair.source)  # as it is after the training, but for the numbers
    trained = training.fit(model, pair, align=align, held_out=0, **QUICK)
    again = training.fit(model, pair, align=trained.align, held_out=0, **QUICK)
    assert np.array_equal(again.log_odds(pair.target), trained.log_odds(pair.target))


@pytest.mark.parametrize("name", ["DomainAdversary", "ConditionalAdversary", "DomainConfusion"])
@pytest.mark.parametrize("steps", [1, 2])
def test_classifiers_name_each_language_if_asked(toy_pair, name, steps):
    pair = toy_pair(speakers=3, languages=("en", "it", "de"))
    align = getattr(alignment, name)(steps=steps, domains=3)
    run = training.fit(models.mlp(pair, widths=(8, 4)), pair, align=align, **QUICK)
    assert run.align.classifier[-1].out_features == 3
    assert run.history["domain_loss_at_chance"].notna().all()


def cloud_distance(run, pair):
    return mmd2(run.embed(pair.source), run.embed(pair.target))


def covariance_distance(run, pair):
    covariances = [np.cov(run.embed(side), rowvar=False) for side in (pair.source, pair.target)]
    return np.linalg.norm(covariances[0] - covariances[1])


def doubt(run, pair):
    return entropy(run.probabilities(pair.target), axis=1).mean()


@pytest.mark.parametrize("name", [name for name in EVERY if name != "NoAlignment"])
def test_what_each_is_for_becomes_less_than_without_it(toy_pair, name):
    """Of two languages that a shift tells apart; and the emotion is still learned."""
    pair = toy_pair(speakers=4)
    model = models.mlp(pair, batch_norm="none", widths=(16,), dropout=0.0, embedding="tanh")
    settings = QUICK | {"epochs": 20, "learning_rate": 0.005}
    options = {"loss_weight": 5.0} if name == "MinimumClassConfusion" else {}
    align = getattr(alignment, name)(**options)
    plain, run = (
        training.fit(model, pair, align=each, **settings)
        for each in (alignment.NoAlignment(), align)
    )
    measure = {"Coral": covariance_distance, "MinimumClassConfusion": doubt}
    measure = measure.get(name, cloud_distance)
    assert measure(run, pair) < 0.7 * measure(plain, pair)
    assert run.history["uar_held_out"].iloc[-1] > 0.7


@pytest.mark.parametrize("batch_norm", ["target", "joint", "separate", "domain"])
def test_no_alignment_is_the_baseline_where_target_rows_pass_in_any_case(toy_pair, batch_norm):
    pair = toy_pair(speakers=3)
    model = models.mlp(pair, batch_norm=batch_norm, widths=(8, 4))
    baseline, none = (
        training.fit(model, pair, align=align, **QUICK) for align in (None, alignment.NoAlignment())
    )
    assert np.array_equal(baseline.log_odds(pair.target), none.log_odds(pair.target))
