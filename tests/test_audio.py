import re

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ser_utils import audio
from ser_utils.errors import AudioError

WHAT_TO_DO = re.compile("Get a new copy|[Ll]eave it out|Export it again|Was the corpus moved")


def tone(frequency=440, seconds=1.0, rate=16_000, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


def loudest_frequency(samples, rate):
    return np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples)


# What is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "subtype", "tolerance"),
    [
        ("wav", "PCM_16", 1e-4),
        ("wav", "PCM_24", 1e-6),
        ("wav", "FLOAT", 1e-6),
        ("wav", "DOUBLE", 1e-6),
        ("flac", "PCM_16", 1e-4),
        ("flac", "PCM_24", 1e-6),
        ("aiff", "PCM_16", 1e-4),
        ("ogg", "VORBIS", 0.05),
        ("mp3", "MPEG_LAYER_III", 0.05),
    ],
)
def test_formats(tmp_path, suffix, subtype, tolerance):
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, tone(), 16_000, subtype=subtype)
    samples = audio.read(path)
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, tone(), atol=tolerance)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_resampling_keeps_duration_frequency_and_amplitude(tmp_path, rate):
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone(rate=rate), rate, subtype="FLOAT")
    samples = audio.read(path)
    assert samples.dtype == np.float32
    assert samples.shape == (16_000,)
    assert loudest_frequency(samples, 16_000) == 440
    np.testing.assert_allclose(samples[800:-800], tone()[800:-800], atol=2e-3)


def test_resampling_removes_what_the_new_rate_cannot_hold(tmp_path):
    path = tmp_path / "tones.wav"
    soundfile.write(path, tone(rate=48_000) + tone(10_000, rate=48_000, amplitude=0.4), 48_000)
    # Decimated without a filter, 10 kHz would turn up at 16 - 10 = 6 kHz.
    np.testing.assert_allclose(audio.read(path)[800:-800], tone()[800:-800], atol=2e-3)


def test_another_sampling_rate(tmp_path):
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone(), 16_000)
    samples = audio.read(path, sampling_rate=8_000)
    assert len(samples) == 8_000
    assert loudest_frequency(samples, 8_000) == 440


@pytest.mark.parametrize("channels", [2, 3])
def test_channels_are_averaged(tmp_path, channels):
    path = tmp_path / "tones.wav"
    recorded = np.stack([tone(200 * (1 + c), amplitude=0.2 * (1 + c)) for c in range(channels)])
    soundfile.write(path, recorded.T, 16_000, subtype="FLOAT")
    np.testing.assert_allclose(audio.read(str(path)), sum(recorded) / channels, atol=1e-6)


def test_wav_written_into_a_pipe_has_no_sizes_in_its_header(tmp_path):
    path = tmp_path / "piped.wav"
    soundfile.write(path, tone(), 16_000)
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    np.testing.assert_allclose(audio.read(path), tone(), atol=1e-4)


# What is refused ------------------------------------------------------------------------------


def refusal(path):
    """The message of the error, which names the file and says what to do."""
    with pytest.raises(AudioError) as refused:
        audio.read(path)
    message = str(refused.value)
    assert str(path) in message
    assert WHAT_TO_DO.search(message)
    return message


def test_missing_file(tmp_path):
    assert "no such file" in refusal(tmp_path / "absent.wav")


def test_folder(tmp_path):
    folder = tmp_path / "folder.wav"
    folder.mkdir()
    assert "no such file" in refusal(folder)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a recording" * 100, bytes(4096)])
@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "raw"])
def test_what_is_no_audio(tmp_path, content, suffix):
    path = tmp_path / f"file.{suffix}"
    path.write_bytes(content)
    assert "not a readable audio file" in refusal(path)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff"])
@pytest.mark.parametrize("part", [0.0005, 0.5, 0.95])
def test_file_that_is_cut_off_in_its_header_or_its_samples(tmp_path, suffix, part):
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, tone(), 16_000)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    refusal(path)


@pytest.mark.parametrize("suffix", ["wav", "aiff"])
def test_lost_samples_are_not_taken_for_a_shorter_recording(tmp_path, suffix):
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, tone(), 16_000)
    path.write_bytes(path.read_bytes()[:-100])
    assert "cut off" in refusal(path)


def test_no_samples(tmp_path):
    path = tmp_path / "empty.wav"
    soundfile.write(path, tone(seconds=0), 16_000)
    assert "holds no samples" in refusal(path)


@pytest.mark.parametrize(("milliseconds", "rate"), [(10, 16_000), (99, 16_000), (99, 48_000)])
def test_too_short(tmp_path, milliseconds, rate):
    path = tmp_path / "short.wav"
    soundfile.write(path, tone(seconds=milliseconds / 1000, rate=rate), rate)
    assert f"lasts {milliseconds} ms, too short" in refusal(path)


def test_just_long_enough(tmp_path):
    path = tmp_path / "short.wav"
    soundfile.write(path, tone(seconds=0.1, rate=48_000), 48_000)
    assert len(audio.read(path)) == 1600


@pytest.mark.parametrize("amplitude", [0, 0.9 * audio.SILENCE])
def test_silent(tmp_path, amplitude):
    path = tmp_path / "silent.wav"
    soundfile.write(path, tone(amplitude=amplitude), 16_000, subtype="FLOAT")
    assert "is silent" in refusal(path)


def test_quiet_is_not_silent(tmp_path):
    path = tmp_path / "quiet.wav"
    negative = -np.abs(tone(amplitude=1.1 * audio.SILENCE))
    soundfile.write(path, negative, 16_000, subtype="FLOAT")
    assert len(audio.read(path)) == 16_000


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_not_finite(tmp_path, value, rate):
    path = tmp_path / "broken.wav"
    recorded = np.stack([tone(rate=rate), tone(rate=rate)], axis=1)
    recorded[100, 1] = value
    soundfile.write(path, recorded, rate, subtype="FLOAT")
    assert "NaN or infinite" in refusal(path)


# Fuzzing --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzzed")


def fuzzed(max_examples):
    return settings(max_examples=max_examples, deadline=None, derandomize=True)


@fuzzed(max_examples=100)
@given(content=st.binary(max_size=300), magic=st.sampled_from([b"", b"RIFF\x64\0\0\0WAVEfmt "]))
def test_random_bytes(folder, content, magic):
    path = folder / "random.wav"
    path.write_bytes(magic + content)
    refusal(path)


# The last 36 of these 40 bits of a flac header count its samples, which would take 256 GB.
ENDLESS_FLAC = [(position, 0xFF) for position in range(21, 26)]


@fuzzed(max_examples=100)
@given(
    suffix=st.sampled_from(["wav", "flac", "ogg", "aiff"]),
    changes=st.lists(st.tuples(st.integers(0, 150), st.integers(0, 255)), max_size=4),
)
@example(suffix="flac", changes=ENDLESS_FLAC)
def test_damaged_header_is_refused_or_does_no_harm(folder, suffix, changes):
    path = folder / f"damaged.{suffix}"
    soundfile.write(path, tone(seconds=0.2), 16_000)
    content = bytearray(path.read_bytes())
    for position, byte in changes:
        content[position] = byte
    path.write_bytes(content)
    try:
        samples = audio.read(path)
    except AudioError:
        refusal(path)
    else:
        assert samples.ndim == 1
        assert np.isfinite(samples).all()
