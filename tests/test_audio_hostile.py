"""Whatever a file holds, and whatever it is called: a recording, or an error that names it."""

import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ser_utils import audio, datasets
from ser_utils.errors import AudioError, SerError, SerWarning

RATE = 16_000
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE // 5) / RATE)


def examples(count):
    return settings(max_examples=count, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile")


def read_or_refused(path):
    """Samples that can be worked on, or None; a refusal is a line that names the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            samples = audio.read(path)
    except AudioError as error:
        refusal = str(error)
    else:
        assert samples.ndim == 1
        assert samples.dtype == np.float32
        assert len(samples) >= audio.SHORTEST * RATE - 1
        assert np.isfinite(samples).all()
        return samples
    assert refusal.startswith(f"{audio.printable(path)}: ")
    assert refusal.isprintable()
    return None


# What a recording may be ----------------------------------------------------------------------


@examples(60)
@given(
    rate=st.sampled_from([8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000]),
    subtype=st.sampled_from(["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"]),
    channels=st.integers(1, 9),
    offset=st.floats(-0.4, 0.4),
    seconds=st.floats(0.1, 0.5),
)
def test_rates_subtypes_channels_and_offsets(folder, rate, subtype, channels, offset, seconds):
    time = np.arange(int(np.ceil(seconds * rate))) / rate
    tone = offset + 0.5 * np.sin(2 * np.pi * 440 * time)
    path = folder / "tone.wav"
    soundfile.write(path, np.stack([tone] * channels, axis=1), rate, subtype=subtype)
    samples = read_or_refused(path)
    assert abs(len(samples) - len(tone) * RATE / rate) <= 1
    # The coarsest of these subtypes has steps of 1/32 near full scale; ends ring when resampled.
    middle = slice(RATE // 50, len(samples) - RATE // 50)
    expected = offset + 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(samples)) / RATE)
    np.testing.assert_allclose(samples[middle], expected[middle], atol=0.04)


@examples(100)
@given(
    values=st.lists(st.tuples(st.integers(0, 2 * 3199), st.floats(width=32)), max_size=5),
    subtype=st.sampled_from(["FLOAT", "DOUBLE"]),
    scale=st.sampled_from([0.0, 1e-38, 1.0]),
    rate=st.sampled_from([RATE, 44_100]),
)
@example(values=[(0, np.inf), (1, -np.inf)], subtype="FLOAT", scale=1.0, rate=RATE)
@example(values=[(0, 3e38), (1, 3e38)], subtype="FLOAT", scale=1.0, rate=RATE)
def test_any_float_is_a_sample_or_refused(folder, values, subtype, scale, rate):
    path = folder / "floats.wav"
    recording = scale * np.stack([TONE, TONE], axis=1)
    for position, value in values:
        recording.flat[position] = value
    soundfile.write(path, recording, rate, subtype=subtype)
    samples = read_or_refused(path)
    if not np.isfinite(recording).all():
        assert samples is None


# Headers --------------------------------------------------------------------------------------


def wav(
    tag=1, channels=1, rate=RATE, align=2, bits=16, fmt_size=16, riff_size=6436, data_size=6400
):
    """A wav file whose header says so, whatever follows it."""
    fmt = struct.pack("<IHHIIHH", fmt_size, tag, channels, rate, 2 * rate % 2**32, align, bits)
    samples = (TONE * 32_767).astype("<i2").tobytes()
    data = b"data" + struct.pack("<I", data_size) + samples
    return b"RIFF" + struct.pack("<I", riff_size) + b"WAVEfmt " + fmt + data


SIZES = [0, 1, 14, 18, 40, 2**31 - 1, 2**31, 2**32 - 1]


@examples(300)
@given(
    tag=st.sampled_from([1, 2, 3, 6, 0x11, 0x31, 0x55, 0xFFFE]) | st.integers(0, 0xFFFF),
    channels=st.sampled_from([1, 2, 1024]) | st.integers(0, 0xFFFF),
    rate=st.sampled_from([RATE, 192_000, 2**31 - 1]) | st.integers(0, 2**32 - 1),
    align=st.sampled_from([0, 2, 4, 0xFFFF]),
    bits=st.sampled_from([0, 1, 8, 16, 24, 32, 64, 0xFFFF]),
    fmt_size=st.sampled_from([16, *SIZES]),
    riff_size=st.sampled_from([6436, *SIZES]),
    data_size=st.sampled_from([6400, *SIZES]),
)
def test_wav_headers(folder, **fields):
    path = folder / "header.wav"
    path.write_bytes(wav(**fields))
    read_or_refused(path)


@pytest.mark.parametrize(
    ("fields", "duration"),
    [
        ({}, 0.2),
        ({"channels": 2, "align": 4}, 0.1),
        ({"channels": 0}, None),
        ({"rate": 0}, None),
        ({"rate": 2**31 - 1}, None),
        ({"data_size": 2**32 - 1}, 0.2),  # as written into a pipe: to the end of the file
        ({"data_size": 2**32 - 1, "riff_size": 2**32 - 1}, 0.2),
        ({"riff_size": 2**24}, 0.2),  # what counts is the size of the samples
        ({"riff_size": 0}, 0.2),
        ({"riff_size": 0, "data_size": 0}, 0.2),
        ({"riff_size": 2**32 - 1}, 0.2),
        ({"data_size": 6402}, None),
        ({"data_size": 2**24}, None),
    ],
)
def test_a_header_is_read_or_refused(tmp_path, fields, duration):
    path = tmp_path / "header.wav"
    path.write_bytes(wav(**fields))
    samples = read_or_refused(path)
    assert (samples is None) if duration is None else (len(samples) == duration * RATE)


def test_a_header_of_256_gigabytes(tmp_path):
    path = tmp_path / "endless.flac"
    soundfile.write(path, TONE, RATE)
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F  # the last 36 of 40 bits count the samples
    content[22:26] = b"\xff" * 4
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"lasts 4294967\.3 s by its header"):
        audio.read(path)


@examples(100)
@given(content=st.binary(max_size=300), magic=st.sampled_from([b"", b"RIFF\x64\0\0\0WAVEfmt "]))
def test_random_bytes(folder, content, magic):
    path = folder / "random.wav"
    path.write_bytes(magic + content)
    assert read_or_refused(path) is None


@pytest.fixture(scope="module")
def recordings(folder):
    """The same tone in every format that libsndfile writes, by format."""
    contents = {}
    for format in sorted(set(soundfile.available_formats()) - {"RAW"}):
        path = folder / f"tone.{format.lower()}"
        try:
            soundfile.write(path, TONE, RATE, format=format)
        except (soundfile.SoundFileError, ValueError):  # only its other subtypes or rates, or none
            continue
        contents[path] = path.read_bytes()
    return contents


def test_most_formats_are_tried(recordings):
    suffixes = {path.suffix for path in recordings}
    assert {".wav", ".flac", ".ogg", ".mp3", ".aiff", ".caf", ".w64", ".rf64", ".au"} <= suffixes


@examples(300)
@given(data=st.data())
def test_damaged_files_of_every_format(recordings, data):
    whole = data.draw(st.sampled_from(sorted(recordings)))
    content = bytearray(recordings[whole])
    place = st.integers(0, min(len(content), 300) - 1)
    word = st.binary(min_size=4, max_size=4) | st.sampled_from([b"\xff" * 4, b"\x7f" * 4, bytes(4)])
    for position, damage in data.draw(st.lists(st.tuples(place, word), max_size=4)):
        content[position : position + 4] = damage
    path = whole.with_stem("damaged")
    path.write_bytes(content[: data.draw(st.none() | st.integers(0, len(content)))])
    read_or_refused(path)


# Reads a file with every word of its header replaced, in less memory than any of the sizes that it
# then announces, and reports by how much its memory grew.
ANNOUNCE = """
import re, resource, sys
from pathlib import Path
from ser_utils import audio
from ser_utils.errors import AudioError

def peak():  # not ru_maxrss, which starts from that of the parent
    return int(re.search("VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])

def attempt(path, **options):
    try:
        audio.read(path, **options)
    except AudioError as error:
        return str(error)

files = [Path(name) for name in sys.argv[1:]]
for file in files:
    attempt(file)
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**29, used + 2**29))
before = peak()
"""
EVERY_WORD = r"""
for file in files:
    content, damaged = file.read_bytes(), file.with_stem("announced")
    for position in range(0, min(len(content), 100), 2):
        for word in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x7f\xff\xff\xff"):
            damaged.write_bytes(content[:position] + word + content[position + 4:])
            attempt(damaged)
print(peak() - before)
"""
WITHOUT_LIMIT = """
print(attempt(files[0]))
print(attempt(files[0], longest=24 * 3600))
print(peak() - before)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")


def in_little_memory(script, files):
    """Lines that a script prints, the last of them its growth in KiB."""
    process = subprocess.run(
        [sys.executable, "-c", ANNOUNCE + script, *map(str, files)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    return process.stdout.splitlines()


@linux
def test_an_announced_size_takes_no_memory(recordings):
    for path, content in recordings.items():
        path.write_bytes(content)
    # libsndfile itself prints about damaged files of the format sds.
    growth = int(in_little_memory(EVERY_WORD, recordings)[-1])
    assert growth < 32 * 1024


@linux
def test_a_real_size_takes_no_memory(folder):
    path = folder / "long.wav"
    size = 2**32 - 2**12
    header = struct.pack(
        "<4sI8sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVEfmt ", 16, 1, 1, RATE * 24, 0, 2, 16, b"data",
        size,
    )  # fmt: skip
    path.write_bytes(header)
    os.truncate(path, len(header) + size)  # takes no disk
    try:
        too_long, too_much, growth = in_little_memory(WITHOUT_LIMIT, [path])
    finally:
        path.unlink()
    assert "too long for an utterance" in too_long
    assert "not a readable audio file" in too_much
    assert int(growth) < 32 * 1024


# Names and what is no file --------------------------------------------------------------------


@st.composite
def names(draw):
    """Text of any script, and bytes that are text in no encoding."""
    text = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
    name = draw(text | st.binary(min_size=1).map(lambda name: os.fsdecode(name)))
    name = name.replace("/", "").replace("\0", "")
    assume(len(os.fsencode(name)) < 200)
    return name


def written(path, content):
    """Write a file, if this file system takes its name."""
    try:
        path.write_bytes(content)
    except (OSError, ValueError):
        assume(False)


@examples(100)
@given(name=names())
@example("Ärger\n\x1b[31m ‮غضب 愤怒 θυμός")
@example(os.fsdecode(b"\xc4rger"))
def test_names_of_files(folder, recordings, name):
    path = folder / f"{name}.wav"
    written(path, recordings[folder / "tone.wav"])
    assert len(read_or_refused(path)) == len(TONE)
    path.write_bytes(b"no recording")
    assert read_or_refused(path) is None
    path.unlink()
    assert read_or_refused(path) is None


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "file.wav/b", "\ud800", ""])
def test_names_that_no_file_can_have(tmp_path, name):
    (tmp_path / "file.wav").touch()
    assert read_or_refused(f"{tmp_path}/{name}") is None


def no_file(path, kind):
    """Put something at `path` that is no regular file."""
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.relpath(path))  # a path of a socket is short
    else:
        targets = {"lost": "absent.wav", "loop": path.name, "endless": "/dev/zero"}
        path.symlink_to(targets[kind])


