import itertools

import hand_made_rows
import numpy as np
import pytest
from hand_made_rows import SPEAKERS, at, longhand, made

from ser_utils import evaluation, metrics
from ser_utils.errors import ResultsError, UnknownNameError
from ser_utils.experiments import resampling
from ser_utils.experiments.result_rows import Rows


@pytest.fixture
def grid() -> Rows:
    return hand_made_rows.grid()


@pytest.mark.parametrize("measure", ["uar", "accuracy", "auc"])
def test_score_is_the_mean_over_pairs_and_seeds(grid, measure):
    got = resampling.Resampling(grid, replicates=3)
    settings = {"method": "dann", "task": "arousal", "batch_norm": "source"}
    expected = longhand(grid, measure, **settings)
    assert len(expected) == 12
    assert got.score(**settings, measure=measure).value == pytest.approx(np.mean(expected))
    of_pair = settings | {"source": "it", "target": "en"}
    expected = np.mean(longhand(grid, measure, **of_pair))
    assert got.score(**of_pair, measure=measure).value == pytest.approx(expected)


def test_samples_repeat_the_speakers_seeds_and_pairs_that_were_drawn(grid):
    """Every sample again, by pooling the utterances of each speaker as often as drawn."""
    replicates = 15
    got = resampling.Resampling(grid, replicates, seed=5, over=("speakers", "seeds", "pairs"))
    # Speakers of each target, seeds, pairs: the draws in the order of their names.
    rng = np.random.default_rng(5)
    pairs = [("de", "en"), ("en", "de"), ("it", "de"), ("it", "en")]
    drawn = {
        name: rng.multinomial(len(of), np.full(len(of), 1 / len(of)), size=replicates)
        for name, of in (
            *(("de", SPEAKERS["de"]), ("en", SPEAKERS["en"])),
            *(("seeds", range(3)), ("pairs", pairs)),
        )
    }
    settings = {"method": "dann", "task": "valence", "batch_norm": "none"}
    for sample, value in enumerate(got.score(**settings).samples):
        of_pairs = []
        for source, target in np.repeat(pairs, drawn["pairs"][sample], axis=0):
            speakers = list(np.repeat(SPEAKERS[target], drawn[target][sample]))
            scores = longhand(grid, "uar", speakers, source=source, target=target, **settings)
            of_pairs.append(np.mean(np.repeat(scores, drawn["seeds"][sample])))
        assert value == pytest.approx(np.mean(of_pairs))


def test_with_a_target_come_all_pairs_that_have_it(grid):
    replicates = 15
    got = resampling.Resampling(grid, replicates, seed=5, over=("targets",))
    rng = np.random.default_rng(5)
    for n in (len(SPEAKERS["de"]), len(SPEAKERS["en"]), 3, 4):  # speakers, seeds and pairs
        rng.multinomial(n, np.full(n, 1 / n), size=replicates)
    drawn = rng.multinomial(2, [0.5, 0.5], size=replicates)
    settings = {"method": "dann", "task": "valence", "batch_norm": "none"}
    by_target = [np.mean(longhand(grid, "uar", target=t, **settings)) for t in ("de", "en")]
    expected = [np.mean(np.repeat(by_target, of)) for of in drawn]
    np.testing.assert_allclose(got.score(**settings).samples, expected)
    assert len(set(expected)) == 3


def test_one_pair_and_seed_is_the_bootstrap_of_evaluation():
    rng = np.random.default_rng(3)
    speakers = np.repeat(SPEAKERS["de"], 25)
    labels = rng.integers(0, 2, 100)
    systems = {m: np.where(rng.random(100) < 0.7, labels, 1 - labels) for m in ("baseline", "dann")}
    rows = made(
        [
            ({"method": m}, metrics.recognised(labels, predictions, speakers))
            for m, predictions in systems.items()
        ]
    )
    scores = resampling.Resampling(rows, seed=8)
    gain = scores.score("dann", "arousal") - scores.score("baseline", "arousal")
    before, after = (
        evaluation.sampled_uar(labels, predictions, speakers, seed=8)
        for predictions in systems.values()
    )
    assert gain.estimate() == (after - before).estimate()


