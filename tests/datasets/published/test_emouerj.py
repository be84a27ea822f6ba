import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

EMOTIONS = {"a": "anger", "h": "happiness", "n": "neutral", "s": "sadness"}
GENDERS = {"m": "male", "w": "female"}


@pytest.mark.parametrize("top", ["", "emoUERJ/wav/"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top, recwarn):
    names = [
        f"{gender}0{actor}{emotion}{number}.wav"
        for gender, actor, emotion, number in itertools.product(
            GENDERS, range(1, 5), EMOTIONS, ("01", "12")
        )
    ]
    record(data / "emouerj", *(top + name for name in names))
    table = datasets.load("emouerj")
    assert [path[-10:] for path in table["path"]] == names
    assert table["speaker"].tolist() == [f"emouerj-{name[:3]}" for name in names]
    assert table["gender"].tolist() == [GENDERS[name[0]] for name in names]
    assert table["emotion"].tolist() == [EMOTIONS[name[3]] for name in names]
    assert set(table["language"]) == {"pt"}
    assert set(table["sentence"]) == {""}
    assert not recwarn.list


def test_strays(data, record):
    record(data / "emouerj", "w04a11.wav", "w05a01.wav", "x01a01.wav", "w01a1.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(3\): "):
        assert datasets.load("emouerj")["speaker"].tolist() == ["emouerj-w04"]


def test_an_unknown_emotion_code(data, record):
    record(data / "emouerj", "w01x01.wav")
    with pytest.raises(UnknownEmotionError, match=r"'x' in 1 file: .*w01x01\.wav"):
        datasets.load("emouerj")
