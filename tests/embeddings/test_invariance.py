from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ser_utils import models, training
from ser_utils.embeddings import distances, invariance, probes
from ser_utils.errors import EmbeddingError, NotFiniteError, SerWarning

NAMES = list(invariance.MEASURES)


def about(subject: str) -> list[str]:
    return [name for name, of in invariance.MEASURES.items() if of.subject == subject]


@pytest.fixture
def quick_probes(monkeypatch):
    """Probes of a moment, where it does not matter how good they are."""
    monkeypatch.setattr(probes.MLP, "max_iter", 2)


def test_rows_are_embeddings_and_chance_and_columns_are_measures(toy_pair, quick_probes):
    pair = toy_pair()
    raw = invariance.raw_features(pair)
    table = invariance.table({"raw features": raw, "collapsed": np.zeros_like(raw)}, pair)
    assert list(table.index) == ["raw features", "collapsed", "chance"]
    assert list(table.columns) == NAMES
    assert table.notna().all(axis=None)


def test_each_column_is_its_measure(toy_pair, quick_probes):
    """Of the toy corpora, which are 144 utterances each, of 6 speakers, without sentences."""
    pair = toy_pair()
    source, target = pair.source, pair.evaluation
    got = invariance.measure(invariance.raw_features(pair), pair)
    languages = source.features, target.features, source.speakers, target.speakers
    both = source.features, target.features
    expected = {
        "language_accuracy": probes.language_accuracy(*languages),
        "language_accuracy_mlp": probes.language_accuracy(*languages, probes.MLP),
        "a_distance": probes.a_distance(*languages),
        "mmd2": distances.mmd2(*both),
        "scaled_lisi": distances.scaled_lisi(*both),
        "silhouette_source": distances.silhouette(source.features, source.labels),
        "descriptive_silhouette_target": distances.silhouette(target.features, target.labels),
        "descriptive_knn_uar_target": distances.knn_uar(
            source.features, source.labels, target.features, target.labels
        ),
        "speaker_accuracy_source": probes.speaker_accuracy(source.features, source.speakers),
        "speaker_accuracy_mlp_source": probes.speaker_accuracy(
            source.features, source.speakers, classifier=probes.MLP
        ),
        "speaker_accuracy_target": probes.speaker_accuracy(target.features, target.speakers),
        "speaker_accuracy_mlp_target": probes.speaker_accuracy(
            target.features, target.speakers, classifier=probes.MLP
        ),
    }
    assert got == expected
    assert list(got) == NAMES


def test_what_is_known_of_the_toy_corpora_is_found(toy_pair):
    """Languages 3 deviations apart, emotion in one feature, nothing of the speaker."""
    pair = toy_pair(speakers=5, clip=None)  # a shift, and nothing but it
    raw = invariance.raw_features(pair)
    shift = pair.evaluation.features.mean(axis=0) - pair.source.features.mean(axis=0)
    aligned = raw - np.outer(np.arange(len(raw)) >= len(pair.source), shift)
    embeddings = {"raw": raw, "aligned": aligned, "collapsed": np.zeros_like(raw)}
    table = invariance.table(embeddings, pair)
    away = (table - table.loc["chance"]).abs()
    language = about("language")
    emotion = about("emotion")
    assert (away.loc["aligned", language] < 0.35 * away.loc["raw", language]).all()
    assert (away.loc["collapsed"] < 0.1).all()
    assert table.loc["raw", "language_accuracy"] > 0.9
    assert (table.loc["aligned", emotion] > table.loc["chance", emotion] + 0.03).all()
    assert table.loc["aligned", "descriptive_knn_uar_target"] > 0.75
    assert (away.loc["raw", about("speaker")] < 0.12).all()


def test_chance_is_of_this_pair(toy_pair):
    pair = toy_pair(speakers=6)
    pair = replace(pair, evaluation=pair.evaluation.take(pair.evaluation.speakers != "de-0"))
    chance = invariance.chance(pair)
    assert list(chance) == NAMES
    assert chance["speaker_accuracy_source"] == chance["speaker_accuracy_mlp_source"] == 1 / 6
    assert chance["speaker_accuracy_target"] == chance["speaker_accuracy_mlp_target"] == 1 / 5


