"""What label files share, on a made-up corpus; each real one has tests of its own."""

import csv
import math
import os
import warnings
from pathlib import Path

import pytest

from ser_utils import datasets, labels
from ser_utils.datasets.label_files import NUMBER, labelled_corpus, read_columns
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError

COLUMNS = {
    "stem": r".+",
    "speaker": r"\w+",
    "gender": "female|male",
    "category": r"\w*",
    "arousal": NUMBER,
}
HEADER = "stem,speaker,gender,category,arousal,remark"
ANNA, PAUL = "a1,anna,female,joy,4.5,", "p1,paul,male,calm,1.0,"


@pytest.fixture
def mine(data, monkeypatch):
    """Write the label file of the corpus "mine" and return its folder."""
    corpus = labelled_corpus(
        corpus="mine",
        language="fr",
        title="Mine",
        source="ask me",
        example="audio/a1.wav",
        files="labels/*.csv",
        read=lambda file: read_columns(file, COLUMNS),
        emotions={"joy": "happiness", "none": labels.NO_EMOTION},
        left_out="all_.*",
    )
    monkeypatch.setitem(datasets.CORPORA, "mine", corpus)

    def write(*lines, file="labels/1.csv", header=HEADER):
        path = data / "mine" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        return data / "mine"

    return write


def test_labels_are_joined_with_audio_by_stem(mine, record, recwarn):
    folder = mine(PAUL, ANNA)
    record(folder, "x/p1.flac", "audio/a1.wav", "all_day.wav")
    table = datasets.load("mine")
    assert table.columns.tolist() == [*datasets.COLUMNS, "category", "arousal"]
    assert table.to_dict("records") == [
        {
            "path": str(folder / "audio/a1.wav"),
            "dataset": "mine",
            "language": "fr",
            "speaker": "mine-anna",
            "gender": "female",
            "emotion": "happiness",
            "sentence": "",
            "intensity": "",
            "category": "joy",
            "arousal": 4.5,
        },
        {
            "path": str(folder / "x/p1.flac"),
            "dataset": "mine",
            "language": "fr",
            "speaker": "mine-paul",
            "gender": "male",
            "emotion": "calm",
            "sentence": "",
            "intensity": "",
            "category": "calm",
            "arousal": 1.0,
        },
    ]
    assert not recwarn.list


@pytest.mark.parametrize("nested", [".", "release", "release/corpus/v1"])
def test_the_archive_may_be_unpacked_into_folders_and_the_folder_be_a_link(
    mine, record, tmp_path, nested
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "data/mine").symlink_to(elsewhere)
    mine(ANNA, file=f"{nested}/labels/1.csv")
    record(elsewhere, f"{nested}/audio/a1.wav")
    assert len(datasets.load("mine")) == 1


