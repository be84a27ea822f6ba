import errno
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace

import numpy as np
import opensmile
import pandas as pd
import pytest
import soundfile

from ser_utils import features, files
from ser_utils.errors import AudioError, SerWarning, UnknownNameError

RATE = 16_000


@pytest.fixture(autouse=True)
def ser_cache(tmp_path, monkeypatch):
    """Cache folder of this test alone."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SER_CACHE", str(folder))
    return folder


def cached(folder):
    return sorted(folder.rglob("*.npy"))


def temporary(folder):
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".npy"]


def voice(seconds, seed):
    """A gliding, trembling harmonic sound in noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    pitch = rng.uniform(100, 250) * (1 + 0.2 * t + 0.02 * np.sin(2 * np.pi * 5 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    harmonics = sum(np.sin(k * phase) / k for k in range(1, 12))
    return 0.1 * harmonics * (1 + np.sin(2 * np.pi * 3 * t)) + rng.normal(0, 0.003, len(t))


@pytest.fixture
def record(tmp_path):
    """Write recordings, and return the table that lists them."""

    def write(*recordings):
        folder = tmp_path / "corpus"
        folder.mkdir(exist_ok=True)
        paths = [folder / f"{i}.wav" for i in range(len(recordings))]
        for path, samples in zip(paths, recordings, strict=True):
            soundfile.write(path, samples, RATE, subtype="FLOAT")
        return pd.DataFrame({"path": map(str, paths), "row": range(len(paths))})

    return write


@pytest.fixture
def voices(record):
    """Five recordings, the longest first, so that threads do not finish in the order of rows."""
    return record(*(voice(seconds, seed) for seed, seconds in enumerate([1.5, 0.5, 1, 0.4, 0.7])))


@pytest.fixture
def noises(record):
    """Five short recordings, no two alike."""
    return record(*np.random.default_rng(0).uniform(-0.5, 0.5, (5, 3200)))


@pytest.fixture
def computed(monkeypatch):
    """Add the feature set "first", the first 88 samples, and list what it is computed from."""
    inputs = []

    def compute(samples):
        inputs.append(samples)
        return samples[:88].copy()

    first = features.FeatureSet(compute, lambda: [str(i) for i in range(88)], {"version": 1})
    monkeypatch.setitem(features.FEATURE_SETS, "first", first)
    return inputs


def first_samples(table):
    return np.stack([soundfile.read(path, dtype="float32")[0][:88] for path in table["path"]])


@pytest.fixture
def no_warnings():
    with warnings.catch_warnings(action="error"):
        yield


# eGeMAPS --------------------------------------------------------------------------------------


def test_egemaps_is_what_opensmile_computes_from_the_file(voices):
    extracted = features.extract(voices)
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    expected = pd.concat([smile.process_file(path) for path in voices["path"]])
    assert extracted.feature_set == "egemaps"
    assert len(extracted.names) == 88
    assert extracted.names == list(expected.columns)
    assert extracted.values.dtype == np.float32
    np.testing.assert_array_equal(extracted.values, expected.to_numpy(np.float32))
    assert extracted.lengths is None
    assert extracted.skipped == []


def test_egemaps_of_the_shortest_recording(record):
    assert features.extract(record(voice(0.1, seed=0))).values.shape == (1, 88)


# Log-mel --------------------------------------------------------------------------------------


def mel(hertz):
    return 2595 * np.log10(1 + hertz / 700)


def logmel_longhand(samples):
    """Hann windows of 25 ms every 10 ms, power spectrum, triangles on the mel scale, logarithm."""
    n = np.arange(400)
    window = np.zeros(512)
    window[56:456] = 0.5 - 0.5 * np.cos(2 * np.pi * n / 400)
    padded = np.pad(samples.astype(float), 256, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 512)[::160]
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    corners = 700 * (10 ** (np.linspace(mel(50), mel(8000), 66) / 2595) - 1)
    bins = np.arange(257) * RATE / 512
    bands = [
        np.clip(np.minimum((bins - low) / (mid - low), (high - bins) / (high - mid)), 0, None)
        for low, mid, high in zip(corners, corners[1:], corners[2:], strict=False)
    ]
    return np.log(np.array(bands) @ power.T + 1e-6)


def test_logmel_longhand_padded_with_zeros(voices):
    extracted = features.extract(voices, "logmel")
    assert extracted.values.dtype == np.float32
    assert extracted.values.shape == (5, 64, 151)
    assert extracted.lengths.tolist() == [151, 51, 101, 41, 71]
    for path, values, length in zip(
        voices["path"], extracted.values, extracted.lengths, strict=True
    ):
        expected = logmel_longhand(soundfile.read(path)[0])
        np.testing.assert_allclose(values[:, :length], expected, atol=2e-3)
        assert not values[:, length:].any()


@pytest.mark.parametrize("frequency", [300, 1000, 5000])
def test_logmel_of_a_tone_peaks_in_its_band_from_its_onset(record, frequency):
    tone = 0.5 * np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE)
    tone[: RATE // 2] = 0
    extracted = features.extract(record(tone), "logmel")
    centres = np.array([float(name.removesuffix(" Hz")) for name in extracted.names])
    values = extracted.values[0]
    assert np.abs(mel(centres) - mel(frequency)).argmin() == values[:, -20:].mean(axis=1).argmax()
    onset = 0.5 / features.FRAME_SECONDS
    loud = np.flatnonzero(values.max(axis=0) > 0)
    assert abs(loud[0] - onset) <= 1
    assert loud[-1] == len(values[0]) - 1


# Rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["egemaps", "logmel"])
def test_rows_in_the_order_of_the_table_whatever_the_number_of_jobs(
    voices, kind, tmp_path, monkeypatch
):
    one = features.extract(voices, kind, jobs=1)
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "another"))
    shuffled = voices.iloc[[3, 0, 4, 2, 1, 0]]
    many = features.extract(shuffled, kind, jobs=4, progress=False)
    np.testing.assert_array_equal(many.values, one.values[[3, 0, 4, 2, 1, 0]])
    pd.testing.assert_frame_equal(many.table, shuffled.reset_index(drop=True))


