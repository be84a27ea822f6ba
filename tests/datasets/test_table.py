from pathlib import Path

import pandas as pd
import pytest

from ser_utils import datasets
from ser_utils.datasets.table import check
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError


def stems(table):
    return [Path(path).stem for path in table["path"]]


@pytest.mark.parametrize(
    ("corpus", "known", "unknown", "code"),
    [
        ("ravdess", "03-01-05-01-01-01-01", "03-01-09-01-01-01-01", "09"),
        ("emodb", "03a01Wa", "03a01Xa", "X"),
        ("emovo", "rab-f1-b1", "xyz-f1-b1", "xyz"),
    ],
)
def test_an_unknown_emotion_code(data, record, corpus, known, unknown, code):
    record(data / corpus, f"{known}.wav", f"{unknown}.wav")
    with pytest.raises(UnknownEmotionError, match=rf"'{code}' in 1 file: .*{unknown}\.wav"):
        datasets.load(corpus)
    with pytest.warns(SerWarning, match=rf"left out .*'{code}' in 1 file: .*{unknown}\.wav"):
        table = datasets.load(corpus, on_error="skip")
    assert stems(table) == [known]
    assert table.index.tolist() == [0]


def test_skipping_every_row_is_an_error(data, record):
    record(data / "emodb", "03a01Xa.wav")
    with pytest.raises(UnknownEmotionError):
        datasets.load("emodb", on_error="skip")


def test_all_unknown_emotions_that_are_left_out_are_named(data, record):
    names = [f"03a0{i}Xa" for i in range(1, 6)]
    record(data / "emodb", "03a01Wa.wav", *(f"{name}.wav" for name in names))
    with pytest.warns(SerWarning, match="in 5 files: .*" + ".*".join(names)):
        datasets.load("emodb", on_error="skip")


def test_a_table_without_a_needed_column():
    with pytest.raises(CorpusError, match=r"mine: its table has no column .*speaker"):
        check(pd.DataFrame({"path": ["a.wav"], "emotion": ["anger"]}), "mine", "raise")