@pytest.mark.parametrize(
    "over", [*[(f,) for f in resampling.FACTORS], resampling.FACTORS, ("pairs", "speakers")]
)
def test_gain_of_a_system_over_itself_is_nothing(grid, over):
    of_dann = grid.take(np.flatnonzero(grid.table["method"] == "dann"))
    rows = Rows.joined([grid, of_dann._replace(table=of_dann.table.assign(method="copy"))])
    scores = resampling.Resampling(rows, over=over)
    dann, copy = (scores.score(method, "arousal") for method in ("dann", "copy"))
    assert dann.estimate().low < dann.estimate().high
    assert (dann - copy).estimate() == metrics.Estimate(0, 0, 0)


def test_shared_draws_make_a_difference_certain():
    """Speakers differ much from each other, and gain the same."""
    recalls = np.linspace(0.2, 0.8, 8)
    rows = made(
        [
            ({"method": method}, {f"de-{i}": at(r + gain)["de-1"] for i, r in enumerate(recalls)})
            for method, gain in (("baseline", 0.0), ("dann", 0.05))
        ]
    )
    one, other = (resampling.Resampling(rows, seed=seed) for seed in (0, 1))
    paired = (one.score("dann", "arousal") - one.score("baseline", "arousal")).estimate()
    unpaired = (one.score("dann", "arousal") - other.score("baseline", "arousal")).estimate()
    assert (paired.value, paired.low, paired.high) == pytest.approx((0.05, 0.05, 0.05))
    assert unpaired.value == pytest.approx(0.05)
    assert unpaired.low < 0 < 0.1 < unpaired.high


def test_only_what_is_asked_for_is_resampled():
    """One factor varies: resampling the others leaves the score as it is."""
    by_seed = made([({"seed": seed}, at(0.5 + seed / 10)) for seed in range(3)])
    targets = {"de": 0.5, "en": 0.9}
    by_pair = made(
        [({"source": "it", "target": t}, at(uar, *SPEAKERS[t][:3])) for t, uar in targets.items()]
    )
    for rows, factor in ((by_seed, "seeds"), (by_pair, "pairs")):
        others = [name for name in resampling.FACTORS if name != factor]
        still = resampling.Resampling(rows, over=others).score("baseline", "arousal")
        np.testing.assert_allclose(still.samples, still.value)
        moving = resampling.Resampling(rows, over=(factor,)).score("baseline", "arousal")
        expected = rows.table["uar_target"].std(ddof=0) / len(rows.table) ** 0.5
        assert moving.samples.std() == pytest.approx(expected, rel=0.1)


def test_what_else_is_resampled_leaves_the_draws_as_they_are(grid):
    pair = {"method": "dann", "task": "arousal", "source": "it", "target": "de"}
    narrow, wide = (
        resampling.Resampling(grid, over=over).score(**pair)
        for over in (("speakers", "seeds"), ("speakers", "seeds", "pairs"))
    )
    drawn = np.isfinite(wide.samples)
    assert 0.5 < drawn.mean() < 1  # the pair is in most samples of four pairs
    np.testing.assert_allclose(wide.samples[drawn], narrow.samples[drawn])


def test_samples_without_a_class_are_not_counted():
    """Only the second speaker has class 1."""
    rows = made([({}, {"de-1": (3, 4, 0, 0), "de-2": (2, 4, 1, 2), "de-3": (0, 4, 0, 0)})])
    got = resampling.Resampling(rows).score("baseline", "arousal")
    assert got.value == pytest.approx((5 / 12 + 1 / 2) / 2)
    assert 0.25 < np.isnan(got.samples).mean() < 0.35  # (2 / 3)^3 draw the other two only
    hits = np.array([3, 2, 0])
    possible = {
        round((hits[list(drawn)].sum() / 12 + 1 / 2) / 2, 6)
        for drawn in itertools.product(range(3), repeat=3)
        if 1 in drawn
    }
    assert set(np.round(got.samples[np.isfinite(got.samples)], 6)) == possible
    assert np.isfinite([got.estimate().low, got.estimate().high]).all()


