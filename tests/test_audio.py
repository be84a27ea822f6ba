import re

import numpy as np
import pytest
import soundfile

from ser_utils import audio
from ser_utils.errors import AudioError, SettingError

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
    assert "cannot be read (No such file" in refusal(tmp_path / "absent.wav")


def test_folder(tmp_path):
    folder = tmp_path / "folder.wav"
    folder.mkdir()
    assert "is no file, but a folder" in refusal(folder)


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


@pytest.mark.parametrize("offset", [0.5, -1])
def test_a_constant_offset_is_no_sound(tmp_path, offset):
    path = tmp_path / "offset.wav"
    soundfile.write(path, offset + tone(amplitude=0.9 * audio.SILENCE), 16_000, subtype="FLOAT")
    assert "is silent" in refusal(path)


@pytest.mark.parametrize("offset", [0, -0.5])
def test_quiet_is_not_silent(tmp_path, offset):
    path = tmp_path / "quiet.wav"
    quiet = np.minimum(tone(amplitude=1.1 * audio.SILENCE), 0)  # half of each period
    quiet -= quiet.mean()
    soundfile.write(path, offset + 2 * quiet, 16_000, subtype="FLOAT")
    np.testing.assert_allclose(audio.read(path), offset + 2 * quiet, atol=1e-6)


@pytest.mark.parametrize("peak", [-1.1 * audio.LOUDEST, 32_767, 1e30])
def test_integers_stored_as_floats(tmp_path, peak):
    path = tmp_path / "loud.wav"
    soundfile.write(path, tone(amplitude=1) * peak, 16_000, subtype="FLOAT")
    assert "full scale is 1" in refusal(path)


def test_beyond_full_scale_is_kept(tmp_path):
    path = tmp_path / "loud.wav"
    soundfile.write(path, tone(amplitude=4), 16_000, subtype="FLOAT")
    np.testing.assert_allclose(audio.read(path), tone(amplitude=4), atol=1e-6)


def test_sampling_rate_of_no_recorder(tmp_path):
    path = tmp_path / "fast.wav"
    soundfile.write(path, tone(), audio.HIGHEST_RATE + 1)
    assert "sampling rate of 384001 Hz" in refusal(path)


# How long it may be ---------------------------------------------------------------------------


@pytest.fixture
def two_seconds(tmp_path, monkeypatch):
    monkeypatch.delenv("SER_MAX_SECONDS", raising=False)
    path = tmp_path / "two_seconds.wav"
    soundfile.write(path, tone(seconds=2), 16_000)
    return path


def test_longest_is_a_minute_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("SER_MAX_SECONDS", raising=False)
    path = tmp_path / "minute.wav"
    soundfile.write(path, tone(seconds=60, rate=8_000), 8_000)
    assert len(audio.read(path, 8_000)) == 480_000
    soundfile.write(path, tone(seconds=60.1, rate=8_000), 8_000)
    assert "lasts 60.1 s" in refusal(path)


def test_longest_by_argument_before_environment(two_seconds, monkeypatch):
    monkeypatch.setenv("SER_MAX_SECONDS", "1.5")
    message = refusal(two_seconds)
    assert "at most 1.5 s" in message
    assert "set SER_MAX_SECONDS" in message
    assert len(audio.read(two_seconds, longest=2)) == 32_000
    monkeypatch.setenv("SER_MAX_SECONDS", "2.5")
    assert len(audio.read(two_seconds)) == 32_000
    with pytest.raises(AudioError, match="at most 1 s"):
        audio.read(two_seconds, longest=1)


@pytest.mark.parametrize("given", ["a minute", "nan", "inf", "0", "-1", "1e9"])
def test_longest_that_is_no_number_of_seconds(two_seconds, monkeypatch, given):
    monkeypatch.setenv("SER_MAX_SECONDS", given)
    with pytest.raises(SettingError, match=rf"SER_MAX_SECONDS\) is '{given}'; give it in seconds"):
        audio.read(two_seconds)


def test_empty_variable_is_no_setting(two_seconds, monkeypatch):
    monkeypatch.setenv("SER_MAX_SECONDS", "")
    assert len(audio.read(two_seconds)) == 32_000


# In blocks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 2, 3, 7])
def test_blocks_are_the_whole_recording_and_none_is_larger_than_stereo(tmp_path, channels):
    path = tmp_path / "noise.wav"
    noise = np.random.default_rng(0).uniform(-1, 1, (5_001, channels)).astype(np.float32)
    soundfile.write(path, noise, 16_000, subtype="FLOAT")
    with audio.opened(path) as file:
        blocks = list(audio.blocks(file))
    assert max(block.size for block in blocks) <= 2 * len(noise)
    np.testing.assert_array_equal(np.concatenate(blocks), noise)


