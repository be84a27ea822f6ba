import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

# Folder and code of each emotion, as they circulate.
EMOTIONS = {
    "angry": ("angry", "anger"),
    "disgust": ("disgust", "disgust"),
    "Fear": ("fear", "fear"),
    "happy": ("happy", "happiness"),
    "neutral": ("neutral", "neutral"),
    "Pleasant_surprise": ("ps", "surprise"),
    "Sad": ("sad", "sadness"),
}


def release(top=""):
    for actress, (folder, (code, _)) in itertools.product(("OAF", "YAF"), EMOTIONS.items()):
        for word in ("back", "youth"):
            yield f"{top}{actress}_{folder}/{actress}_{word}_{code}.wav"


@pytest.mark.parametrize("top", ["", "TESS Toronto emotional speech set data/"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top):
    record(data / "tess", *release(top))
    table = datasets.load("tess")
    assert len(table) == 2 * 7 * 2
    assert set(table["language"]) == {"en"}
    assert set(zip(table["speaker"], table["gender"], strict=True)) == {
        ("tess-OA", "female"),
        ("tess-YA", "female"),
    }
    assert set(table["sentence"]) == {"back", "youth"}
    for code, emotion in EMOTIONS.values():
        assert (table["path"].str.endswith(f"_{code}.wav") == (table["emotion"] == emotion)).all()


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "tess", "YAF_pleasant_surprised/YAF_beg_ps.wav")
    (row,) = datasets.load("tess").to_dict("records")
    assert row == {
        "path": str(data / "tess/YAF_pleasant_surprised/YAF_beg_ps.wav"),
        "dataset": "tess",
        "language": "en",
        "speaker": "tess-YA",
        "gender": "female",
        "emotion": "surprise",
        "sentence": "beg",
        "intensity": "",
    }


def test_names_with_the_emotion_in_full_and_without_the_f(data, record):
    record(data / "tess", "OAF_bar_pleasant_surprise.wav", "OAF_neutral/OA_bite_neutral.wav")
    table = datasets.load("tess")
    assert table[["speaker", "sentence", "emotion"]].values.tolist() == [
        ["tess-OA", "bar", "surprise"],
        ["tess-OA", "bite", "neutral"],
    ]


def test_the_circulating_copy_that_holds_every_file_twice(data, record):
    record(data / "tess", *release(), *release("tess toronto emotional speech set data/"))
    with pytest.warns(SerWarning, match=r"dropped .* 56 files hold 28 utterances \(28\): "):
        table = datasets.load("tess")
    assert len(table) == 28
    assert not table["path"].str.contains("toronto").any()


def test_strays_are_left_out(data, record):
    record(data / "tess", "OAF_back_angry.wav", "XAF_back_angry.wav", "OAF_angry.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(2\): "):
        assert len(datasets.load("tess")) == 1


def test_an_unknown_emotion_code(data, record):
    record(data / "tess", "OAF_back_bored.wav")
    with pytest.raises(UnknownEmotionError, match=r"'bored'.* in 1 file: .*OAF_back_bored\.wav"):
        datasets.load("tess")
