import random
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ser_utils import datasets
from ser_utils.datasets.layouts import Layout, read
from ser_utils.errors import CorpusError, SerWarning

#: Labels in folders, and no more than a layout needs.
FOLDERS = Layout(
    corpus="mine",
    language="fr",
    example="anna/colère/1.wav",
    pattern=r"(?P<speaker>anna|paul)/(?P<emotion>colère|joie)/(?P<take>\d)",
    emotions={"colère": "anger", "joie": "happiness"},
)


def stems(table):
    return [Path(path).stem for path in table["path"]]


def speakers_and_emotions(table):
    return list(zip(table["speaker"], table["emotion"], strict=True))


def test_stray_audio_is_left_out_and_named(data, record):
    record(data / "emodb", "wav/03a01Wa.wav", "noise.wav", *(f"take{i}.wav" for i in range(5)))
    with pytest.warns(SerWarning, match=r"left out .* \(6\): .*noise\.wav.* and 3 more") as got:
        table = datasets.load("emodb")
    assert stems(table) == ["03a01Wa"]
    assert len(got) == 1
    assert got[0].filename == __file__  # the warning points at the call of load


def test_an_official_name_with_something_around_it_is_stray(data, record):
    record(data / "emodb", "03a01Wa.wav", "x03a01La.wav", "03a01Na (1).wav", "04a01Wa.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(3\): "):
        assert stems(datasets.load("emodb")) == ["03a01Wa"]


def test_a_second_copy_is_dropped_whatever_its_suffix_and_folder(data, record):
    record(data / "emodb", "flac/03a01Wa.flac", "wav/03a01Wa.wav", "wav/03a01Wb.wav")
    with pytest.warns(SerWarning, match=r"dropped .* 3 files hold 2 utterances \(1\): "):
        table = datasets.load("emodb")
    assert [Path(path).relative_to(data).as_posix() for path in table["path"]] == [
        "emodb/wav/03a01Wa.wav",
        "emodb/wav/03a01Wb.wav",
    ]


def test_rows_are_sorted_by_codes_however_files_are_laid_out(data, record):
    names = [f"{s}{t}Wa" for s in ("03", "10", "16") for t in ("a01", "b10")]
    shuffled = random.Random(0).sample(names, len(names))
    record(data / "emodb", *(f"{i}/{name}.wav" for i, name in enumerate(shuffled)))
    table = datasets.load("emodb")
    assert stems(table) == names
    assert table.index.tolist() == list(range(6))


def test_rows_are_sorted_by_codes_where_these_are_in_folders(tmp_path, record):
    record(tmp_path, "z/anna/joie/1.wav", "a/paul/colère/1.wav", "a/anna/joie/2.wav")
    table = read(tmp_path, FOLDERS)
    assert speakers_and_emotions(table) == [
        ("mine-anna", "happiness"),
        ("mine-anna", "happiness"),
        ("mine-paul", "anger"),
    ]
    assert stems(table) == ["1", "2", "1"]


def test_what_no_name_tells_is_empty(tmp_path, record):
    record(tmp_path, "anna/joie/1.wav")
    (row,) = read(tmp_path, FOLDERS).to_dict("records")
    assert (row["gender"], row["sentence"], row["intensity"]) == ("", "", "")


def test_folders_that_tell_something_are_whole_names(tmp_path, record):
    record(tmp_path, "anna/joie/1.wav", "joanna/joie/2.wav", "anna/joie/x/3.wav", "joie/4.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(3\): "):
        assert stems(read(tmp_path, FOLDERS)) == ["1"]


def test_labels_above_the_corpus_folder_are_not_read(tmp_path, record):
    record(tmp_path / "anna", "joie/1.wav")
    with pytest.raises(CorpusError, match=r"no audio file .* is named as in the official release"):
        read(tmp_path / "anna", FOLDERS)