def test_unknown_names(voices):
    with pytest.raises(UnknownNameError, match="unknown feature set 'egemap'; did you mean 'ege"):
        features.extract(voices, "egemap")
    with pytest.raises(UnknownNameError, match="unknown on_error 'skipp'; did you mean 'skip'"):
        features.extract(voices, on_error="skipp")


def test_empty_table(voices):
    with pytest.raises(AudioError, match="the table is empty"):
        features.extract(voices.iloc[:0])


# Cache ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["egemaps", "logmel"])
def test_second_time_is_read_from_the_cache(voices, kind, ser_cache, monkeypatch):
    before = features.extract(voices, kind)
    assert len(cached(ser_cache)) == 5
    assert temporary(ser_cache) == []

    def compute(samples):
        raise AssertionError("computed again")

    monkeypatch.setitem(
        features.FEATURE_SETS, kind, replace(features.FEATURE_SETS[kind], compute=compute)
    )
    after = features.extract(voices, kind)
    np.testing.assert_array_equal(after.values, before.values)
    np.testing.assert_array_equal(after.lengths, before.lengths)
    assert after.names == before.names
    pd.testing.assert_frame_equal(after.table, before.table)


def test_changed_file_is_computed_again(noises, computed):
    before = features.extract(noises, "first")
    soundfile.write(noises["path"][2], np.tile([0.25, -0.25], 1600), RATE)
    after = features.extract(noises, "first")
    assert len(computed) == 6
    np.testing.assert_array_equal(after.values[2], np.tile([0.25, -0.25], 44))
    others = [0, 1, 3, 4]
    np.testing.assert_array_equal(after.values[others], before.values[others])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_is_refused_and_not_waited_for(noises):
    os.remove(noises["path"][2])
    os.mkfifo(noises["path"][2])
    with pytest.raises(AudioError, match="is no file, but a folder, pipe or device"):
        features.extract(noises)


def test_renamed_file_is_not_computed_again(noises, computed, tmp_path):
    before = features.extract(noises, "first")
    renamed = tmp_path / "elsewhere"
    (tmp_path / "corpus").rename(renamed)
    moved = noises.assign(path=[str(renamed / os.path.basename(path)) for path in noises["path"]])
    after = features.extract(moved, "first")
    assert len(computed) == 5
    np.testing.assert_array_equal(after.values, before.values)


