import numpy as np
import pytest
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
