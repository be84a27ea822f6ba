"""One fault at a time, in a corpus in which nothing is found without it."""

import numpy as np
import pytest
import soxr
from noise_files import RATE

from ser_utils.datasets import audit
from ser_utils.datasets.audit.finding import ERROR, NOTE, WARNING


def found(given):
    return audit.check(given, progress=False).findings


def happy(change):
    """Change the recordings of one emotion."""

    def changed(recordings):
        return [
            (row, change(samples)) if row["emotion"] == "happiness" else (row, samples)
            for row, samples in recordings
        ]

    return changed


def to_seconds(seconds):
    return lambda samples: np.resize(samples, round(seconds * RATE))


def noisy(samples, decibels=-45):
    return samples + 10 ** (decibels / 20) * np.random.default_rng(len(samples)).normal(
        size=len(samples)
    )


def narrow(samples):
    return soxr.resample(soxr.resample(samples, RATE, 8_000), 8_000, RATE)


def every(change):
    return lambda recordings: [(row, change(samples)) for row, samples in recordings]


def with_row(**changes):
    """Add a copy of the first recording, resampled and softer, under other labels."""

    def changed(recordings):
        row, samples = recordings[0]
        copy = 0.5 * soxr.resample(np.pad(samples, (800, 0)), RATE, 11_025), 11_025, None
        return [*recordings, (row | changes, copy)]

    return changed


def two_names(recordings):
    """Speaker 5 is speaker 4."""
    rest = [(row, samples) for row, samples in recordings if row["speaker"] != "mine-5"]
    of_four = [i for i, (row, _) in enumerate(rest) if row["speaker"] == "mine-4"]
    halves = [(i, "mine-5") for i in of_four[::2]]
    return [
        (row | {"speaker": dict(halves).get(i, row["speaker"])}, samples)
        for i, (row, samples) in enumerate(rest)
    ]


def one_noisy_speaker(recordings):
    return [
        (row, noisy(samples) if row["speaker"] == "mine-2" else samples)
        for row, samples in recordings
    ]


def without(recordings, speakers, emotion):
    return [
        (row, samples)
        for row, samples in recordings
        if row["emotion"] != emotion or row["speaker"] not in speakers
    ]


def a_sentence_for_each(recordings):
    return [
        (row | {"sentence": f"{row['emotion']}-{row['sentence']}"}, samples)
        for row, samples in recordings
    ]


def test_without_a_fault_nothing_is_found(corpus, recordings):
    assert found(corpus(recordings)) == []


@pytest.mark.parametrize(
    ("plant", "severity", "said", "where"),
    [
        (happy(to_seconds(0.9)), WARNING, "last equally long", "happiness: 48 of 48 last 0.90 s"),
        (every(to_seconds(0.6)), WARNING, "last equally long", "all files: 144 of 144"),
        (happy(lambda x: 10 * x), WARNING, "level alone", "happiness: "),
        (happy(lambda x: np.pad(x, (6_400, 0))), WARNING, "leading silence alone", "happiness: "),
        (happy(lambda x: np.pad(x, (0, 6_400))), WARNING, "trailing silence alone", "happiness: "),
        (happy(noisy), WARNING, "noise floor alone", "happiness: "),
        (happy(narrow), WARNING, "bandwidth alone", "happiness: "),
        (happy(lambda x: x + 0.02), WARNING, "offset (DC) alone", "happiness: 0.02"),
        (happy(lambda x: (x, 48_000, None)), WARNING, "sampling rate alone", "happiness: 48000"),
        (happy(lambda x: (x, RATE, "PCM_24")), WARNING, "bit depth alone", "happiness: 24 bit"),
        (happy(lambda x: np.stack([x, x], 1)), WARNING, "channels alone", "happiness: 2"),
        (happy(lambda x: 1.5 * x), NOTE, "level alone", "happiness: "),
        (with_row(emotion="sadness"), ERROR, "under more than one emotion: 1", "000.wav (anger) ="),
        (with_row(speaker="mine-9"), ERROR, "under more than one speaker: 1", "000.wav (mine-0) ="),
        (with_row(), WARNING, "occur more than once: 1", "000.wav = "),
        (two_names, WARNING, "voices are not told apart: 1 pairs", "mine-4 = mine-5: "),
        (one_noisy_speaker, WARNING, "noise floor is not that of most: 1", "mine-2: -4"),
        (a_sentence_for_each, WARNING, "one emotion only: 24 of 24", "anger-s0: only anger"),
        (
            lambda all_: without(all_, ["mine-1"], "anger"),
            NOTE,
            "speakers who lack an emotion: 1 of 6",
            "mine-1: no anger",
        ),
        (
            lambda all_: without(all_, ["mine-1", "mine-2"], "anger"),
            WARNING,
            "emotions of too few speakers for 5 folds",
            "anger: 4 speakers",
        ),
    ],
)
def test_a_planted_fault_is_found(corpus, recordings, plant, severity, said, where):
    findings = found(corpus(plant(recordings)))
    (hit,) = [finding for finding in findings if said in finding.what]
    assert hit.severity == severity
    assert any(where in case.what for case in hit.where)
    assert all(case.files for case in hit.where)
    assert hit.mend
