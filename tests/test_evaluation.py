import json
import operator
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from ser_utils import alignment, evaluation, metrics, models, training
from ser_utils.errors import NotFiniteError, UnknownNameError


@pytest.fixture
def scored():
    """Labels, two systems' predictions of three runs each, and speakers of unequal size."""
    rng = np.random.default_rng(0)
    speakers = np.repeat(["a", "b", "c", "d", "e"], [10, 14, 20, 8, 30])
    labels = rng.integers(0, 2, len(speakers))
    before, after = (
        np.where(rng.random((3, len(labels))) < share, labels, 1 - labels) for share in (0.6, 0.7)
    )
    return labels, before, after, speakers


def longhand_uar(labels, predictions):
    return np.mean([(predictions[labels == c] == c).mean() for c in (0, 1)])


def test_uar_longhand_and_for_a_dummy():
    labels = np.array([0] * 90 + [1] * 10)
    predictions = np.array([0] * 80 + [1] * 10 + [1] * 7 + [0] * 3)
    assert metrics.uar(labels, predictions) == pytest.approx((80 / 90 + 7 / 10) / 2)
    assert metrics.uar(labels, np.zeros(100, int)) == 0.5


def test_confusion_rows_are_true_classes_even_if_one_is_never_predicted():
    assert metrics.confusion([0, 0, 0, 1], [0, 0, 0, 0]).tolist() == [[3, 0], [1, 0]]
    assert metrics.confusion([0, 0, 1], [0, 1, 0]).tolist() == [[1, 1], [1, 0]]


def drawn(speakers, weights):
    """Rows of the utterances of each speaker, as often as the speaker is drawn."""
    names = np.repeat(np.unique(speakers), weights)
    return np.concatenate([np.flatnonzero(speakers == name) for name in names])


def test_bootstrap_resamples_whole_speakers_longhand(scored):
    """The same samples as drawing speakers one by one and pooling their utterances."""
    labels, (before, *_), _, speakers = scored
    counts = np.random.default_rng(7).multinomial(5, np.full(5, 1 / 5), size=300)
    rows = [drawn(speakers, weights) for weights in counts]
    samples = [longhand_uar(labels[r], before[r]) for r in rows]
    got = evaluation.bootstrap_uar(labels, before, speakers, replicates=300, seed=7)
    assert got.value == pytest.approx(longhand_uar(labels, before))
    assert (got.low, got.high) == pytest.approx(tuple(np.percentile(samples, [2.5, 97.5])))


def test_bootstrap_of_several_runs_draws_them_too_longhand(scored):
    labels, before, _, speakers = scored
    rng = np.random.default_rng(7)
    of_speakers = rng.multinomial(5, np.full(5, 1 / 5), size=300)
    of_runs = rng.multinomial(3, np.full(3, 1 / 3), size=300)
    samples = []
    for weights, times in zip(of_speakers, of_runs, strict=True):
        rows, runs = drawn(speakers, weights), np.repeat(before, times, axis=0)
        samples.append(np.mean([longhand_uar(labels[rows], run[rows]) for run in runs]))
    got = evaluation.bootstrap_uar(labels, before, speakers, replicates=300, seed=7)
    assert got.value == pytest.approx(np.mean([longhand_uar(labels, run) for run in before]))
    assert (got.low, got.high) == pytest.approx(tuple(np.percentile(samples, [2.5, 97.5])))


def gain_of(labels, before, after, speakers):
    """Difference of two systems on the same draws."""
    of = (evaluation.sampled_uar(labels, each, speakers) for each in (after, before))
    return operator.sub(*of).estimate()


def test_a_gain_that_one_of_three_seeds_brought_is_not_sure(scored):
    """Of that seed alone speakers would say that it is: it gains on each of them."""
    labels, before, _, speakers = scored
    after = np.array([labels, *before[1:]])
    gain = gain_of(labels, before, after, speakers)
    assert gain.value > 0.1
    assert gain.low == 0
    on_one = gain_of(labels, before[0], after[0], speakers)
    assert on_one.low > 0.2


