import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

EMOTIONS = {"Angry": "anger", "Happy": "happiness", "Neutral": "neutral", "Sad": "sadness"}


@pytest.mark.parametrize("top", ["urdu", "urdu/URDU-Dataset-master"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top, recwarn):
    record(
        data / top,
        *(
            f"{word}/{speaker}_F{clip}_{word[0]}0{i}{clip}.wav"
            for word, (i, speaker), clip in itertools.product(
                EMOTIONS, enumerate(("SF1", "SM1", "SM27")), (1, 2, 10)
            )
        ),
    )
    table = datasets.load("urdu")
    assert len(table) == 4 * 3 * 3
    assert set(table["language"]) == {"ur"}
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        "urdu-SF1": "female",
        "urdu-SM1": "male",
        "urdu-SM27": "male",
    }
    for word, emotion in EMOTIONS.items():
        assert (table["path"].str.contains(f"/{word}/") == (table["emotion"] == emotion)).all()
    assert not recwarn.list


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "urdu", "Angry/SM4_F48_A0100.wav")
    (row,) = datasets.load("urdu").to_dict("records")
    assert row == {
        "path": str(data / "urdu/Angry/SM4_F48_A0100.wav"),
        "dataset": "urdu",
        "language": "ur",
        "speaker": "urdu-SM4",
        "gender": "male",
        "emotion": "anger",
        "sentence": "",
        "intensity": "",
    }


def test_strays_and_copies(data, record):
    record(data / "urdu", "Sad/SF10_F1_S01.wav", "copy/SF10_F1_S01.wav", "Sad/SX1_F1_S01.wav")
    with pytest.warns(SerWarning) as got:
        assert len(datasets.load("urdu")) == 1
    strays, copies = (str(warning.message) for warning in got)
    assert "SX1_F1_S01.wav" in strays
    assert "copy/SF10_F1_S01.wav" in copies


def test_an_unknown_emotion_code(data, record):
    record(data / "urdu", "Bored/SM1_F1_B01.wav")
    with pytest.raises(UnknownEmotionError, match=r"'B' in 1 file: .*SM1_F1_B01\.wav"):
        datasets.load("urdu")
