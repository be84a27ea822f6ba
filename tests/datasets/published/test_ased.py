import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

FOLDERS = {
    "01Neutral": ("n1", "neutral"),
    "02Fearful": ("f2", "fear"),
    "03Happy": ("h3", "happiness"),
    "04Sad": ("s4", "sadness"),
    "05Angry": ("a5", "anger"),
}


@pytest.mark.parametrize("top", ["ased", "ased/ASED_V1-main"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top, recwarn):
    record(
        data / top,
        *(
            f"{folder}/{code}-{sentence}-{take}-{gender}-{speaker}.wav"
            for (folder, (code, _)), sentence, take, (gender, speaker) in itertools.product(
                FOLDERS.items(), ("01", "02", "07"), ("01", "02"), (("01", "01"), ("02", "65"))
            )
        ),
    )
    table = datasets.load("ased")
    assert len(table) == 5 * 3 * 2 * 2
    assert set(table["language"]) == {"am"}
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        "ased-01": "female",
        "ased-65": "male",
    }
    for folder, (code, emotion) in FOLDERS.items():
        rows = table[table["path"].str.contains(f"/{folder}/")]
        assert set(rows["emotion"]) == {emotion}
        assert set(rows["sentence"]) == {"01", "02", f"{code}-07"}  # the first two are common
    assert not recwarn.list


def test_a_capital_that_the_release_has_in_one_name(data, record):
    record(data / "ased", "04Sad/S4-04-02-01-29.wav", "04Sad/s4-04-01-01-29.wav")
    table = datasets.load("ased")
    assert table["emotion"].tolist() == ["sadness"] * 2
    assert table["sentence"].tolist() == ["s4-04"] * 2


def test_strays_and_an_unknown_emotion(data, record):
    record(data / "ased", "04Sad/s4-04-02-01-29.wav", "04Sad/s4-04-02-03-29.wav", "04Sad/s4-04.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(2\): "):
        assert len(datasets.load("ased")) == 1
    record(data / "ased", "05Bored/b5-04-02-01-29.wav")
    with pytest.raises(UnknownEmotionError, match="'b'"), pytest.warns(SerWarning):
        datasets.load("ased")
