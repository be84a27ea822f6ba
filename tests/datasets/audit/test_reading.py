import numpy as np
import pytest
import soundfile
import soxr
from noise_files import RATE, noise, write

from ser_utils import audio
from ser_utils.datasets.audit import reading


def test_a_file_is_described(tmp_path):
    path = write(tmp_path / "a.flac", np.stack([noise(), noise(seed=1)], axis=1), 48_000)
    row = reading.inspect(path)
    assert row["error"] is None
    assert row["seconds"] == 24_000 / 3 / 48_000
    assert [row[key] for key in ("sampling_rate", "channels")] == [48_000, 2]
    assert row["format"] == "FLAC PCM_16"
    assert row["clipped"] is False
    assert row["silent"] == 0


@pytest.mark.parametrize(
    ("samples", "clipped"),
    [
        ([1, 1, 1], True),
        ([-1, -1, -1], True),
        ([1, -1, 1], True),
        ([1, 1, 0.9, 1, 1], False),
        ([0.99, 0.99, 0.99], False),
        ([1.5, 2, 3], True),
    ],
)
@pytest.mark.parametrize("channel", [0, 1, 2])
@pytest.mark.parametrize("start", [0, 4_000, -5])
def test_clipping_is_a_run_at_full_scale_in_a_channel(tmp_path, samples, clipped, channel, start):
    recording = np.stack([noise(seed=seed) for seed in range(3)], axis=1)
    recording[start:, channel][: len(samples)] = samples
    path = write(tmp_path / "a.wav", recording, subtype="FLOAT")
    assert reading.inspect(path)["clipped"] is clipped


def test_full_scale_in_turns_of_two_channels_is_no_run(tmp_path):
    recording = np.zeros((4_000, 2)) + noise(0.25)[:, None]
    recording[:6:2, 0] = recording[1:6:2, 1] = 1
    assert reading.inspect(write(tmp_path / "a.wav", recording))["clipped"] is False


def test_the_last_block_of_many_channels_is_short(tmp_path):
    path = write(tmp_path / "a.wav", np.ones((3_001, 6)) * noise(3_001 / RATE)[:, None])
    assert reading.inspect(path)["clipped"] is False
    assert not reading.clips(np.ones((1, 6)))


def test_silent_share_is_of_frames_of_10_ms(tmp_path):
    recording = noise(0.5)
    recording[:3_200] = 0.9 * audio.SILENCE
    path = write(tmp_path / "a.wav", recording, subtype="FLOAT")
    assert reading.inspect(path)["silent"] == pytest.approx(0.2 / 0.5)


def test_digest_is_of_the_decoded_samples(tmp_path):
    def digest(name, *arguments, **options):
        return reading.inspect(write(tmp_path / name, *arguments, **options))["sha256"]

    integers = (32_767 * noise()).astype(np.int16)
    once = digest("a.wav", integers)
    assert digest("b.flac", integers) == digest("b.aiff", integers) == once
    others = [
        digest("c.wav", integers, 8_000),
        digest("d.wav", integers[::-1]),
        digest("e.wav", np.stack([integers] * 2, axis=1)),
        digest("f.wav", integers[:-1]),
    ]
    assert len({once, *others}) == 5


def test_what_audio_read_refuses_is_an_error(tmp_path):
    path = write(tmp_path / "silent.wav", np.zeros(RATE))
    row = reading.inspect(path)
    assert "is silent" in row["error"]
    assert row["seconds"] == 1
    assert row["sha256"] is None


# Measures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_measures_of_a_known_recording(tmp_path, rate):
    speech, rest = 0.1 * np.random.default_rng(0).normal(size=rate), rate // 4
    samples = np.pad(speech, (rest, 2 * rest))
    samples += 1e-3 * np.random.default_rng(1).normal(size=len(samples)) + 0.05
    row = reading.inspect(write(tmp_path / "a.wav", samples, rate, subtype="FLOAT"))
    assert row["level"] == pytest.approx(-20, abs=0.5)
    assert row["noise_floor"] == pytest.approx(-60, abs=1.5)
    assert row["leading"] == pytest.approx(0.25, abs=0.04)
    assert row["trailing"] == pytest.approx(0.5, abs=0.04)
    assert row["offset"] == pytest.approx(0.05, abs=1e-3)
    assert row["bandwidth"] == rate / 2


@pytest.mark.parametrize(
    ("subtype", "bits"), [("PCM_U8", 8), ("PCM_16", 16), ("PCM_24", 24), ("FLOAT", 24)]
)
def test_bits_are_those_that_samples_use(tmp_path, subtype, bits):
    path = write(tmp_path / "a.wav", noise(), subtype=subtype)
    assert reading.inspect(path)["bits"] == bits
    widened = soundfile.read(path)[0]
    assert reading.inspect(write(tmp_path / "b.wav", widened, subtype="FLOAT"))["bits"] == bits


@pytest.mark.parametrize(("low", "high"), [(8_000, 16_000), (16_000, 48_000), (11_025, 44_100)])
def test_bandwidth_of_an_upsampled_file_is_that_of_its_source(tmp_path, low, high):
    samples = soxr.resample(noise(rate=low), low, high)
    row = reading.inspect(write(tmp_path / "a.wav", samples, high))
    assert row["bandwidth"] == pytest.approx(low / 2, rel=0.1)  # the window leaks a little


def test_a_louder_copy_at_another_rate_has_the_same_voice_and_opening(tmp_path):
    samples = np.pad(soxr.resample(noise(), RATE, 8_000), 2_000)
    one = reading.inspect(write(tmp_path / "a.wav", samples, 8_000, subtype="FLOAT"))
    louder = 1.5 * soxr.resample(samples, 8_000, 48_000)
    two = reading.inspect(write(tmp_path / "b.wav", louder, 48_000, subtype="FLOAT"))
    np.testing.assert_allclose(one["voice"], two["voice"], atol=0.5)
    assert one["opening"] @ two["opening"] > 0.98


@pytest.mark.parametrize("rate", [1, 100, 4_000, 384_000])
def test_any_sampling_rate_can_be_measured(tmp_path, rate):
    row = reading.inspect(
        write(tmp_path / "a.wav", noise(10 if rate == 1 else 0.5, rate=rate), rate)
    )
    assert row["error"] is None
    assert np.isfinite([row["level"], row["noise_floor"], *row["voice"], *row["opening"]]).all()
