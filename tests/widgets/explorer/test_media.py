import io
import os

import librosa
import matplotlib as mpl
import numpy as np
import soundfile
from PIL import Image

from ser_utils import features
from ser_utils.widgets.explorer.media import Media, as_ogg, as_picture


def test_compressed_sound_is_that_of_the_recording(maps):
    samples = maps.samples(3)
    compressed = as_ogg(samples)
    heard, rate = soundfile.read(io.BytesIO(compressed))
    assert rate == 16_000
    assert len(heard) == len(samples)
    assert np.corrcoef(heard, samples)[0, 1] > 0.95
    assert len(compressed) < 2 * len(samples)  # bytes of a wav


def test_a_long_recording_can_be_compressed():
    samples = np.random.default_rng(0).uniform(-0.1, 0.1, 16_000 * 60).astype(np.float32)
    assert soundfile.info(io.BytesIO(as_ogg(samples))).frames == len(samples)


def test_the_picture_is_of_the_log_mel_energies_high_bands_on_top():
    samples = librosa.tone(3000, sr=16_000, duration=1.0).astype(np.float32)
    energy = features.FEATURE_SETS["logmel"].compute(samples)
    with Image.open(io.BytesIO(as_picture(samples))) as picture:
        pixels = np.array(picture.convert("RGB")) / 255
    assert pixels.shape[:2] == energy.shape
    expected = mpl.colormaps["magma"](((energy[::-1] + 12) / 18).clip(0, 1))[..., :3]
    assert np.abs(pixels - expected).max() < 0.06
    loudest = pixels.sum(axis=(1, 2)).argmax()
    assert loudest < len(energy) / 2  # 3 kHz, in the upper half of the bands


def test_files_are_named_by_recording_and_version(maps):
    before = Media(maps).keys
    assert len(set(before)) == len(maps.table)
    assert Media(maps).keys == before
    path = maps.table["path"].iloc[2]
    os.utime(path, (1, 1))
    after = Media(maps).keys
    assert [row for row in range(len(before)) if before[row] != after[row]] == [2]


def test_no_other_file_is_handed_out(maps):
    media = Media(maps)
    assert media.content("sound/../../etc/passwd") is None
    assert media.content(f"sound/{media.keys[0]}.png") is None


def test_what_cannot_be_heard_has_a_reason(maps, tmp_path):
    maps.table.loc[0, "path"] = str(tmp_path / "gone.wav")
    (tmp_path / "damaged.wav").write_bytes(b"no sound")
    maps.table.loc[1, "path"] = str(tmp_path / "damaged.wav")
    media = Media(maps)
    assert "gone.wav: cannot be read" in media.problems[0]
    assert len(media.files) == 2 * (len(maps.table) - 1)
    assert media.content(f"sound/{media.keys[1]}.ogg") is None
    assert "damaged.wav: not a readable audio file" in media.problems[1]