def test_what_a_seed_means_to_both_systems_cancels(scored):
    """One run of each knows nothing, one everything: the same one, or the other one."""
    labels, *_, speakers = scored
    never, always = 1 - labels, labels
    gain = gain_of(labels, [never, always], [never, always], speakers)
    assert (gain.low, gain.high) == (0, 0)
    crossed = gain_of(labels, [never, always], [always, never], speakers)
    assert (crossed.low, crossed.high) == (-1, 1)


def test_gain_is_paired(scored):
    labels, before, after, speakers = scored
    gain = gain_of(labels, before, after, speakers)
    expected = np.mean([longhand_uar(labels, run) for run in after]) - np.mean(
        [longhand_uar(labels, run) for run in before]
    )
    assert gain.value == pytest.approx(expected)
    assert gain.low < gain.value < gain.high
    # Of a system with itself nothing varies, however much its own score does.
    nothing = gain_of(labels, before, before, speakers)
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
    alone = evaluation.bootstrap_uar(labels, before, speakers)
    assert alone.high - alone.low > 0.02


def test_resampling_utterances_promises_more_where_speakers_differ():
    """Half of the speakers are always right, half always wrong."""
    speakers = np.repeat(np.arange(10), 50)
    labels = np.tile([0, 1], 250)
    predictions = np.where(speakers % 2, labels, 1 - labels)
    by_speaker = evaluation.bootstrap_uar(labels, predictions, speakers)
    by_utterance = evaluation.bootstrap_uar(labels, predictions, np.arange(500))
    assert by_speaker.high - by_speaker.low > 3 * (by_utterance.high - by_utterance.low)


def test_samples_that_lack_a_class_are_left_out():
    """Only speaker "c" has class 1: samples without them have no UAR."""
    speakers, labels = np.array(list("aabbcc")), np.array([0, 0, 0, 0, 1, 1])
    predictions = np.array([0, 1, 0, 0, 1, 0])
    got = evaluation.bootstrap_uar(labels, predictions, speakers)
    assert got.value == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert np.isfinite([got.low, got.high]).all()


