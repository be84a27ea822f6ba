import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr
from noise_files import RATE, write

from ser_utils.datasets.audit import reading, repeats
from ser_utils.datasets.audit.finding import WARNING


@pytest.fixture
def rows(recordings, tmp_path):
    """Describe some recordings, and copies of the first of them, all of which are changed."""

    def make(*copies):
        paths = [write(tmp_path / f"{i}.wav", utterance(recordings, i)) for i in range(6)]
        for i, (samples, rate, options) in enumerate(copies):
            path = tmp_path / f"copy{i}.{options.pop('suffix', 'wav')}"
            soundfile.write(path, samples, rate, **options)
            paths.append(str(path))
        return pd.DataFrame([reading.inspect(path) for path in paths])

    return make


def utterance(recordings, i):
    """Join three recordings, to seconds of speech."""
    return np.concatenate([samples for _, samples in recordings[3 * i :][:3]])


def changed(samples):
    rng = np.random.default_rng(0)
    ends = rng.normal(0, 1e-3, RATE // 2)
    yield "same samples", (samples, RATE, {"suffix": "flac"})
    yield "louder", (1.5 * samples, RATE, {})
    yield "upside down", (-samples, RATE, {})
    yield "lower rate", (soxr.resample(samples, RATE, 8_000), 8_000, {})
    yield "higher rate", (soxr.resample(samples, RATE, 44_100), 44_100, {})
    yield "mp3", (samples, RATE, {"suffix": "mp3"})
    yield "ogg", (samples, RATE, {"suffix": "ogg"})
    yield "longer pauses", (np.concatenate([ends, samples, ends]), RATE, {})
    yield "cut at the end", (samples[: round(0.7 * len(samples))], RATE, {})
    yield "noisier", (samples + rng.normal(0, samples.std() / 10, len(samples)), RATE, {})


@pytest.mark.parametrize(
    "name",
    [
        *("same samples", "louder", "upside down", "lower rate", "higher rate", "mp3", "ogg"),
        *("longer pauses", "cut at the end", "noisier"),
    ],
)
def test_copies_are_found_whatever_was_done_to_them(rows, recordings, name):
    found = list(repeats.about_repeats(rows(dict(changed(utterance(recordings, 0)))[name])))
    assert [(finding.severity, len(finding.where)) for finding in found] == [(WARNING, 1)]
    files = found[0].where[0].files
    assert [file.rsplit("/", 1)[1].split(".")[0] for file in files] == ["0", "copy0"]


def test_all_copies_of_a_recording_are_one_case(rows, recordings):
    samples = utterance(recordings, 0)
    copies = [(gain * samples, RATE, {}) for gain in (0.5, 0.7, 1.5)]
    (finding,) = repeats.about_repeats(rows(*copies))
    assert len(finding.where) == 1
    assert len(finding.where[0].files) == 4


def test_recordings_of_one_course_are_no_copies(rows, recordings, tmp_path):
    # The same syllables, of another noise: as similar as two recordings can be.
    samples = utterance(recordings, 0)
    envelope = np.convolve(np.abs(samples), np.ones(400) / 400, "same")
    other = envelope * np.random.default_rng(1).normal(size=len(samples))
    assert list(repeats.about_repeats(rows((other, RATE, {})))) == []
    assert not repeats.same_sound(tmp_path / "0.wav", tmp_path / "copy0.wav")


def test_a_part_is_no_copy_unless_it_is_most_of_the_shorter(recordings, tmp_path):
    one, two = (samples[: RATE // 2] for _, samples in recordings[:2])
    rest = np.concatenate([one[-RATE // 10 :], two])
    paths = [write(tmp_path / "a.wav", one), write(tmp_path / "b.wav", rest)]
    assert not repeats.same_sound(*paths)
    assert repeats.same_sound(paths[0], paths[0])
