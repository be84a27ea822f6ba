import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

# In the order of their codes, which are not those of RAVDESS.
EMOTIONS = ("happiness", "sadness", "anger", "surprise", "neutral")


@pytest.mark.parametrize("top", ["", "BanglaSER/", "BanglaSER/Actor {actor}/"])
def test_every_utterance_is_read_with_folders_of_actors_or_without(data, record, top, recwarn):
    record(
        data / "banglaser",
        *(
            f"{top.format(actor=actor)}03-01-0{emotion}-01-0{sentence}-0{take}-{actor}.wav"
            for emotion, sentence, take, actor in itertools.product(
                range(1, 6), (1, 2, 3), (1, 2, 3), ("01", "34")
            )
        ),
    )
    table = datasets.load("banglaser")
    assert len(table) == 5 * 3 * 3 * 2
    assert set(table["language"]) == {"bn"}
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        "banglaser-01": "male",
        "banglaser-34": "female",
    }
    for code, emotion in enumerate(EMOTIONS, start=1):
        assert (
            table["path"].str.contains(f"/03-01-0{code}-") == (table["emotion"] == emotion)
        ).all()
    assert not recwarn.list


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "banglaser", "03-01-03-02-01-03-28.wav")
    (row,) = datasets.load("banglaser").to_dict("records")
    assert row == {
        "path": str(data / "banglaser/03-01-03-02-01-03-28.wav"),
        "dataset": "banglaser",
        "language": "bn",
        "speaker": "banglaser-28",
        "gender": "female",
        "emotion": "anger",
        "sentence": "01",
        "intensity": "strong",
    }


def test_strays_and_an_emotion_that_only_ravdess_has(data, record):
    record(data / "banglaser", "03-01-01-01-01-01-01.wav", "03-01-01-01-01-01-35.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(1\): .*-35\.wav"):
        assert len(datasets.load("banglaser")) == 1
    record(data / "banglaser", "03-01-08-01-01-01-01.wav")
    with pytest.raises(UnknownEmotionError, match="'08' in 1 file"), pytest.warns(SerWarning):
        datasets.load("banglaser")
