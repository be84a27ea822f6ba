import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

SPEAKERS = ("DC", "JE", "JK", "KL")
EMOTIONS = {
    "a": "anger",
    "d": "disgust",
    "f": "fear",
    "h": "happiness",
    "n": "neutral",
    "sa": "sadness",
    "su": "surprise",
}


@pytest.mark.parametrize(
    "name", ["{}/{}{:02}.wav", "AudioData/{}/{}{:02}.wav", "ALL/{}_{}{:02}.wav"]
)
def test_every_utterance_of_both_layouts_is_read(data, record, name, recwarn):
    record(
        data / "savee",
        *(name.format(*codes) for codes in itertools.product(SPEAKERS, EMOTIONS, (1, 15))),
    )
    table = datasets.load("savee")
    assert set(table["language"]) == {"en"}
    assert set(table["gender"]) == {"male"}
    assert list(zip(table["speaker"], table["emotion"], table["sentence"], strict=True)) == [
        (f"savee-{speaker}", emotion, f"{code}{number}")
        for speaker, (code, emotion), number in itertools.product(
            SPEAKERS, EMOTIONS.items(), ("01", "15")
        )
    ]
    assert not recwarn.list  # the same name in two folders is no copy


def test_each_code_of_a_path_is_decoded(data, record):
    record(data / "savee", "KL/su07.wav")
    (row,) = datasets.load("savee").to_dict("records")
    assert row == {
        "path": str(data / "savee/KL/su07.wav"),
        "dataset": "savee",
        "language": "en",
        "speaker": "savee-KL",
        "gender": "male",
        "emotion": "surprise",
        "sentence": "su07",
        "intensity": "",
    }


def test_strays_and_a_copy_in_the_other_layout(data, record):
    record(data / "savee", "DC/a01.wav", "ALL/DC_a01.wav", "a02.wav", "XY/a03.wav", "xDC/a04.wav")
    with pytest.warns(SerWarning) as got:
        assert len(datasets.load("savee")) == 1
    strays, copies = (str(warning.message) for warning in got)
    assert "(3): " in strays
    assert "2 files hold 1 utterances" in copies


def test_an_unknown_emotion_code(data, record):
    record(data / "savee", "DC/b01.wav")
    with pytest.raises(UnknownEmotionError, match=r"'b' in 1 file: .*b01\.wav"):
        datasets.load("savee")