def test_changed_settings_are_computed_again(noises, computed, monkeypatch):
    features.extract(noises, "first")
    first = features.FEATURE_SETS["first"]
    monkeypatch.setitem(features.FEATURE_SETS, "first", replace(first, settings={"version": 2}))
    features.extract(noises, "first")
    assert len(computed) == 10
    monkeypatch.setitem(features.FEATURE_SETS, "second", first)
    features.extract(noises, "second")
    assert len(computed) == 15


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:40],
        lambda content: content[:-1],
        lambda content: b"garbage" * 50,
        lambda content: b"PK\x03\x04 like an archive",
        lambda content: content.replace(b"}", b"("),
        lambda content: content.replace(b"(88,)", b"(88,8"),
        lambda content: content[:-4] + np.float32(np.nan).tobytes(),
        lambda content: content[:-4] + np.float32(np.inf).tobytes(),
    ],
)
def test_damaged_cache_is_repaired(noises, computed, ser_cache, damage):
    before = features.extract(noises, "first")
    stored = cached(ser_cache)[0]
    content = stored.read_bytes()
    assert damage(content) != content
    stored.write_bytes(damage(content))
    with pytest.warns(SerWarning, match="is damaged: computing it again") as caught:
        repaired = features.extract(noises, "first")
    assert len(caught) == 1
    assert str(stored) in str(caught[0].message)
    assert stored.read_bytes() == content
    with warnings.catch_warnings(action="error"):
        again = features.extract(noises, "first")
    assert len(computed) == 6
    for values in (repaired.values, again.values):
        np.testing.assert_array_equal(values, before.values)


# Bad files ------------------------------------------------------------------------------------


def spoil(table, *rows):
    for row in rows:
        with open(table["path"][row], "wb") as file:
            file.write(b"not a recording")
    return table


def test_bad_file_stops_the_extraction_but_loses_nothing(noises, computed):
    spoil(noises, 3)
    with pytest.raises(AudioError, match=r"3\.wav: not a readable .*--on-error skip"):
        features.extract(noises, "first", jobs=1)
    del computed[:]
    np.testing.assert_array_equal(
        features.extract(noises[:3], "first").values, first_samples(noises[:3])
    )
    assert computed == []


def test_missing_file(noises):
    os.remove(noises["path"][1])
    with pytest.raises(AudioError, match=r"1\.wav: cannot be read .* Was the corpus moved"):
        features.extract(noises)


def test_bad_files_are_skipped_and_listed(noises, computed):
    spoil(noises, 0, 3)
    with pytest.warns(SerWarning, match="2 of 5 files were left out") as caught:
        extracted = features.extract(noises, "first", on_error="skip")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    left = noises.iloc[[1, 2, 4]]
    pd.testing.assert_frame_equal(extracted.table, left.reset_index(drop=True))
    np.testing.assert_array_equal(extracted.values, first_samples(left))
    assert len(extracted.skipped) == 2
    for row, reason in zip([0, 3], extracted.skipped, strict=True):
        assert f"{noises['path'][row]}: not a readable audio file" in reason
        assert reason in str(caught[0].message)


def test_all_bad_files_are_named_and_counted_by_corpus(noises, computed):
    table = noises.iloc[[0] * 12 + [1, 2, 3]].reset_index(drop=True)
    spoil(table, 0, 13)
    table = table.assign(dataset=["one"] * 13 + ["two"] * 2)
    with pytest.warns(SerWarning) as caught:
        extracted = features.extract(table, "first", on_error="skip")
    counts, *lines = str(caught[0].message).splitlines()
    assert counts == "one: 12 of 13 files, two: 1 of 2 files were left out:"
    assert [line.strip() for line in lines] == extracted.skipped
    assert len(extracted.skipped) == 13


def test_only_bad_files_in_one_of_two_corpora(noises, computed):
    spoil(noises, 0, 3, 4)
    table = noises.assign(dataset=["one"] * 3 + ["two"] * 2)
    why = r"^two: nothing is left, .*every file was left out \(2\); the first is .*3\.wav: not a"
    with pytest.raises(AudioError, match=why):
        features.extract(table, "first", on_error="skip")


