import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest

from ser_utils.datasets.synthetic import espeak
from ser_utils.errors import SerError, UnknownNameError

TEXT = "The keys are on the kitchen table."


def say(**settings):
    return espeak.speak(TEXT, "en+m3", **settings)


def pitch_of(samples, sampling_rate):
    """Median over the loud frames of the strongest autocorrelation between 60 and 400 Hz."""
    size = sampling_rate // 20
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    frames = frames[frames.std(axis=1) > 0.5 * samples.std()]
    lags = np.arange(sampling_rate // 400, sampling_rate // 60)
    periods = [lags[np.argmax([f[:-lag] @ f[lag:] for lag in lags])] for f in frames]
    return sampling_rate / np.median(periods)


def test_samples_are_speech():
    samples, sampling_rate = say()
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert 1.0 < len(samples) / sampling_rate < 2.5
    assert 0.1 < np.abs(samples).max() <= 1.0
    assert 80 < pitch_of(samples, sampling_rate) < 125  # a male voice


# With pitch flutter, with echo, and with breath noise: each is a state of the library.
@pytest.mark.parametrize("variant", ["m3", "m2", "f5"])
def test_an_utterance_does_not_depend_on_those_before(variant):
    first, _ = espeak.speak(TEXT, f"en+{variant}")
    espeak.speak("Etwas ganz anderes.", "de+f1", rate=300, pitch=90, pitch_range=99, volume=20)
    again, _ = espeak.speak(TEXT, f"en+{variant}")
    np.testing.assert_array_equal(again, first)


def test_another_process_says_the_same():
    code = (
        "import sys; from ser_utils.datasets.synthetic import espeak;"
        f"sys.stdout.buffer.write(espeak.speak({TEXT!r}, 'en+f5')[0].tobytes())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert run.stdout == espeak.speak(TEXT, "en+f5")[0].tobytes()


def test_threads_do_not_disturb_each_other():
    settings = [{"rate": rate, "pitch": pitch} for rate in (120, 250) for pitch in (20, 80)] * 3
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda chosen: say(**chosen)[0], settings))
    for chosen, samples in zip(settings, together, strict=True):
        np.testing.assert_array_equal(samples, say(**chosen)[0])


def test_settings_do_what_they_say():
    middle, sampling_rate = say(volume=60)
    assert len(say(rate=100)[0]) > 1.3 * len(say(rate=200)[0])
    low, high = (pitch_of(say(pitch=pitch)[0], sampling_rate) for pitch in (30, 90))
    assert high > 1.4 * low
    assert np.std(say(volume=30)[0]) == pytest.approx(np.std(middle) / 2, rel=0.1)


def test_a_wider_pitch_range_moves_more():
    def spread(pitch_range):
        samples, sampling_rate = say(pitch_range=pitch_range)
        parts = np.array_split(samples, 5)
        return np.ptp([pitch_of(part, sampling_rate) for part in parts])

    assert spread(99) > 1.5 * spread(20)


@pytest.mark.parametrize("voice", ["xx", "", "xx+f1", "en+nobody"])
def test_an_unknown_voice_is_named(voice):
    with pytest.raises(UnknownNameError, match="no voice '" + voice.replace("+", r"\+")):
        espeak.speak(TEXT, voice)


@pytest.mark.parametrize(
    "setting", [{"rate": 79}, {"rate": 451}, {"pitch": -1}, {"pitch_range": 100}, {"volume": 201}]
)
def test_a_setting_out_of_range_is_an_error(setting):
    with pytest.raises(SerError, match=next(iter(setting))):
        say(**setting)


def test_a_library_that_cannot_be_loaded_is_an_error(monkeypatch, tmp_path):
    broken = tmp_path / Path(espeakng_loader.get_library_path()).name
    broken.write_bytes(b"not a library")
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(broken))
    with pytest.raises(SerError, match="espeakng-loader"):
        say()


def test_a_package_that_is_not_installed_is_an_error(monkeypatch):
    def not_installed(name):
        raise espeak.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(espeak.metadata, "version", not_installed)
    with pytest.raises(SerError, match="pip install"):
        espeak.version()


def test_voice_data_that_cannot_be_read_is_an_error(monkeypatch, tmp_path):
    expected, _ = say()
    with monkeypatch.context() as broken:
        broken.setattr(espeakng_loader, "get_data_path", lambda: str(tmp_path))
        with pytest.raises(SerError, match="voice data"):
            say()
    np.testing.assert_array_equal(say()[0], expected)
