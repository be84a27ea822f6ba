"""Tables as Excel, R and others write them."""

import unicodedata

import pandas as pd
import pytest

from ser_utils import datasets
from ser_utils.datasets.table_files import read_file
from ser_utils.errors import CorpusError, SerWarning

PLAIN = "path,speaker,emotion,arousal\nwav/1.wav,07,anger,1.5\nwav/2.wav,Zoë,calm,2\n"


@pytest.fixture
def mine(tmp_path, record):
    """Write a table beside two recordings, and read it."""
    record(tmp_path, "wav/1.wav", "wav/2.wav")

    def write(content, name="mine.csv", encoding="utf-8", **how):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return datasets.from_table(file, "mine", "el", **how)

    return write


def of_excel(text):
    """Semicolons between columns, commas in numbers, ends of lines of Windows, empty rows."""
    text = text.replace(",", ";").replace("1.5", "1,5").replace("wav/", "wav\\")
    return text.replace("\n", "\r\n") + ";;;\r\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (PLAIN, "utf-16"),
        (PLAIN.replace(",", "\t"), "utf-16"),
        (of_excel(PLAIN), "utf-8-sig"),
        ("sep=;\r\n" + of_excel(PLAIN), "utf-8"),
        (of_excel(PLAIN.replace("arousal\n", "arousal;;\n")), "utf-8"),
        (unicodedata.normalize("NFD", PLAIN), "utf-8"),
        (
            PLAIN.replace("path,speaker,emotion", "Path, SPEAKER ,Emotion").replace(
                "anger", "Anger"
            ),
            "utf-8",
        ),
        (PLAIN.replace("wav/1", "WAV/1"), "utf-8"),
    ],
)
def test_spreadsheets(mine, text, encoding):
    pd.testing.assert_frame_equal(mine(text, encoding=encoding), mine(PLAIN))


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_the_encoding_of_western_spreadsheets_is_guessed_and_told(mine, encoding):
    with pytest.warns(SerWarning, match=r"mine\.csv is not in UTF-8: read as Western European"):
        table = mine(of_excel(PLAIN), encoding=encoding)
    pd.testing.assert_frame_equal(table, mine(PLAIN))


@pytest.mark.parametrize(
    "text",
    [
        '"","path","speaker","emotion","arousal"\n"1","wav/1.wav","07","anger",1.5\n'
        '"2","wav/2.wav","Zoë","calm",2\n',  # write.csv
        '"";"path";"speaker";"emotion";"arousal"\n"1";"wav/1.wav";"07";"anger";1,5\n'
        '"2";"wav/2.wav";"Zoë";"calm";2\n',  # write.csv2
        '"path" "speaker" "emotion" "arousal"\n"1" "wav/1.wav" "07" "anger" 1.5\n'
        '"2" "wav/2.wav" "Zoë" "calm" 2\n',  # write.table
        '"path"\t"speaker"\t"emotion"\t"arousal"\n"1"\t"wav/1.wav"\t"07"\t"anger"\t1.5\n'
        '"2"\t"wav/2.wav"\t"Zoë"\t"calm"\t2\n',  # write.table(sep = "\t")
    ],
)
def test_names_of_rows_of_r(mine, text):
    pd.testing.assert_frame_equal(mine(text), mine(PLAIN))


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_ends_of_lines_and_blanks_in_names_of_columns(mine, end):
    text = PLAIN.replace("arousal\n", "arousal,a note of my own on it\n")
    table = mine(text.replace("5\n", "5,x\n").replace("2\n", "2,y\n").replace("\n", end))
    assert table["speaker"].tolist() == ["mine-07", "mine-Zoë"]
    assert table["a note of my own on it"].tolist() == ["x", "y"]


def test_missing_values_of_r(mine):
    table = mine(
        "path,speaker,gender,emotion,arousal\nwav/1.wav,NA,NA,anger,NA\nwav/2.wav,b,male,NA,2\n"
    )
    assert table["speaker"].tolist() == ["mine-NA", "mine-b"]
    assert table["gender"].tolist() == ["", "male"]
    assert table["emotion"].tolist() == ["anger", ""]
    assert table["arousal"].isna().tolist() == [True, False]


def test_separators_at_the_end_of_lines_name_no_rows(mine):
    for text in (PLAIN.replace("\n", ",\n"), PLAIN.replace("5\n", "5,\n")):
        pd.testing.assert_frame_equal(mine(text), mine(PLAIN))


@pytest.mark.parametrize(
    ("content", "name", "what"),
    [
        (b"PK\x03\x04", "mine.xlsx", r"workbook of Excel.*save it as CSV"),
        (b"PK\x03\x04", "mine.csv", r"workbook of Excel.*save it as CSV"),
        (b"\xd0\xcf\x11\xe0", "mine.xls", r"workbook of Excel.*save it as CSV"),
        (b"\x1f\x8b\x08", "mine.rds", r"compressed .*write\.csv"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "mine.csv", "pointer of Git LFS"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "mine.parquet", "pointer of Git LFS"),
        (b"<!DOCTYPE html>", "mine.csv", "a web page"),
        (b"one,\0,two", "mine.csv", "no column"),
        (b"path", "mine.csv", "no comma, semicolon or tab"),
        (b"Path,PATH,speaker,emotion\n", "mine.csv", "several columns path"),
        (b"PAR1" + bytes(100), "mine.parquet", "cannot be read as a table"),
    ],
)
def test_what_is_no_table_is_named(mine, content, name, what):
    with pytest.raises(CorpusError, match=what) as refused:
        mine(content, name)
    assert name in str(refused.value)


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(CorpusError, match="is no file, but a folder"):
        read_file(tmp_path)


@pytest.mark.parametrize("path", [r"C:\corpus\wav\1.wav", r"\\server\wav\1.wav", "D:/wav/1.wav"])
def test_paths_of_another_system_are_named_as_the_cause(mine, path):
    with pytest.raises(CorpusError, match="since these are paths of another system"):
        mine(PLAIN.replace("wav/1.wav", path))


@pytest.mark.parametrize("column", [[0, 1], [0.0, 1.0], ["0", "1"], ["0.0", "1,0"]])
@pytest.mark.parametrize("emotions", [{0: "anger", 1: "calm"}, {"0": "Anger", 1.0: "calm"}])
def test_emotions_by_numbers(tmp_path, record, column, emotions):
    record(tmp_path, "1.wav", "2.wav")
    table = pd.DataFrame({"path": ["1.wav", "2.wav"], "speaker": ["a", "b"], "emotion": column})
    table.to_csv(tmp_path / "mine.csv", index=False)
    for given in (table, tmp_path / "mine.csv"):
        made = datasets.from_table(given, "mine", "el", emotions=emotions, folder=tmp_path)
        assert made["emotion"].tolist() == ["anger", "calm"]


@pytest.mark.parametrize(("column", "word"), [("gender", "F"), ("intensity", "2")])
def test_words_outside_the_vocabulary(mine, column, word):
    text = f"path,speaker,emotion,{column}\nwav/1.wav,a,anger,{word}\nwav/2.wav,b,calm,\n"
    with pytest.raises(CorpusError, match=rf"{column} '{word}' .*none of .*--on-error skip"):
        mine(text)
    with pytest.warns(SerWarning, match=f"left empty {column} '{word}'"):
        assert set(mine(text, on_error="skip")[column]) == {""}


def test_one_speaker_in_two_spellings(mine):
    assert mine(PLAIN.replace("07", "ZOË"))["speaker"].nunique() == 1
