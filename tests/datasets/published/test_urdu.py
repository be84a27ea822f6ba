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


#: How many clips each speaker has, as the names of the release say.
CLIPS = {
    "Angry": {"SM1": 22, "SM2": 28, "SM3": 2, "SM4": 48},
    "Happy": {
        **{"SF1": 12, "SF2": 2, "SF3": 2, "SF4": 4, "SF5": 4, "SF6": 14, "SF7": 6, "SF8": 2},
        **{"SM17": 2, "SM18": 2, "SM19": 2, "SM3": 2, "SM5": 8, "SM6": 10, "SM7": 28},
    },
    "Neutral": {"SF9": 4, "SM20": 10, "SM21": 4, "SM22": 2, "SM3": 8, "SM5": 72},
    "Sad": {
        **{"SF10": 2, "SF11": 4, "SM23": 6, "SM24": 38, "SM25": 40, "SM26": 2, "SM27": 4},
        **{"SM6": 4},
    },
}


def test_the_names_of_the_release(data, record):
    files = [
        (word, speaker, clip)
        for word, speakers in CLIPS.items()
        for speaker, clips in speakers.items()
        for clip in range(1, clips + 1)
    ]
    numbers = dict.fromkeys(CLIPS, 0)
    for word, speaker, clip in files:
        numbers[word] += 1
        record(data / "urdu", f"{word}/{speaker}_F{clip}_{word[0]}0{numbers[word]}.wav")
    table = datasets.load("urdu")
    assert table["emotion"].value_counts().to_dict() == dict.fromkeys(EMOTIONS.values(), 100)
    assert table.groupby("gender")["speaker"].nunique().to_dict() == {"female": 11, "male": 18}
