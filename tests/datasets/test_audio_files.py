import os
import warnings
from pathlib import Path

import pytest
import soundfile

from ser_utils import datasets
from ser_utils.datasets.audio_files import AUDIO_SUFFIXES, find_audio
from ser_utils.errors import CorpusError


def stems(table):
    return [Path(path).stem for path in table["path"]]


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff", "mp3", "WAV", "Flac", "au"])
def test_audio_of_any_suffix_is_read(data, record, suffix):
    record(data / "emodb", f"wav/03a01Wa.{suffix}")
    assert datasets.load("emodb")["path"].tolist() == [str(data / f"emodb/wav/03a01Wa.{suffix}")]


def test_audio_suffixes_are_those_that_soundfile_reads_without_being_told_the_rate(tmp_path):
    assert {".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif", ".opus"} <= AUDIO_SUFFIXES
    assert not {".raw", ".csv", ".txt", ".pdf", ".mp4"} & AUDIO_SUFFIXES
    renamed = tmp_path / "a.aif"
    soundfile.write(renamed, [0.0], 16000, format="AIFF")
    assert soundfile.info(renamed).frames == 1


def test_files_that_are_not_audio_and_hidden_files_are_ignored_silently(data, record, recwarn):
    record(data / "emodb", "wav/03a01Wa.wav", "wav/._03a01Wa.wav", ".trash/03a01La.wav")
    record(data / "emodb/__MACOSX", "wav/._03a01Wa.wav", "wav/03a01Ta.wav")
    for name in (
        ".DS_Store",
        "desktop.ini",
        "Thumbs.db",
        "labels.csv",
        "wav/03a01Ta.txt",
        "readme",
    ):
        (data / "emodb" / name).write_text("x")
    assert stems(datasets.load("emodb")) == ["03a01Wa"]
    assert not recwarn.list


def test_a_corpus_folder_that_is_a_link(data, record, tmp_path):
    record(tmp_path / "elsewhere", "wav/03a01Wa.wav")
    (data / "emodb").symlink_to(tmp_path / "elsewhere")
    assert datasets.load("emodb")["path"].tolist() == [str(data / "emodb/wav/03a01Wa.wav")]


def test_a_link_inside_is_followed_and_a_loop_of_links_ends(data, record, tmp_path):
    record(tmp_path / "elsewhere", "03a01Wa.wav")
    (data / "emodb").mkdir()
    (data / "emodb/wav").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/loop").symlink_to(data / "emodb")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is found twice
        assert stems(datasets.load("emodb")) == ["03a01Wa"]


def test_a_folder_that_cannot_be_listed_is_an_error_and_not_a_smaller_corpus(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()
    real_scandir = os.scandir

    def scandir(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", path)
        return real_scandir(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(CorpusError, match=r"cannot list .*locked: Permission denied"):
        list(find_audio(tmp_path))


@pytest.mark.parametrize("name", [b"\xe9t\xe9/03a01Wa.wav", b"03a01W\xe9.wav"])
def test_a_name_that_is_not_text_is_an_error_that_shows_its_bytes(data, name):
    file = data / "emodb" / os.fsdecode(name)
    try:
        file.parent.mkdir(parents=True)
        file.touch()
    except OSError:
        pytest.skip("a file system that takes no such name")
    with pytest.raises(CorpusError, match=r"\\xe9.*is not valid utf-8\. Rename it"):
        datasets.load("emodb")


@pytest.mark.parametrize("name", [b"m\xfcnchen/table.csv", b"other/m\xfcnchen.csv"])
def test_a_table_whose_name_is_not_text_is_an_error_that_shows_its_bytes(data, name):
    file = data / os.fsdecode(name)
    try:
        file.parent.mkdir(parents=True)
        file.write_text("path,language,speaker,emotion\n1.wav,de,1,anger\n", encoding="utf-8")
    except OSError:
        pytest.skip("a file system that takes no such name")
    with pytest.raises(CorpusError, match=r"m\\xfcnchen.*is not valid utf-8\. Rename it"):
        datasets.from_table(file)
    if file.name == "table.csv":
        with pytest.raises(CorpusError, match=r"m\\xfcnchen.*is not valid utf-8\. Rename it"):
            datasets.load(file.parent.name)


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 72862\n"


def test_a_corpus_of_pointers_is_one_error_that_says_how_to_get_its_files(data):
    folder = data / "cremad/AudioWAV"
    folder.mkdir(parents=True)
    for actor in (1001, 1002):
        (folder / f"{actor}_DFA_ANG_XX.wav").write_text(POINTER)
    with pytest.raises(CorpusError, match=r"cremad: holds no audio: .*Git LFS.*`git lfs pull`"):
        datasets.load("cremad")
    assert len(datasets.load("cremad", on_error="skip")) == 2  # what reads them tells of each


def test_a_pointer_among_recordings_is_left_to_what_reads_it(data, record):
    record(data / "cremad", "AudioWAV/1002_DFA_ANG_XX.wav")
    (data / "cremad/AudioWAV/1001_DFA_ANG_XX.wav").write_text(POINTER)
    assert len(datasets.load("cremad")) == 2


def test_a_table_of_pointers(tmp_path):
    (tmp_path / "a.wav").write_text(POINTER)
    (tmp_path / "table.csv").write_text("path,speaker,emotion\na.wav,1,anger\n")
    with pytest.raises(CorpusError, match=r"holds no audio: .*Git LFS"):
        datasets.from_table(tmp_path / "table.csv", language="el")