def test_bootstrap_is_the_same_from_run_to_run(scored):
    labels, before, after, speakers = scored
    first, second = (gain_of(labels, before, after, speakers) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_fewer_than_three_speakers_have_no_interval(scored, n):
    labels, before, after, speakers = scored
    own = np.isin(speakers, np.unique(speakers)[:n])
    labels, before, after, speakers = labels[own], before[:, own], after[:, own], speakers[own]
    score = evaluation.bootstrap_uar(labels, before, speakers)
    gain = gain_of(labels, before, after, speakers)
    assert score.value == pytest.approx(np.mean([longhand_uar(labels, run) for run in before]))
    for estimate in (score, gain):
        bounds = [estimate.low, estimate.high]
        assert np.isfinite(bounds).all() if n > 2 else np.isnan(bounds).all()
        assert estimate.has_interval == (n > 2)
    assert metrics.points(gain.value) == f"{gain:+}".split()[0]
    assert n < 3 or f"{gain:+}".endswith(
        f"[{metrics.points(gain.low)}, {metrics.points(gain.high)}]"
    )
    said = "(no interval: fewer than 3 speakers)"
    assert str(score) == f"{100 * score.value:.1f} {said}" if n < 3 else said not in str(score)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_predictions_that_are_not_finite_are_no_mistakes(scored, broken):
    labels, before, _, speakers = scored
    spoilt = before.astype(float)
    spoilt[1, 7] = broken
    for score in (
        lambda: evaluation.bootstrap_uar(labels, spoilt, speakers),
        lambda: metrics.recognised(labels, spoilt[1], speakers),
        lambda: metrics.uar(labels, spoilt[1]),
        lambda: metrics.confusion(labels, spoilt[1].tolist()),
        lambda: metrics.auc(labels, spoilt[1]),
        lambda: metrics.placed(labels, spoilt[1], speakers),
        lambda: metrics.above_zero(spoilt[1], before[0]),
        lambda: metrics.above_median(before[0], spoilt[1]),
        lambda: metrics.above_em(before[0], spoilt[1]),
    ):
        with pytest.raises(NotFiniteError, match=r"1 of \d+ predictions hold NaN or infinity"):
            score()


@pytest.fixture
def compared(toy_pair):
    pair = toy_pair()
    model = models.mlp(pair, widths=(8,))
    quick = {"epochs": 2, "batch_size": 16, "progress": False}
    one, two = (
        [training.fit(model, pair, seed=s, **quick) for s in seeds] for seeds in ((0, 1), (2, 3))
    )
    return pair, one, two


def test_compare_longhand(compared):
    pair, one, two = compared
    got = evaluation.compare(one, two, pair)
    test = pair.evaluation
    on_target = [
        np.mean([longhand_uar(test.labels, r.predict(test)) for r in runs]) for runs in (one, two)
    ]
    assert got.baseline.value == pytest.approx(on_target[0])
    assert got.gain.value == pytest.approx(on_target[1] - on_target[0])
    aucs = [
        np.mean([roc_auc_score(test.labels, r.probabilities(test)[:, 1]) for r in runs])
        for runs in (one, two)
    ]
    assert (got.baseline_auc, got.dann_auc) == pytest.approx(tuple(aucs))
    assert got.table["AUC target"].tolist() == pytest.approx(
        [50, 100 * aucs[0], 100 * aucs[1], 100 * (aucs[1] - aucs[0])], abs=0.05
    )
    assert got.majority == 0.5
    aside = pair.source.take(np.isin(pair.source.speakers, one[0].held_out))
    assert evaluation.held_out_uar(one[0], pair.source) == pytest.approx(
        longhand_uar(aside.labels, one[0].predict(aside))
    )
    single = evaluation.compare(one[0], two[0], pair)
    assert single.baseline.value == pytest.approx(longhand_uar(test.labels, one[0].predict(test)))


def test_comparison_shows_itself(compared):
    pair, one, two = compared
    got = evaluation.compare(one, two, pair)
    assert got.table.loc["gain", "UAR target"] == pytest.approx(100 * got.gain.value, abs=0.05)
    bundle = got._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "en -> de, arousal" in bundle["text/plain"]
    headline = got.headline()
    assert headline["source"] == "toy-en"
    assert headline["rows"][1]["uar"] == got.dann.value
    assert headline["gain_low"] == got.gain.low


def test_a_comparison_on_two_speakers_says_that_it_has_no_interval(compared):
    pair, one, two = compared
    few = pair.evaluation.take(np.isin(pair.evaluation.speakers, ["de-0", "de-1"]))
    got = evaluation.compare(one, two, replace(pair, evaluation=few))
    bounds = got.table[["95 % low", "95 % high"]]
    assert bounds.isna().all(axis=None)
    assert got.table.loc["gain", "UAR target"] == pytest.approx(100 * got.gain.value, abs=0.05)
    whole = evaluation.compare(one, two, pair)
    for kind, text in got._repr_mimebundle_().items():
        assert "no interval: fewer than 3 speakers" in text
        assert "no interval" not in whole._repr_mimebundle_()[kind]
        assert "nan" not in text.lower()
    headline = json.loads(json.dumps(got.headline(), allow_nan=False))
    assert headline["rows"][1]["uar"] == got.dann.value
    assert headline["rows"][1]["low"] is headline["rows"][1]["high"] is None
    assert headline["gain_low"] is headline["gain_high"] is None


class Coral(alignment.Penalty):
    """A penalty of one's own: none."""

    def forward(self, embedding, n_source, progress, languages=None):
        return alignment.Term(0 * embedding.sum(), {})


@pytest.mark.parametrize(
    ("aligned", "given", "names"),
    [
        ((None, alignment.DomainAdversary()), None, ("baseline", "DANN")),
        ((None, Coral()), None, ("baseline", "Coral")),
        ((alignment.DomainAdversary(), Coral()), None, ("DANN", "Coral")),
        ((None, None), None, ("baseline (first)", "baseline (second)")),
        ((None, Coral()), ("plain", "CORAL"), ("plain", "CORAL")),
    ],
)
def test_systems_are_called_what_they_are(toy_pair, aligned, given, names):
    pair = toy_pair()
    model = models.mlp(pair, widths=(4,))
    quick = {"epochs": 1, "progress": False}
    systems = [training.fit(model, pair, align=align, **quick) for align in aligned]
    options = {"replicates": 10} | ({"names": given} if given else {})
    got = evaluation.compare(*systems, pair, **options)
    assert list(got.table.index) == ["majority dummy", *names, "gain"]
    assert [row["system"] for row in got.headline()["rows"]] == list(names)
    for text in (str(got), got._repr_mimebundle_()["text/html"]):
        assert all(name in text for name in names)
        assert ("DANN" in text) == ("DANN" in names)


def test_headline_names_every_corpus_of_a_domain_as_a_command_joins_them(compared):
    pair, one, two = compared
    datasets = np.resize(["first", "second"], len(pair.source))
    source = replace(pair.source, table=pair.source.table.assign(dataset=datasets))
    headline = evaluation.compare(one, two, replace(pair, source=source)).headline()
    assert (headline["source"], headline["target"]) == ("first+second", "toy-de")


def test_nothing_held_out_is_no_score(toy_pair):
    pair = toy_pair()
    run = training.fit(models.mlp(pair, widths=(4,)), pair, epochs=1, held_out=0, progress=False)
    assert np.isnan(evaluation.held_out_uar(run, pair.source))


def test_comparison_by_target_statistics_says_so_and_is_of_them(compared):
    pair, one, two = compared
    got = evaluation.compare(one, two, pair, statistics="target")
    test = pair.evaluation
    scores = [
        metrics.uar(test.labels, run.with_statistics("target", pair.target).predict(test))
        for run in one
    ]
    assert got.baseline.value == pytest.approx(np.mean(scores))
    assert "target statistics" in str(got)
    assert "target statistics" not in str(evaluation.compare(one, two, pair))


def ranked(seed: int, n: int = 400):
    """Labels, scores with ties, and speakers, some of whom are easier."""
    rng = np.random.default_rng(seed)
    labels, speakers = rng.integers(0, 2, n), rng.integers(0, 20, n)
    easy = np.linspace(0, 2, 20)[speakers]
    return labels, (labels * easy + rng.normal(size=n)).round(1), speakers.astype(str)


def test_auc_is_made_of_what_each_speaker_adds():
    labels, scores, speakers = ranked(0)
    expected = roc_auc_score(labels, scores)
    assert metrics.auc(labels, scores) == expected
    sums = np.array(list(metrics.placed(labels, scores, speakers).values()))
    np.testing.assert_allclose(sums.sum(axis=0) / np.bincount(labels), expected)
    # One speaker longhand: what share of the other class each utterance is on the right side of.
    own, other = labels[speakers == "7"], [scores[labels == label] for label in (1, 0)]
    won = [
        np.mean(rest < score) if label else np.mean(rest > score)
        for label, score in zip(own, scores[speakers == "7"], strict=True)
        for rest in [other[label]]
    ]
    ties = [np.mean(other[c] == s) / 2 for c, s in zip(own, scores[speakers == "7"], strict=True)]
    for label in (0, 1):
        expected = sum(np.add(won, ties)[own == label])
        assert metrics.placed(labels, scores, speakers)["7"][label] == pytest.approx(expected)


def test_auc_on_drawn_speakers_is_that_of_their_utterances_but_for_second_order():
    labels, scores, speakers = ranked(1)
    names, _, totals = metrics.counts(labels, labels, speakers)
    sums = np.array([metrics.placed(labels, scores, speakers)[name] for name in names])
    weights = metrics.draws(np.random.default_rng(0), len(names), 200)
    got = metrics.resampled(sums[None], totals[None], weights, "auc")[:, 0]
    of_utterances = weights[:, np.searchsorted(names, speakers)]
    expected = [roc_auc_score(labels, scores, sample_weight=w) for w in of_utterances]
    assert got[0] == pytest.approx(expected[0])
    assert np.corrcoef(got, expected)[0, 1] > 0.98
    assert np.std(got) == pytest.approx(np.std(expected), rel=0.1)


def test_cut_at_the_median_calls_half_of_the_known_ones_high():
    known = np.array([0.9, 0.8, 0.7, 0.95])
    assert metrics.above_median(known, known).tolist() == [1, 0, 0, 1]
    assert metrics.above_median(np.array([0.86, 0.84]), known).tolist() == [1, 0]


def test_em_longhand():
    """Saerens et al. 2002 on probabilities, one utterance and round after the other."""
    learned_from, probabilities = 0.3, [0.9, 0.6, 0.2, 0.1, 0.7]
    share = learned_from
    for _ in range(5000):
        corrected = []
        for p in probabilities:
            of_one, of_zero = share / learned_from * p, (1 - share) / (1 - learned_from) * (1 - p)
            corrected.append(of_one / (of_one + of_zero))
        share = sum(corrected) / len(corrected)
    got = metrics.em_share(logit(probabilities), learned_from)
    assert got == pytest.approx(share, abs=1e-3)
    assert got > learned_from + 0.1


def shifted(share, n=20_000):
    """Labels of which `share` are 1, and their log-odds, calibrated where both are as many."""
    rng = np.random.default_rng(0)
    labels = (rng.random(n) < share).astype(int)
    # Two normal distributions, at -1 and 1: the logarithm of the ratio of their densities is 2 x.
    return labels, 2 * rng.normal(2 * labels - 1)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_em_finds_a_planted_share_by_calibrated_scores(share):
    labels, odds = shifted(share)
    assert metrics.em_share(odds) == pytest.approx(share, abs=0.02)
    cut, at_zero = metrics.above_em(odds, odds), metrics.above_zero(odds, odds)
    assert (cut == labels).mean() >= (at_zero == labels).mean()
    if share != 0.5:  # what is best for accuracy is not so for UAR
        assert metrics.uar(labels, cut) < metrics.uar(labels, at_zero) - 0.03


def test_em_fails_where_scores_are_not_calibrated():
    """A shift of all scores, as another language brings, passes for a share that is not there."""
    labels, odds = shifted(0.5)
    far = odds + 2.0
    assert metrics.em_share(far) > 0.7
    uars = {name: metrics.uar(labels, cut(far, far)) for name, cut in metrics.THRESHOLDS.items()}
    assert uars["em"] < uars["zero"] - 0.05 < uars["median"] - 0.1


@pytest.mark.parametrize("threshold", ["median", "em"])
def test_compare_cuts_where_it_is_told_by_the_scores_adapted_to(compared, threshold):
    pair, one, two = compared
    few = replace(pair, evaluation=pair.evaluation.take(np.arange(0, len(pair.evaluation), 3)))
    got = evaluation.compare(one, two, few, threshold=threshold)
    odds = [(run.log_odds(few.evaluation), run.log_odds(few.target)) for run in one]
    cuts = {"median": np.median, "em": lambda of: -logit(metrics.em_share(of))}
    expected = [
        longhand_uar(few.evaluation.labels, (own > cuts[threshold](of)).astype(int))
        for own, of in odds
    ]
    assert got.baseline.value == pytest.approx(np.mean(expected))
    assert f"cut by {threshold}" in got.caption
    with pytest.raises(UnknownNameError, match="unknown threshold 'mean'"):
        evaluation.compare(one, two, few, threshold="mean")
