import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import datasets as hub
import pandas as pd
import pytest

from ser_utils import datasets, labels
from ser_utils.datasets import own_table
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError

README = Path(__file__).parents[2] / "data/README.md"


@pytest.fixture
def mine(tmp_path, record):
    """A folder with three recordings, and a function that writes a table beside them."""
    record(tmp_path / "mine", "wav/1.wav", "wav/2.wav", "wav/3.wav")

    def write(text: str, name: str = "mine.csv") -> Path:
        file = tmp_path / "mine" / name
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture
def frame(tmp_path, mine):
    paths = [str(tmp_path / f"mine/wav/{i}.wav") for i in (1, 2, 3)]
    return pd.DataFrame(
        {"path": paths, "speaker": ["a", "a", "b"], "emotion": ["anger", "neutral", "fear"]}
    )


SHORT = "path,speaker,emotion\nwav/1.wav,07,anger\nwav/3.wav,NA,calm\n"


# --- What is filled in --------------------------------------------------------------------------


def test_what_is_left_out_is_filled_in(mine):
    file = mine(SHORT)
    folder = str(file.parent)
    assert datasets.from_table(file, language="el").to_dict("records") == [
        {
            "path": f"{folder}/wav/{i}.wav",
            "dataset": "mine",
            "language": "el",
            "speaker": speaker,
            "gender": "",
            "emotion": emotion,
            "sentence": "",
            "intensity": "",
        }
        for i, speaker, emotion in ((1, "mine-07", "anger"), (3, "mine-NA", "calm"))
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_separators_of_spreadsheets_and_their_byte_order_mark(mine, separator):
    plain = datasets.from_table(mine(SHORT), language="el")
    file = mine("\ufeff" + SHORT.replace(",", separator))
    pd.testing.assert_frame_equal(datasets.from_table(file, language="el"), plain)


def test_parquet_and_a_frame_are_read_like_csv(mine):
    file = mine(SHORT)
    plain = datasets.from_table(file, language="el")
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    frame.to_parquet(file.with_suffix(".parquet"))
    parquet = datasets.from_table(file.with_suffix(".parquet"), language="el")
    pd.testing.assert_frame_equal(parquet, plain)
    given = datasets.from_table(frame, "mine", "el", folder=file.parent)
    pd.testing.assert_frame_equal(given, plain)
    assert list(frame) == ["path", "speaker", "emotion"]  # is left as it was


def test_relative_paths_of_a_frame_start_from_the_current_folder(mine, frame, monkeypatch):
    monkeypatch.chdir(Path(frame["path"][0]).parents[1])
    short = frame.assign(path=["wav/1.wav", "./wav/2.wav", "wav/../wav/3.wav"])
    assert datasets.from_table(short, "mine", "el")["path"].tolist() == frame["path"].tolist()


def test_a_table_that_was_saved_is_read_again_as_it_was(mine, frame):
    table = datasets.from_table(frame.assign(note="ours", arousal=[1.5, 2, None]), "mine", "el")
    assert list(table) == [*datasets.COLUMNS, "note", "arousal"]
    file = mine(table.to_csv(index=False), "other name.csv")
    pd.testing.assert_frame_equal(datasets.from_table(file), table)


def test_speakers_are_prefixed_once_and_by_the_name_that_is_given(frame):
    table = frame.assign(dataset="old", speaker=["new-a", "b", "new-b"])
    new = datasets.from_table(table, "new", "el")
    assert new["speaker"].tolist() == ["new-a", "new-b", "new-b"]
    assert set(new["dataset"]) == {"new"}


def test_ratings_stand_in_for_emotions(frame):
    rated = frame.drop(columns="emotion").assign(arousal=["1", "4.5", "3"])
    table = datasets.from_table(rated, "mine", "el")
    assert labels.binary(table, "arousal", 3.0).tolist() == [0, 1, 0]
    assert set(table["emotion"]) == {labels.NO_EMOTION}


def test_a_row_needs_an_emotion_or_a_rating(frame):
    table = frame.assign(emotion=["anger", None, None], valence=[None, 2, None])
    with pytest.raises(UnknownEmotionError, match=r"unknown emotion '' in 1 file: .*3\.wav"):
        datasets.from_table(table, "mine", "el")
    with pytest.warns(SerWarning, match="left out unknown emotion") as got:
        kept = datasets.from_table(table, "mine", "el", on_error="skip")
    assert kept["path"].tolist() == table["path"].tolist()[:2]
    assert got[0].filename == __file__


def test_a_file_that_is_gone_is_left_to_be_skipped(mine):
    file = mine(SHORT)
    gone = file.parent / "wav/3.wav"
    gone.unlink()
    with pytest.raises(CorpusError, match=r"no file, .* row 2 \(wav/3\.wav\).*--on-error skip"):
        datasets.from_table(file, language="el")
    table = datasets.from_table(file, language="el", on_error="skip")
    assert table["path"].tolist() == [str(file.parent / "wav/1.wav"), str(gone)]


# --- Words for emotions -------------------------------------------------------------------------


def test_words_are_mapped_only_if_it_is_said_how(frame):
    table = frame.assign(emotion=["happy ", "neutral", "fear"])
    with pytest.raises(UnknownEmotionError) as error:
        datasets.from_table(table, "mine", "el")
    assert "'happy' (did you mean 'happiness'?)" in str(error.value)
    assert "emotions={word: emotion}" in str(error.value)
    mapped = datasets.from_table(table, "mine", "el", emotions={"happy": "happiness"})
    assert mapped["emotion"].tolist() == ["happiness", "neutral", "fear"]


# --- What is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": ["wav/1.wav", None, "wav/3.wav"]}, r"no path in row 2\."),
        ({"speaker": ["a", "", " "]}, r"no speaker in row 2, row 3\."),
        ({"language": ["el", float("nan"), "el"]}, r"no language in row 2\."),
        ({"language": "Greek"}, r"no ISO 639 code such as 'en' in row 1 \(Greek\), .*row 3"),
        ({"path": ["gone.wav", "wav/2.wav", "wav/3.wav"]}, r"no file.* row 1 \(gone\.wav\)\."),
        ({"path": ["wav/1.wav", "wav/2.wav", "./wav/1.wav"]}, r"more than once.* row 1 .*, row 3"),
        ({"valence": ["1", "high", ""]}, r"valence is no number in row 2 \(high\)\."),
        ({"arousal": ["1", "inf", "nan"]}, r"arousal is no number in row 2 \(inf\)\."),
    ],
)
def test_cells_that_are_wrong_are_named(mine, frame, change, message):
    table = frame.assign(**{"path": ["wav/1.wav", "wav/2.wav", "wav/3.wav"], "language": "el"})
    file = mine(table.assign(**change).to_csv(index=False))
    with pytest.raises(CorpusError, match=re.escape(str(file)) + ".*" + message):
        datasets.from_table(file)