def test_names_say_which_measures_take_labels_of_the_target(toy_pair, quick_probes):
    """Without them the others stay the same."""
    pair = toy_pair()
    raw = invariance.raw_features(pair)
    before = pd.Series(invariance.measure(raw, pair))
    labels = np.random.default_rng(0).permutation(pair.evaluation.labels)
    after = pd.Series(
        invariance.measure(raw, replace(pair, evaluation=replace(pair.evaluation, labels=labels)))
    )
    changed = [name for name in NAMES if before[name] != after[name]]
    assert changed == [name for name in NAMES if name.startswith("descriptive")]


def test_trainings_are_embedded_and_their_measures_averaged(toy_pair, quick_probes):
    pair = toy_pair()
    model = models.mlp(pair, widths=(8,))
    runs = [training.fit(model, pair, epochs=1, seed=seed, progress=False) for seed in (0, 1)]
    seeds = [run.embed(pair.source, pair.evaluation) for run in runs]
    assert [embedding.shape for embedding in seeds] == [(288, 8), (288, 8)]
    table = invariance.table({"both": seeds, "first": seeds[0], "second": seeds[1]}, pair)
    np.testing.assert_allclose(table.loc["both"], table.loc[["first", "second"]].mean())


def test_sentences_keep_the_speaker_probe_from_knowing_the_words(toy_pair, quick_probes):
    pair = toy_pair()
    sentence = np.arange(144) % 4
    pair.source.table["sentence"] = sentence
    got = invariance.measure(invariance.raw_features(pair), pair)
    source = pair.source
    assert got["speaker_accuracy_source"] == probes.speaker_accuracy(
        source.features, source.speakers, sentence.astype(str)
    )
    pair.source.table["sentence"] = [None, *sentence[1:]]
    got = invariance.measure(invariance.raw_features(pair), pair)
    assert got["speaker_accuracy_source"] == probes.speaker_accuracy(
        source.features, source.speakers
    )


def test_what_cannot_be_measured_is_nan_and_said(toy_pair, quick_probes):
    pair = toy_pair()
    one = pair.source.take(pair.source.speakers == "en-0")
    pair = replace(pair, source=one)
    with pytest.warns(SerWarning, match="left empty") as warned:
        table = invariance.table({"raw": invariance.raw_features(pair)}, pair)
    missing = table.columns[table.loc["raw"].isna()]
    assert list(missing) == [
        *("language_accuracy", "language_accuracy_mlp", "a_distance"),
        *("speaker_accuracy_source", "speaker_accuracy_mlp_source"),
    ]
    assert [str(warning.message).split()[0] for warning in warned] == list(missing)


def test_a_probe_that_cannot_be_tested_is_nan_and_said():
    rng, two = np.random.default_rng(0), np.repeat(["a", "b"], 10)
    clouds = rng.normal(size=(20, 3)), rng.normal(2, 1, size=(20, 3))
    with pytest.warns(SerWarning, match="^language_accuracy is left empty: .* at least two"):
        assert np.isnan(invariance.language_accuracy(*clouds, two, np.repeat("c", 20)))
    asked = (*clouds, two, np.repeat(["c", "d"], 10))
    assert invariance.language_accuracy(*asked) == probes.language_accuracy(*asked)


def test_fewer_utterances_than_neighbours_leave_out_the_neighbours_only(toy_pair, quick_probes):
    pair = toy_pair()
    few = np.arange(0, 144, 11)
    pair = replace(pair, source=pair.source.take(few), evaluation=pair.evaluation.take(few))
    with pytest.warns(SerWarning):
        got = invariance.measure(invariance.raw_features(pair), pair)
    assert np.isnan([got["scaled_lisi"], got["descriptive_knn_uar_target"]]).all()
    assert np.isfinite([got["mmd2"], got["language_accuracy"], got["silhouette_source"]]).all()


def test_an_embedding_that_is_not_finite_or_of_another_pair_is_refused(toy_pair):
    pair = toy_pair()
    raw = invariance.raw_features(pair)
    broken = raw.copy()
    broken[[7, 9], 1] = np.nan, np.inf
    with pytest.raises(NotFiniteError, match=r"DANN: 2 of 288 embeddings .* first in row 7"):
        invariance.table({"DANN": broken}, pair)
    with pytest.raises(EmbeddingError, match=r"\(144 \+ 144, width\), not \(144, 6\)"):
        invariance.table({"one language": raw[:144]}, pair)
    spectrograms = toy_pair(frames=10)
    with pytest.raises(EmbeddingError, match="Pool spectrograms"):
        invariance.measure(invariance.raw_features(spectrograms), spectrograms)
