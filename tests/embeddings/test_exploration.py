import io
import re
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from ser_utils import figures, labels, models, training
from ser_utils.embeddings import exploration
from ser_utils.errors import AudioError, UnknownNameError


def texts(html: str) -> list[str]:
    return [text for text in re.split(r"<[^>]*>", html) if text]


def test_rows_are_those_of_the_source_then_of_the_target(found):
    pair, table = found.pair, found.table
    n = len(pair.source)
    assert table["path"].tolist() == [
        *pair.source.table["path"],
        *pair.evaluation.table["path"],
    ]
    assert found.is_target.tolist() == [False] * n + [True] * len(pair.evaluation)
    classes = np.concatenate([pair.source.labels, pair.evaluation.labels])
    assert table["true"].tolist() == [["low", "high"][c] for c in classes]


def test_embeddings_and_predictions_are_those_of_the_systems(found):
    for system in found.systems.values():
        expected = system.trained.embed(found.pair.evaluation)
        assert np.array_equal(system.embedding[found.is_target], expected)
        expected = system.trained.probabilities(found.pair.source)
        assert np.array_equal(system.probabilities[~found.is_target], expected)
    classes = found.systems["DANN"].probabilities.argmax(axis=1)
    assert found.predicted("DANN").tolist() == [["low", "high"][c] for c in classes]


def test_embeddings_are_watched_while_a_training_goes_on(found):
    snapshots = {}
    trained = training.fit(
        models.mlp(found.pair),
        found.pair,
        epochs=3,
        on_epoch=lambda e, model: snapshots.update({e: exploration.embed(model, found.pair)}),
        progress=False,
    )
    assert list(snapshots) == [1, 2, 3]
    n = len(found.pair.source)
    assert np.array_equal(snapshots[3][:n], trained.embed(found.pair.source))
    assert not np.array_equal(snapshots[1], snapshots[3])


def test_every_row_has_the_colour_of_its_group(found):
    for by in exploration.COLOURINGS:
        group, colours = exploration.groups(found, by, "baseline")
        assert len(group) == len(found.table)
        assert set(group) <= set(colours)
        assert len(set(colours.values())) == len(colours)


def test_groups_say_what_they_name(found):
    language, colours = exploration.groups(found, "language")
    assert set(language[found.is_target]) == {"German"}
    assert list(colours.items()) == list(
        zip(["English", "German"], figures.DOMAIN_COLOURS, strict=True)
    )
    emotion, colours = exploration.groups(found, "emotion")
    assert emotion.tolist() == found.table["emotion"].tolist()
    assert colours["anger"] == figures.EMOTION_COLOURS["anger"]
    correctness, _ = exploration.groups(found, "correctness", "DANN")
    right = found.predicted("DANN") == found.table["true"]
    assert correctness.tolist() == ["right" if yes else "wrong" for yes in right]
    with pytest.raises(UnknownNameError, match="colouring 'age'"):
        exploration.groups(found, "age")


def test_an_utterance_that_has_ratings_only_is_in_a_group_of_its_own(found):
    found.pair.source.table.loc[0, "emotion"] = labels.NO_EMOTION
    systems = {name: system.trained for name, system in found.systems.items()}
    rated = exploration.explore(found.pair, systems)
    emotion, colours = exploration.groups(rated, "emotion")
    assert emotion[0] == figures.UNKNOWN
    assert colours[figures.UNKNOWN] == figures.EMOTION_COLOURS[figures.UNKNOWN]
    assert emotion[1:].tolist() == found.table["emotion"][1:].tolist()


def test_domains_of_one_language_are_told_apart(found):
    target = found.pair.evaluation
    alike = replace(found.pair, evaluation=replace(target, language="en"))
    assert replace(found, pair=alike).domain_names == ("source", "target")


def test_an_utterance_is_described_with_what_each_system_makes_of_it(found):
    row = len(found.pair.source)
    utterance = found.table.iloc[row]
    shown = texts(exploration.described(found, row))
    facts = dict(zip(shown[::2], shown[1::2], strict=True))
    assert facts["target"] == "German, " + utterance["dataset"]
    assert facts["speaker"].startswith(utterance["speaker"])
    assert facts["emotion"].endswith(utterance["emotion"])
    assert facts["arousal"] == utterance["true"]
    for name, system in found.systems.items():
        p = system.probabilities[row]
        mark = "✓" if found.predicted(name)[row] == utterance["true"] else "✗"
        assert facts[name] == f"{found.predicted(name)[row]}, {100 * p.max():.0f} % {mark}"


def test_what_a_table_says_cannot_be_markup(found):
    found.table.loc[0, "speaker"] = "<script>alert(1)</script>"
    assert "<script>" not in exploration.described(found, 0)


def test_a_prediction_without_a_known_class_is_neither_right_nor_wrong(found):
    assert exploration.verdict(found, np.array([0.254, 0.746])) == "high, 75 %"


def test_the_nearest_point_is_found_within_reach():
    pixels = np.array([[10.0, 10.0], [50.0, 10.0], [52.0, 12.0]])
    assert exploration.nearest_point(pixels, 12, 11) == 0
    assert exploration.nearest_point(pixels, 53, 12) == 2
    assert exploration.nearest_point(pixels, 200, 10) is None


def test_the_nearest_rows_are_those_of_the_embedding(found):
    system = found.systems["baseline"]
    distance = np.linalg.norm(system.embedding - system.embedding[4], axis=1)
    rows = exploration.nearest_rows(system, system.embedding[4], 5)
    assert rows[0] == 4
    assert distance[rows].tolist() == sorted(distance)[:5]


def test_an_utterance_is_heard_as_it_was_recorded(found):
    samples = exploration.samples_of(found, 3)
    sound, rate = soundfile.read(io.BytesIO(exploration.as_wav(samples)))
    assert rate == 16_000
    assert np.abs(sound - samples).max() < 1 / 2**15
    assert exploration.title(found, 3) == f"English, {found.table['emotion'].iloc[3]}"


def test_a_recording_that_has_vanished_since_is_named(found, tmp_path):
    found.table.loc[3, "path"] = str(tmp_path / "gone.wav")
    with pytest.raises(AudioError, match=r"gone\.wav: cannot be read"):
        exploration.samples_of(found, 3)
