import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

EMOTIONS = ("Anger", "Disgust", "Fear", "Happiness", "Neutral", "Sadness")


@pytest.mark.parametrize("top", ["", "Mexican Emotional Speech Database (MESD)/"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top, recwarn):
    record(
        data / "mesd",
        *(
            f"{top}{emotion}_{voice}_{words}.wav"
            for emotion, voice, words in itertools.product(
                EMOTIONS, "CFM", ("A_abajo", "B_basta ya", "B_muy_bien")
            )
        ),
    )
    table = datasets.load("mesd")
    assert len(table) == 6 * 3 * 3
    assert set(table["language"]) == {"es"}
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        "mesd-C": "",
        "mesd-F": "female",
        "mesd-M": "male",
    }
    assert set(table["sentence"]) == {"abajo", "basta ya", "muy_bien"}
    for emotion in EMOTIONS:
        called = table["path"].str.contains(f"/{emotion}_")
        assert (called == (table["emotion"] == emotion.lower())).all()
    assert not recwarn.list


def test_strays_among_them_the_reduced_versions(data, record):
    record(data / "mesd", "Fear_F_A_abajo.wav", "Fear_F_A_L1_abajo.wav", "Fear_X_A_abajo.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(2\): "):
        assert len(datasets.load("mesd")) == 1


def test_an_unknown_emotion(data, record):
    record(data / "mesd", "Boredom_F_A_abajo.wav", "Joy_F_A_abajo.wav")
    with pytest.raises(UnknownEmotionError, match=r"'Boredom'.*'Joy' in 2 files"):
        datasets.load("mesd")