def test_a_loop_of_links_does_not_repeat_labels(mine, record):
    folder = mine(ANNA)
    record(folder, "a1.wav")
    (folder / "loop").symlink_to(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(datasets.load("mine")) == 1


def test_audio_without_a_label_and_labels_without_audio_are_left_out_and_counted(mine, record):
    folder = mine(ANNA, PAUL, *(f"q{i},q,male,joy,3," for i in range(4)))
    record(folder, "a1.wav", "stray.wav")
    with pytest.warns(SerWarning) as got:
        table = datasets.load("mine")
    assert table["speaker"].tolist() == ["mine-anna"]
    assert [str(warning.message) for warning in got] == [
        f"mine: left out audio without a label (1): {folder / 'stray.wav'}",
        "mine: left out labels without audio (5): p1, q0, q1 and 2 more",
    ]
    assert {warning.filename for warning in got} == {__file__}  # they point at the call of load


@pytest.mark.parametrize(("label", "file"), [("é1", "e\u03011"), ("e\u03011", "é1")])
def test_accents_may_be_letters_of_their_own(mine, record, label, file):
    record(mine(ANNA.replace("a1", label)), f"{file}.wav")
    assert datasets.load("mine")["speaker"].tolist() == ["mine-anna"]


def test_a_second_copy_of_audio_is_dropped(mine, record):
    folder = mine(ANNA)
    record(folder, "1/a1.wav", "2/a1.flac")
    with pytest.warns(SerWarning, match=rf"second copies .* \(1\): {folder}/2/a1\.flac$"):
        assert datasets.load("mine")["path"].tolist() == [str(folder / "1/a1.wav")]


@pytest.mark.parametrize(
    "line",
    [
        "p1,paul,male,calm",  # truncated
        "p1,paul,male,calm,2,remark,more",
        "p1,paul,man,calm,2,",
        "p1,paul,male,calm,2.5.1,",
        "p1,paul,male,calm,-inf,",
        "p1,paul,male,calm,٣,",
        "p1,,male,calm,2,",
        "\ufffd\0",
    ],
)
def test_a_damaged_line_is_left_out_and_named(mine, record, line):
    folder = mine(ANNA, line)
    record(folder, "a1.wav")
    with pytest.warns(SerWarning, match=r"damaged lines .* \(1\): .*labels/1\.csv, line 3$"):
        table = datasets.load("mine")
    assert table["arousal"].tolist() == [4.5]


@pytest.mark.parametrize(
    ("text", "number"), [("-0.25", -0.25), ("3", 3.0), ("5e-06", 5e-6), ("NaN", math.nan)]
)
def test_ratings_are_numbers_as_pandas_and_corpora_write_them(mine, record, text, number):
    record(mine(f"a1,anna,female,joy,{text},"), "a1.wav")
    assert datasets.load("mine")["arousal"].tolist() == pytest.approx([number], nan_ok=True)


def test_a_byte_order_mark_and_other_encodings_do_no_harm(mine, record):
    folder = mine(ANNA, header="\ufeff" + HEADER)
    with (folder / "labels/1.csv").open("ab") as file:
        file.write("\np1,paul,male,calm,1,f\xfcr mich".encode("latin-1"))
    record(folder, "a1.wav", "p1.wav")
    assert datasets.load("mine")["speaker"].tolist() == ["mine-anna", "mine-paul"]


def test_a_category_that_is_no_emotion_keeps_its_ratings(mine, record):
    folder = mine(
        ANNA, PAUL, "p2,paul,male,none,5,", "p3,paul,male,none,2,", "p4,paul,male,none,NaN,"
    )
    record(folder, "a1.wav", *(f"p{i}.wav" for i in range(1, 5)))
    with pytest.warns(SerWarning) as got:
        table = datasets.load("mine")
    assert [str(warning.message) for warning in got] == [
        f"mine: left out utterances with neither an emotion nor a rating (1): {folder / 'p4.wav'}",
        "mine: some categories are no emotion of ser_utils.labels.EMOTIONS, and their utterances "
        "(how many) can be labelled by a threshold on their ratings only: 'none' (2)",
    ]
    assert table["emotion"].tolist() == ["happiness", "calm", "", ""]
    assert table["category"].tolist() == ["joy", "calm", "none", "none"]
    by_rating = labels.binary(table, "arousal", 3.0)
    assert by_rating.tolist() == [1, 0, 1, 0]
    by_emotion = labels.binary(table, "arousal")
    assert by_emotion.tolist() == pytest.approx([1, 0, math.nan, math.nan], nan_ok=True)


def test_an_unknown_category_is_an_unknown_emotion(mine, record):
    record(mine(ANNA, "p1,paul,male,zeal,2,"), "a1.wav", "p1.wav")
    with pytest.raises(UnknownEmotionError, match=r"'zeal' in 1 file: .*p1\.wav"):
        datasets.load("mine")
    with pytest.warns(SerWarning, match=r"left out .*'zeal' in 1 file: .*p1\.wav"):
        assert datasets.load("mine", on_error="skip")["speaker"].tolist() == ["mine-anna"]


def test_a_label_may_be_repeated_but_not_contradicted(mine, record):
    folder = mine(ANNA, ANNA)
    mine(ANNA, PAUL, file="labels/2.csv")
    record(folder, "a1.wav", "p1.wav")
    assert len(datasets.load("mine")) == 2
    mine(PAUL.replace("calm", "joy"), file="labels/3.csv")
    with pytest.raises(CorpusError, match=r"contradict each other about p1\. .*labels/1\.csv"):
        datasets.load("mine")


def test_no_label_file(mine, record):
    record(mine(file="labels.csv"), "a1.wav")
    with pytest.raises(CorpusError, match=r"mine: no label file in .*Expected labels/\*\.csv"):
        datasets.load("mine")


def test_hidden_files_and_folders_are_no_label_files(mine, record):
    folder = mine(ANNA)
    mine("not a label", file="labels/._1.csv")
    (folder / "labels/2.csv").mkdir()
    record(folder, "a1.wav")
    assert len(datasets.load("mine")) == 1


def test_a_label_file_without_labels(mine, record):
    record(mine(), "a1.wav")
    with pytest.raises(CorpusError, match=r"mine: no label in .*labels/1\.csv"):
        datasets.load("mine")


@pytest.mark.parametrize("header", ["", "stem,speaker,gender,category"])
def test_a_label_file_without_a_needed_column(mine, record, header):
    record(mine(header=header), "a1.wav")
    with pytest.raises(CorpusError, match=r"labels/1\.csv has no column .*arousal"):
        datasets.load("mine")


def test_a_field_without_end(mine, record):
    record(mine("a1,anna," + "x" * (csv.field_size_limit() + 1)), "a1.wav")
    with pytest.raises(CorpusError, match=r"mine: cannot read .*labels/1\.csv: field larger"):
        datasets.load("mine")


def test_a_label_file_that_may_not_be_read(mine, record, monkeypatch):
    record(mine(ANNA), "a1.wav")
    real = Path.open

    def no_permission(self, *args, **kwargs):
        if self.suffix == ".csv":
            raise PermissionError(13, os.strerror(13), str(self))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", no_permission)
    with pytest.raises(CorpusError, match=r"cannot read .*labels/1\.csv: .*Permission denied"):
        datasets.load("mine")


def test_no_audio(mine, record):
    record(mine(ANNA), "all_day.wav")
    with pytest.raises(CorpusError, match=r"mine: no audio file in .*such as audio/a1\.wav"):
        datasets.load("mine")


@pytest.mark.parametrize("line", [PAUL, "a1,anna,female,none,NaN,"])
def test_labels_that_leave_no_utterance(mine, record, line):
    record(mine(line), "a1.wav")
    with pytest.raises(CorpusError, match=r"none of the 1 labels .*; found .*a1\.wav"):
        datasets.load("mine")


@pytest.mark.parametrize("change", [str.upper, str.title, str.lower])
def test_case_makes_no_difference(mine, record, change):
    folder = mine(change(ANNA), change(PAUL), file="Labels/1.CSV", header=HEADER.upper())
    record(folder, "audio/A1.wav", "audio/p1.WAV")
    table = datasets.load("mine")
    assert table["emotion"].tolist() == ["happiness", "calm"]
    assert table["gender"].tolist() == ["female", "male"]


def test_laryngograms_and_other_versions_are_left_out(mine, record, tmp_path):
    folder = mine(ANNA)
    record(folder, "audio/a1.wav", "laryngo/a1.wav")
    with pytest.warns(SerWarning, match=r"left out laryngograms, .* \(1\)"):
        assert datasets.load("mine")["path"].tolist() == [str(folder / "audio/a1.wav")]


def test_a_label_file_that_git_lfs_left_behind(mine, record):
    folder = mine(ANNA)
    record(folder, "a1.wav")
    (folder / "labels/1.csv").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0")
    with pytest.raises(CorpusError, match=r"labels/1\.csv: is a pointer of Git LFS.*git lfs pull"):
        datasets.load("mine")