@pytest.mark.parametrize("channels", [1, 2])
def test_mp3_is_read_in_one_go(tmp_path, channels):
    path = tmp_path / "noise.mp3"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, (80_000, channels)), 16_000)
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    np.testing.assert_allclose(audio.read(path), expected.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_not_finite(tmp_path, value, rate):
    path = tmp_path / "broken.wav"
    recorded = np.stack([tone(rate=rate), tone(rate=rate)], axis=1)
    recorded[100, 1] = value
    soundfile.write(path, recorded, rate, subtype="FLOAT")
    assert "NaN or infinite" in refusal(path)


@pytest.mark.parametrize(("samples", "rate"), [(1599, 16_000), (4799, 48_000), (19_199, 192_000)])
def test_a_duration_is_told_from_the_limit_that_it_misses(tmp_path, samples, rate):
    path = tmp_path / "short.wav"
    soundfile.write(path, tone(rate=rate)[:samples], rate)
    assert float(re.search(r"lasts ([0-9.]+) ms", refusal(path))[1]) < 100
    soundfile.write(path, tone(seconds=2, rate=rate)[: rate + 1], rate)
    with pytest.raises(AudioError) as refused:
        audio.read(path, longest=1)
    assert float(re.search(r"lasts ([0-9.]+) s", str(refused.value))[1]) > 1


# What is no recording that libsndfile reads ---------------------------------------------------


@pytest.mark.parametrize(
    ("beginning", "what"),
    [
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "m4a"),
        (b"\0\0\0\x18ftyp3gp4\0\0\0\0", "3gp"),
        (b"\0\0\0\x14ftypqt  ", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86", "webm"),
        (b"#!AMR\n", "AMR"),
        (b"#!AMR-WB\n", "AMR"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "wma"),
        (b"\xff\xf1\x50\x80", "AAC"),
        (b"\xff\xf9\x50\x80", "AAC"),
        (b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + b"\xff\xf1\x50\x80", "AAC"),
        (b"RIFF\x24\0\0\0AVI LIST", "AVI"),
        (b"OggS\0\x02" + bytes(22) + b"Speex   ", "Speex"),
        (b"\x02#!SILK_V3", "SILK"),
    ],
)
@pytest.mark.parametrize("suffix", [".memo", ".wav"])
def test_formats_of_phones_and_browsers_are_to_be_converted(tmp_path, beginning, what, suffix):
    path = (tmp_path / "my memo").with_suffix(suffix)
    path.write_bytes(beginning + bytes(4000))
    with pytest.raises(AudioError) as refused:
        audio.read(path)
    message = str(refused.value)
    assert what in message
    assert f"Convert it to wav: ffmpeg -i '{path}' '" in message
    assert message.endswith(".wav'")
    assert message.count(f"'{path}'") == 1  # a file is not converted into itself


def test_a_codec_that_libsndfile_does_not_know_is_to_be_converted(tmp_path):
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone(), 16_000)
    content = bytearray(path.read_bytes())
    content[20:22] = b"\x61\x01"  # Windows Media, in a wav file
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"Convert it to wav: ffmpeg -i"):
        audio.read(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 72862\n", "git lfs pull"),
        ("version https://hawser.github.com/spec/v1\noid sha256:0\nsize 72862\n", "git lfs pull"),
        ("/annex/objects/MD5E-s72862--0.wav\n", "git annex get"),
        ("../.git/annex/objects/xx/MD5E-s72862--0/MD5E-s72862--0.wav", "git annex get"),
    ],
)
def test_pointers_in_the_place_of_a_recording(tmp_path, content, what):
    path = tmp_path / "1001_DFA_ANG_XX.wav"
    path.write_text(content)
    with pytest.raises(AudioError, match=f"1001_DFA_ANG_XX.wav: is a pointer of .*{what}"):
        audio.read(path)


def test_features_are_no_recording(tmp_path):
    path = tmp_path / "tone.htk"
    soundfile.write(path, tone(), 16_000, format="HTK")
    with pytest.raises(AudioError, match="holds features or numbers"):
        audio.read(path)


# Where the samples of a wav end ---------------------------------------------------------------


@pytest.fixture
def wav(tmp_path):
    """Write a wav file that announces other sizes, or has more after its samples."""

    def write(riff=None, data=None, after=b"", cut=0, **options):
        path = tmp_path / "tone.wav"
        stereo = np.stack([tone(), tone()], axis=1)
        soundfile.write(path, stereo, 16_000, **{"subtype": "PCM_24"} | options)
        content = bytearray(path.read_bytes())
        at = content.index(b"data") + 4
        order = "big" if content[:4] == b"RIFX" else "little"
        if riff is not None:
            content[4:8] = riff.to_bytes(4, order)
        if data is not None:
            content[at : at + 4] = data.to_bytes(4, order)
        path.write_bytes((content + after)[: len(content + after) - cut])
        return path

    return write


@pytest.mark.parametrize("riff", [None, 0, 8, 2**24, 2**32 - 1])
@pytest.mark.parametrize("data", [None, 0, 2**31, 2**32 - 1])
@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
def test_sizes_that_a_program_cannot_know_do_no_harm(wav, riff, data, endian):
    np.testing.assert_allclose(audio.read(wav(riff, data, endian=endian)), tone(), atol=1e-6)


def test_chunks_after_the_samples_may_be_cut_off(wav):
    chunk = b"LIST\x40\0\0\0INFO" + bytes(60)
    path = wav(riff=36 + 96_000 + len(chunk), after=chunk, cut=30)
    np.testing.assert_allclose(audio.read(path), tone(), atol=1e-6)


@pytest.mark.parametrize("riff", [None, 0, 2**32 - 1])
@pytest.mark.parametrize("cut", [1, 6, 50_000])
def test_samples_may_not_be_cut_off_whatever_the_file_says_of_its_length(wav, riff, cut):
    assert "cut off" in refusal(wav(riff, cut=cut))
    assert "cut off" in refusal(wav(96_000 + 36 - cut, cut=cut))


def test_a_wav_without_samples_before_another_chunk_is_empty(tmp_path):
    path = tmp_path / "empty.wav"
    soundfile.write(path, tone(seconds=0), 16_000)
    path.write_bytes(path.read_bytes() + b"LIST\x04\0\0\0INFO")
    assert "holds no samples" in refusal(path)
