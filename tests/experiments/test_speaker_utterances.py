import itertools
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from ser_utils import domains, metrics, models, training
from ser_utils.experiments import resampling, scoring
from ser_utils.experiments import speaker_utterances as experiment
from ser_utils.experiments.grid import Grid
from ser_utils.experiments.speaker_utterances import ALL, ANY, ONE_CLASS, by_others

GRID = Grid(
    ("toy-en", "toy-de"),
    normalise=("source", "dataset", "speaker"),
    methods=("baseline",),
    seeds=2,
)


@pytest.fixture
def whole(toy_pair):
    """Eight utterances of each of two speakers."""
    of = toy_pair(speakers=2).evaluation
    return of.take(np.concatenate([np.arange(8), 24 + np.arange(8)]))


def known_by(whole, scaled, row, count):
    """Sets of so many utterances by whose mean and deviation a row was standardised."""
    x = whole.features.astype(float)
    own = np.flatnonzero(whole.speakers == whole.speakers[row])
    fits = []
    for some in itertools.combinations(own, count):
        reference = x[list(some)]
        expected = (x[row] - reference.mean(axis=0)) / reference.std(axis=0).clip(1e-9)
        if np.allclose(scaled.features[row], expected, rtol=1e-3, atol=1e-3):
            fits.append(set(some))
    return fits


@pytest.mark.parametrize(("count", "size"), [(2, 2), (4, 4), (ALL, 6), (32, 6)])
def test_each_utterance_is_standardised_by_others_of_its_speaker(whole, count, size):
    scaled = by_others(whole, count, 0, None)
    for row in range(len(whole)):
        (drawn,) = known_by(whole, scaled, row, size)
        assert row not in drawn
    assert np.array_equal(scaled.labels, whole.labels)
    assert not np.array_equal(scaled.features, by_others(whole, count, 1, None).features)


@pytest.mark.parametrize("label", [0, 1])
def test_those_of_one_class_are_known_by_that_class(whole, label):
    scaled = by_others(whole, 2, 0, None, whole.labels == label)
    for row in range(len(whole)):
        (drawn,) = known_by(whole, scaled, row, 2)
        assert set(whole.labels[list(drawn)]) == {label}


def test_more_utterances_are_drawn_to_the_ones_before(whole):
    fewer, more = (by_others(whole, count, 0, None) for count in (2, 4))
    for row in range(len(whole)):
        (two,), (four,) = known_by(whole, fewer, row, 2), known_by(whole, more, row, 4)
        assert two < four


def test_who_has_no_other_utterance_is_standardised_by_their_own(whole):
    alone = whole.take(np.array([0, 8, 9, 10, 11]))
    scaled = by_others(alone, 2, 0, None)
    assert np.array_equal(scaled.features[0], np.zeros(6))
    assert np.isfinite(scaled.features).all()


def test_labels_count_only_where_the_name_says_so(whole):
    swapped = replace(whole, labels=1 - whole.labels)
    of = [by_others(labels, 4, 0, 3.0).features for labels in (whole, swapped)]
    assert np.array_equal(*of)
    assert np.abs(of[0]).max() <= 3


def test_rows_share_trainings_and_scores_are_of_all_utterances_longhand(toys, monkeypatch):
    monkeypatch.setattr(training, "fit", partial(training.fit, epochs=2))
    monkeypatch.setitem(scoring.MODELS, "egemaps", partial(models.mlp, widths=(8,)))
    by_training = {}
    for row in experiment.rows(GRID):
        by_training.setdefault(experiment.training_of(row), []).append(row)
    # By pair, task and seed: one for source and dataset, one by speaker.
    assert len(by_training) == 2 * 2 * 2 * 2
    of_speaker, shared = list(by_training.values())[-1], next(iter(by_training.values()))
    assert [row.normalise for row in shared] == ["source", "dataset"]
    draws = {(row.utterances, row.drawn) for row in of_speaker}
    assert draws == set(itertools.product(experiment.COUNTS, (ANY, ONE_CLASS)))

    for rows in (shared, of_speaker):
        row = rows[0]
        corpora = toys[row.source], toys[row.target]
        scores = dict(zip(rows, experiment.score(rows, *corpora), strict=True))
        how = {"task": row.task, "progress": False}
        for row, (score,) in scores.items():
            pair = domains.pair(*corpora, normalise=row.normalise, **how)
            model = scoring.MODELS["egemaps"](pair, batch_norm="source")
            run = training.fit(model, pair, seed=row.seed, progress=False)
            raw = replace(domains.domain(toys[row.target], row.task), role="target")
            few = partial(by_others, raw, row.utterances, row.seed, pair.clip)
            if row.normalise != "speaker":
                tested = [pair.evaluation]
            elif row.drawn == ANY:
                tested = [few()]
            else:
                tested = [few(raw.labels == 0), few(raw.labels == 1)]
            expected = [metrics.uar(raw.labels, run.predict(each)) for each in tested]
            assert score == pytest.approx(np.mean(expected))


def test_normalised_by_dataset_a_source_of_several_corpora_has_trainings_of_its_own():
    names = ("toy-en", "toy-en+toy-us", "toy-en+toy-it")
    pairs = [(name, "toy-de") for name in names]
    trainings = set(map(experiment.training_of, experiment.rows(replace(GRID, pairs=tuple(pairs)))))
    told = {(key.source, key.normalise) for key in trainings}
    assert told == set(itertools.product(names, GRID.normalise)) - {("toy-en", "dataset")}


def test_means_longhand(toys):
    rows = experiment.rows(GRID)
    scores = np.random.default_rng(0).uniform(0.4, 0.9, len(rows))
    trainings = pd.DataFrame(rows).assign(uar_target=scores)
    table = experiment.means(trainings)
    assert set(table["task"]) == {"arousal", "valence", "mean"}
    for line in table.itertuples():
        tasks = ["arousal", "valence"] if line.task == "mean" else [line.task]
        of = trainings[trainings["task"].isin(tasks)]

        def values(normalise, utterances, drawn, of=of):
            wanted = (of["normalise"] == normalise) & (of["utterances"] == utterances)
            own = of[wanted & (of["drawn"] == drawn)]
            return own.groupby(["source", "seed"])["uar_target"].mean().unstack("seed")

        own = values(line.normalise, line.utterances, line.drawn)
        assert line.oracle_uar == pytest.approx(own.to_numpy().mean(), abs=1e-4)
        gains = own - values("dataset", ALL, ANY)
        # Pairs in the order of `means`.
        names = [
            f"{source} {'toy-de' if source == 'toy-en' else 'toy-en'}" for source in gains.index
        ]
        gains = gains.set_axis(names).sort_index()
        expected = resampling.over_pairs_and_seeds(gains.to_numpy()).estimate()
        found = line.over_dataset, line.over_dataset_low, line.over_dataset_high
        assert found == pytest.approx((expected.value, expected.low, expected.high), abs=1e-4)
        assert line.pairs_behind == (gains.mean(axis=1) < 0).mean()
        over_source = (own - values("source", ALL, ANY)).to_numpy().mean()
        assert line.over_source == pytest.approx(over_source, abs=1e-4)