def test_one_utterance_in_two_folders_is_a_copy_and_one_name_in_two_is_not(tmp_path, record):
    record(tmp_path, "a/anna/joie/1.wav", "b/anna/joie/1.flac", "a/paul/joie/1.wav")
    with pytest.warns(SerWarning, match=r"dropped .* 3 files hold 2 utterances .*1\.flac"):
        table = read(tmp_path, FOLDERS)
    assert table["path"].tolist() == [
        str(tmp_path / f"a/{speaker}/joie/1.wav") for speaker in ("anna", "paul")
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_accent_is_the_same_however_a_system_writes_it(tmp_path, record, form):
    record(tmp_path, unicodedata.normalize(form, "anna/colère/1.wav"))
    table = read(tmp_path, FOLDERS)
    assert speakers_and_emotions(table) == [("mine-anna", "anger")]
    assert Path(table["path"][0]).is_file()


@pytest.mark.parametrize("files", [(), ("wav/readme.txt",)])
def test_a_folder_without_audio(data, files):
    (data / "emodb/wav").mkdir(parents=True)
    for file in files:
        (data / "emodb" / file).write_text("x")
    with pytest.raises(CorpusError, match=r"no audio file in .*emodb.*wav/03a01Wa\.wav"):
        datasets.load("emodb")


def test_a_folder_with_another_corpus_in_it(data, record):
    record(data / "emodb", "f1/rab-f1-b1.wav", "f1/rab-f1-b2.wav")
    with pytest.raises(
        CorpusError, match=r"such as wav/03a01Wa\.wav; found 2 files: .*rab-f1-b1\.wav"
    ):
        datasets.load("emodb")


# --- Case, form and slashes of names ------------------------------------------------------------

LAYOUTS = {
    name: corpus.parse.keywords["layout"]
    for name, corpus in datasets.CORPORA.items()
    if not corpus.prepare and hasattr(corpus.parse.keywords["layout"], "pattern")
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize(
    "written",
    [
        str.lower,
        str.upper,
        str.swapcase,
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: name.replace("/", "\\"),  # as some programs unpack archives of Windows
        lambda name: f"Old.Archive/{name}",
    ],
    ids=["lower", "upper", "swapped", "NFD", "backslashes", "nested"],
)
def test_names_of_every_corpus_are_read_however_they_are_written(tmp_path, name, written, recwarn):
    rows = []
    for number, spell in enumerate((str, written)):
        file = tmp_path / f"{number}" / spell(LAYOUTS[name].example)
        file.parent.mkdir(parents=True)
        file.touch()
        rows += read(tmp_path / f"{number}", LAYOUTS[name]).drop(columns="path").to_dict("records")
    assert rows[0] == rows[1]
    assert not recwarn.list


def test_a_speaker_in_two_spellings_is_one(tmp_path, record):
    layout = replace(FOLDERS, pattern=r"(?P<speaker>\w+)/(?P<emotion>\w+)/(?P<take>\d)")
    record(tmp_path, "Zoë/joie/1.wav", "ZOE\u0308/Joie/2.wav", "zoë/colère/3.wav")
    assert len(set(read(tmp_path, layout)["speaker"])) == 1


def test_codes_that_differ_in_case_only_are_told_apart_where_the_layout_does(tmp_path, record):
    layout = replace(FOLDERS, pattern=r"(?P<speaker>\d)(?P<emotion>[aA])")
    layout = replace(layout, emotions={"a": "anger", "A": "calm"}, example="1a.wav")
    record(tmp_path, "1a.wav", "2A.wav")
    assert read(tmp_path, layout)["emotion"].tolist() == ["anger", "calm"]


# --- Files that a release is known to hold damaged ----------------------------------------------


@pytest.mark.parametrize(
    ("corpus", "bad", "good"),
    [
        ("cremad", "AudioWAV/1076_MTI_SAD_XX.wav", "AudioWAV/1001_DFA_ANG_XX.wav"),
        ("aesdd", "sadness/s05 (3).wav", "anger/a01 (1).wav"),
    ],
)
def test_a_known_bad_file_is_left_out_if_it_is_bad(data, record, recwarn, corpus, bad, good):
    record(data / corpus, bad, good)
    assert [path.endswith(good) for path in datasets.load(corpus)["path"]] == [True]
    (warning,) = recwarn.list
    assert "known to hold damaged (1): " in str(warning.message)
    assert bad in str(warning.message)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 8000)
    soundfile.write(data / corpus / bad, noise, 16_000)
    assert len(datasets.load(corpus)) == 2
    assert len(recwarn.list) == 1


def test_a_folder_of_recordings_to_convert(data):
    (data / "emodb").mkdir()
    for suffix in ("m4a", "M4A", "webm"):
        (data / f"emodb/03a01Wa.{suffix}").touch()
    with pytest.raises(CorpusError, match=r"no audio file .*\(2 m4a, 1 webm\)\. Convert .*ffmpeg"):
        datasets.load("emodb")