def test_only_some_of_many_rows_are_named(frame):
    many = pd.concat([frame] * 3)
    with pytest.raises(CorpusError, match=r"row 1 \(.*, row 3 \(.* and 6 more\."):
        datasets.from_table(many, "mine", "el")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["path", "emotion"], "no column dataset, language, speaker; there are path, emotion"),
        (["path", "speaker"], r"no column .*, emotion \(nor the ratings arousal or valence\)"),
    ],
)
def test_columns_that_are_missing_are_named(frame, columns, message):
    with pytest.raises(CorpusError, match=message):
        datasets.from_table(frame[columns])


@pytest.mark.parametrize("name", ["mine.csv", "mine.parquet"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00PAR1\x00\n", b'a,b\n1,2\n"3', None])
def test_a_file_that_is_no_table_is_refused_in_one_line(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError) as error:
        datasets.from_table(tmp_path / name, language="el")
    assert str(tmp_path / name) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_table_without_rows_is_refused(mine):
    with pytest.raises(CorpusError, match="no row"):
        datasets.from_table(mine("path,speaker,emotion\n"), language="el")


# --- In SER_DATA --------------------------------------------------------------------------------

TABLE = "path,language,speaker,emotion\nwav/1.wav,el,1,anger\nwav/2.wav,el,2,calm\n"


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_folder_with_a_table_is_a_corpus(data, record, suffix):
    record(data / "mine", "wav/1.wav", "wav/2.wav")
    file = data / "mine/table.csv"
    file.write_text(TABLE)
    if suffix == "parquet":
        pd.read_csv(file).to_parquet(file.with_suffix(".parquet"))
        file.unlink()
    assert "mine" in datasets.available()
    assert datasets.find("mine")[0].language == "el"
    table = datasets.load("mine")
    assert table["speaker"].tolist() == ["mine-1", "mine-2"]
    assert table["path"].tolist() == [str(data / f"mine/wav/{i}.wav") for i in (1, 2)]
    assert datasets.choose("mine", "synthetic-en") == ("mine", "synthetic-en")


def test_a_folder_with_a_table_is_known_to_other_processes(data, record):
    record(data / "mine", "wav/1.wav", "wav/2.wav")
    (data / "mine/table.csv").write_text(TABLE)
    ran = subprocess.run(
        [sys.executable, "-m", "ser_utils", "datasets"], capture_output=True, text=True, check=True
    )
    assert ["mine", "el", "SER_DATA/mine"] in [line.split() for line in ran.stdout.splitlines()]


def test_a_damaged_table_hides_no_other_corpus(data, record):
    (data / "mine").mkdir()
    (data / "mine/table.csv").write_bytes(b"\xff\xff")
    record(data / "emodb", "wav/03a01Wa.wav")
    assert {"emodb", "mine"} <= {*datasets.available()}
    assert len(datasets.load("emodb")) == 1
    with pytest.raises(CorpusError, match="cannot be read"):
        datasets.load("mine")


def test_a_table_is_read_once_however_often_its_corpus_is_looked_up(data, record, monkeypatch):
    record(data / "mine", "wav/1.wav", "wav/2.wav")
    file = data / "mine/table.csv"
    file.write_text(TABLE)
    read, files = own_table.read_file, []
    monkeypatch.setattr(own_table, "read_file", lambda file: files.append(file) or read(file))
    datasets.choose("mine", "auto")
    datasets.find("mine")
    assert files == [file]
    file.write_text(TABLE.replace(",el,", ",pl,"))
    os.utime(file, ns=(1, 1))
    assert datasets.find("mine")[0].language == "pl"
    assert files == [file, file]


def test_the_parser_of_a_published_corpus_goes_before_a_table(data, record):
    record(data / "emodb", "wav/03a01Wa.wav")
    (data / "emodb/table.csv").write_text(TABLE)
    assert datasets.load("emodb")["speaker"].tolist() == ["emodb-03"]


def test_hidden_folders_are_no_corpora(data):
    (data / ".mine.tmp").mkdir()
    (data / ".mine.tmp/table.csv").write_text(TABLE)
    assert ".mine.tmp" not in datasets.names()


# --- The page -----------------------------------------------------------------------------------


def test_the_examples_of_the_page_work(
    data, tmp_path, record, monkeypatch, forgotten, audformat_database
):
    """Run every block of the section in order, in a folder with what it speaks of."""
    section = README.read_text(encoding="utf-8").split("\n## A corpus of your own\n")[1]
    blocks = re.findall(r"```(csv|python)\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    monkeypatch.chdir(tmp_path)
    record(
        data / "mine",
        "anna_colere_3.wav",
        "paul_neutre_1.wav",
        *(f"wav/{i}.wav" for i in (1, 2, 3)),
    )
    record(tmp_path / "survey", "1.wav", "2.wav")
    (tmp_path / "survey/labels.csv").write_text(
        "path,speaker,emotion\n1.wav,1,thymos\n2.wav,2,hara\n"
    )
    audformat_database(tmp_path / "downloads/emodb")
    monkeypatch.setattr(hub.config, "HF_DATASETS_CACHE", tmp_path / "hub")
    recording = {"bytes": (tmp_path / "survey/1.wav").read_bytes(), "path": "1.wav"}
    columns = {"audio": [recording], "actor_id": [7], "text": ["s1"], "emotion": ["thymos"]}
    released = hub.Dataset.from_dict(columns).cast_column("audio", hub.Audio())
    released.to_parquet(tmp_path / "downloads/train.parquet")
    (kind, table), *programs = blocks
    assert kind == "csv"
    (data / "mine/table.csv").write_text(table)
    assert datasets.load("mine")["emotion"].tolist() == ["anger", "neutral", "happiness"]
    shutil.rmtree(data / "mine/wav")
    (data / "mine/table.csv").unlink()
    made, names = [], {}
    for _, program in programs:
        exec(program, names)
        made.append(names["table"])
    survey, emodb, shared, parsed, layout, saved = made
    assert survey["emotion"].tolist() == ["anger", "happiness"]
    assert set(emodb["language"]) == {"de"}
    assert shared[["speaker", "emotion", "sentence"]].to_numpy().tolist() == [
        ["mine-7", "anger", "s1"]
    ]
    assert parsed["emotion"].tolist() == ["anger", "neutral"]
    assert layout["gender"].tolist() == ["female", "male"]
    del datasets.CORPORA["mine"]  # as in another process
    pd.testing.assert_frame_equal(datasets.load("mine"), saved)