def test_inductive_seeds_count_where_their_speakers_are_drawn():
    rows = made(
        [
            ({"protocol": "inductive", "seed": seed}, at(uar, f"de-{seed}"))
            for seed, uar in enumerate((0.6, 0.7, 0.8))
        ]
    )
    got = resampling.Resampling(rows, over=("speakers",))
    score = got.score("baseline", "arousal", protocol="inductive")
    assert score.value == pytest.approx(0.7)
    # All three speakers, or two, or one of them only.
    assert set(np.round(score.samples, 6)) == {0.6, 0.65, 0.7, 0.75, 0.8}


# Few speakers -----------------------------------------------------------------------------------


@pytest.fixture
def few() -> Rows:
    """Two sources, and targets of three speakers ("de") and of two ("en"); two seeds."""
    cells = itertools.product(["fr", "it"], ["de", "en"], ["baseline", "dann"], range(2))
    trainings = []
    for i, (source, target, method, seed) in enumerate(cells):
        names = {"de": SPEAKERS["de"][:3], "en": SPEAKERS["en"][:2]}[target]
        counts = {name: (50 + i + 5 * n, 100) * 2 for n, name in enumerate(names)}
        key = {"source": source, "target": target, "method": method, "seed": seed}
        trainings.append((key, counts))
    return made(trainings)


@pytest.mark.parametrize("over", [("speakers",), ("speakers", "seeds")])
@pytest.mark.parametrize(
    ("where", "has"), [({"target": "de"}, True), ({"target": "en"}, False), ({}, False)]
)
def test_a_pair_with_too_few_speakers_and_a_mean_with_it_have_no_interval(few, over, where, has):
    scores = resampling.Resampling(few, over=over)
    score = scores.score("dann", "arousal", **where)
    gain = score - scores.score("baseline", "arousal", **where)
    expected = np.mean(longhand(few, "uar", method="dann", **where))
    assert score.estimate().value == pytest.approx(expected)
    assert score.estimate().has_interval == gain.estimate().has_interval == has


def test_drawn_pairs_bring_the_speakers_of_their_targets(few):
    scores = resampling.Resampling(few, over=resampling.FACTORS)
    assert scores.score("dann", "arousal").estimate().has_interval
    assert not scores.score("dann", "arousal", target="en").estimate().has_interval


def test_seeds_and_pairs_alone_do_not_ask_for_speakers(few):
    for over in (("seeds",), ("pairs",), ("seeds", "pairs")):
        got = resampling.Resampling(few, over=over).score("dann", "arousal", target="en")
        assert got.estimate().has_interval


def test_speakers_are_counted_where_they_are_evaluated():
    """Four speakers in all; but the only seed of the inductive protocol has two of them."""
    inductive = {"protocol": "inductive"}
    rows = made([({}, at(0.6, *SPEAKERS["de"])), (inductive, at(0.6, *SPEAKERS["de"][:2]))])
    scores = resampling.Resampling(rows)
    assert scores.score("baseline", "arousal").estimate().has_interval
    assert not scores.score("baseline", "arousal", **inductive).estimate().has_interval


def test_names_and_combinations_that_are_not_there(grid):
    scores = resampling.Resampling(grid, replicates=2)
    with pytest.raises(UnknownNameError, match="unknown method 'dan'; did you mean 'dann'"):
        scores.score("dan", "arousal")
    with pytest.raises(UnknownNameError, match="unknown measure 'war'"):
        scores.score("dann", "arousal", measure="war")
    with pytest.raises(UnknownNameError, match=r"unknown target 'it'.*Known: de, en"):
        scores.score("dann", "arousal", target="it")
    with pytest.raises(UnknownNameError, match="unknown factor to resample 'speaker'"):
        resampling.Resampling(grid, over=("speaker",))
    with pytest.raises(ResultsError, match=r"no training in the file has .*source=en, target=en"):
        scores.score("dann", "arousal", source="en", target="en")


def test_measures_are_resampled_over_pairs_and_seeds_longhand():
    values = np.array([[1.0, 2.0], [4.0, 8.0], [0.0, 5.0]])
    got = resampling.over_pairs_and_seeds(values, replicates=2000)
    assert got.value == pytest.approx(values.mean())
    possible = {
        round(values[np.ix_(pairs, seeds)].mean(), 6)
        for pairs in itertools.product(range(3), repeat=3)
        for seeds in itertools.product(range(2), repeat=2)
    }
    assert set(np.round(got.samples, 6)) == possible
    assert got.samples.mean() == pytest.approx(values.mean(), abs=0.1)
