import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

EMOTIONS = {
    "ANGRY": "anger",
    "DISGUST": "disgust",
    "FEAR": "fear",
    "HAPPY": "happiness",
    "NEUTRAL": "neutral",
    "SAD": "sadness",
    "SURPRISE": "surprise",
}


@pytest.mark.parametrize("top", ["", "SUBESCO/"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top, recwarn):
    speakers = ("F_01_OISHI", "M_01_TUHIN", "M_10_ABC")
    record(
        data / "subesco",
        *(
            f"{top}{speaker}_S_{sentence}_{word}_{take}.wav"
            for speaker, sentence, word, take in itertools.product(
                speakers, (1, 10), EMOTIONS, (1, 5)
            )
        ),
    )
    table = datasets.load("subesco")
    assert len(table) == 3 * 2 * 7 * 2
    assert set(table["language"]) == {"bn"}
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        "subesco-F_01": "female",
        "subesco-M_01": "male",
        "subesco-M_10": "male",
    }
    for word, emotion in EMOTIONS.items():
        assert (table["path"].str.contains(f"_{word}_") == (table["emotion"] == emotion)).all()
    assert not recwarn.list


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "subesco", "F_02_MONIKA_S_1_NEUTRAL_5.wav")
    (row,) = datasets.load("subesco").to_dict("records")
    assert row == {
        "path": str(data / "subesco/F_02_MONIKA_S_1_NEUTRAL_5.wav"),
        "dataset": "subesco",
        "language": "bn",
        "speaker": "subesco-F_02",
        "gender": "female",
        "emotion": "neutral",
        "sentence": "1",
        "intensity": "",
    }


def test_strays(data, record):
    record(
        data / "subesco", "F_02_MONIKA_S_1_SAD_5.wav", "F_02_S_1_SAD_5.wav", "X_02_A_S_1_SAD_5.wav"
    )
    with pytest.warns(SerWarning, match=r"left out .* \(2\): "):
        assert len(datasets.load("subesco")) == 1


def test_an_unknown_emotion_word(data, record):
    record(data / "subesco", "F_02_MONIKA_S_1_BORED_5.wav")
    with pytest.raises(UnknownEmotionError, match=r"'BORED'.* in 1 file: .*_BORED_5\.wav"):
        datasets.load("subesco")