KINDS = ["folder", "pipe", "socket", "lost", "loop", "endless"]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    no_file(tmp_path / "x.wav", kind)
    assert read_or_refused(tmp_path / "x.wav") is None


@posix
def test_link_to_a_recording(tmp_path, recordings, folder):
    link = tmp_path / "link.wav"
    link.symlink_to(folder / "tone.wav")
    (folder / "tone.wav").write_bytes(recordings[folder / "tone.wav"])
    np.testing.assert_allclose(read_or_refused(link), TONE, atol=1e-4)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
@pytest.mark.parametrize("locked", ["x.wav", "."])
def test_no_permission(tmp_path, locked):
    folder = tmp_path / "folder"
    folder.mkdir()
    soundfile.write(folder / "x.wav", TONE, RATE)
    (folder / locked).chmod(0)
    try:
        with pytest.raises(AudioError, match="Permission denied"):
            audio.read(folder / "x.wav")
    finally:
        folder.chmod(0o700)


# Parsers --------------------------------------------------------------------------------------

PUBLISHED = [name for name, corpus in datasets.CORPORA.items() if not corpus.prepare]


def loaded_or_refused(corpus):
    """Table of a corpus whose every row is a file, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SerWarning)
        try:
            table = datasets.load(corpus, on_error="skip")
        except SerError:
            return None
    assert table["path"].map(os.path.lexists).all()
    assert table["path"].is_unique
    return table


@pytest.mark.parametrize("corpus", PUBLISHED)
def test_names_of_utterances(corpus, tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    official = Path(datasets.CORPORA[corpus].parse.keywords["layout"].example)

    @examples(25)
    @given(
        strange=st.lists(names(), max_size=3),
        changes=st.lists(
            st.tuples(st.integers(0, len(official.stem)), st.sampled_from("٣௧７é\n\u202e.-_ aß1")),
            max_size=4,
        ),
    )
    @example([], [])
    def check(strange, changes):
        folder = data / corpus
        shutil.rmtree(folder, ignore_errors=True)
        (folder / official).parent.mkdir(parents=True)
        (folder / official).touch()
        for position, character in changes:
            stem = official.stem[:position] + character + official.stem[position + 1 :]
            for form in ("NFC", "NFD"):
                name = unicodedata.normalize(form, stem) + official.suffix
                written((folder / official).with_name(name), b"")
        for name in strange:
            written((folder / official).with_name(name + official.suffix), b"")
        table = loaded_or_refused(corpus)
        if table is not None:
            assert str(folder / official) in set(table["path"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SER_DATA", str(data))
        check()


@posix
def test_what_is_no_file_is_a_row_or_nothing(ser_data, monkeypatch):
    folder = ser_data / "emodb"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for kind, emotion in zip(KINDS, "WLEAFT", strict=True):
        no_file(folder / f"03a01{emotion}a.wav", kind)
    table = loaded_or_refused("emodb")
    assert len(table) == len(KINDS) - 1  # all but the folder
    assert all(read_or_refused(path) is None for path in table["path"])


def test_a_name_is_shown_in_one_line():
    assert audio.printable("愤怒 Ärger.wav") == "愤怒 Ärger.wav"
    assert re.fullmatch(r"a\\n\\x1b\\u202e\\udcff", audio.printable("a\n\x1b\u202e\udcff"))