def test_features_that_are_not_finite_are_not_stored(noises, monkeypatch, ser_cache):
    broken = features.FeatureSet(lambda samples: np.full(88, np.nan), list, {})
    monkeypatch.setitem(features.FEATURE_SETS, "broken", broken)
    with pytest.raises(AudioError, match=r"\d\.wav: its broken features are not finite"):
        features.extract(noises, "broken")
    assert cached(ser_cache) == []


# Disks and kills ------------------------------------------------------------------------------


def test_cache_that_cannot_be_written(noises, computed, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(SerWarning, match="computed but not kept.*cannot write") as caught:
        extracted = features.extract(noises, "first")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(extracted.values, first_samples(noises))


def test_cache_that_can_only_be_read(noises, computed, monkeypatch):
    features.extract(noises[1:], "first")
    computed.clear()

    def read_only(path):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(files, "temporary_beside", read_only)
    with warnings.catch_warnings(action="error"):
        features.extract(noises[1:], "first")
    assert computed == []
    with pytest.warns(SerWarning, match="computed but not kept.*Read-only") as caught:
        features.extract(noises, "first")
    assert len(caught) == len(computed) == 1


# Another process that extracts "first" from the paths in its arguments, after some preparation.
EXTRACT = """
import itertools, json, pathlib, resource, signal, sys, time, warnings
import pandas as pd
from ser_utils import features

def compute(samples):
    return samples[:88].copy()

# A shell may have started all of this with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
{preparation}
features.FEATURE_SETS["first"] = features.FeatureSet(compute, list, {{"version": 1}})
table = pd.DataFrame({{"path": sys.argv[1:]}})
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    extracted = features.extract(table, "first", jobs=2, progress=False)
print(json.dumps([extracted.values.tolist(), [str(warning.message) for warning in caught]]))
"""


def start(table, preparation):
    return subprocess.Popen(
        [sys.executable, "-c", EXTRACT.format(preparation=preparation), *table["path"]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# The kernel refuses to make any file longer than 300 bytes, 52 less than 88 numbers need.
LIMITED = "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))"


def test_full_disk(noises, ser_cache):
    output, errors = start(noises, LIMITED).communicate()
    assert output, errors
    values, messages = json.loads(output)
    np.testing.assert_array_equal(values, first_samples(noises))
    assert len(messages) == 1
    assert "computed but not kept" in messages[0]
    assert "Free some space" in messages[0]
    assert cached(ser_cache) + temporary(ser_cache) == []


def test_killed_while_writing(noises, computed, ser_cache, no_warnings):
    # What Python ignores by default: a process that writes more is killed in the middle of it.
    deadly = "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    deadly += "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n" + LIMITED
    process = start(noises, deadly)
    process.communicate()
    assert process.returncode == -signal.SIGXFSZ
    assert cached(ser_cache) == []
    assert temporary(ser_cache), "it was not killed while writing"
    extracted = features.extract(noises, "first")
    assert len(computed) == 5
    np.testing.assert_array_equal(extracted.values, first_samples(noises))


# Six files are computed at once; the two threads then wait for a sign and go on slowly.
SLOW = """
started = itertools.count(1)

def compute(samples):
    if (number := next(started)) > 6:
        pathlib.Path({waiting!r}, str(number)).touch()
        while not pathlib.Path({waiting!r}, "go on").exists():
            time.sleep(0.01)
        time.sleep(0.2)
    return samples[:88].copy()
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_and_run_again(record, computed, ser_cache, tmp_path, no_warnings, sent):
    noises = record(*np.random.default_rng(0).uniform(-0.5, 0.5, (40, 3200)))
    waiting = tmp_path / "waiting"
    waiting.mkdir()
    process = start(noises, SLOW.format(waiting=str(waiting)))
    while len(list(waiting.iterdir())) < 2 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(sent)
    (waiting / "go on").touch()
    errors = process.communicate()[1]
    assert process.returncode == -sent
    kept = len(cached(ser_cache))
    assert 6 <= kept < 40
    if sent == signal.SIGINT:
        *_, error, note = errors.splitlines()
        assert error == "KeyboardInterrupt"
        done, rest = note.split(" of ")
        assert 6 <= int(done) <= kept
        assert rest == "40 files are done and kept: run again to go on."
        assert temporary(ser_cache) == []
    extracted = features.extract(noises, "first")
    assert len(computed) == 40 - kept
    np.testing.assert_array_equal(extracted.values, first_samples(noises))
