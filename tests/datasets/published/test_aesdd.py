import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness")


@pytest.mark.parametrize("top", ["aesdd", "aesdd/Acted Emotional Speech Dynamic Database"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top):
    record(
        data / top,
        *(
            f"{emotion}/{emotion[0]}{utterance:02} ({speaker}).wav"
            for emotion, utterance, speaker in itertools.product(EMOTIONS, (1, 20), range(1, 7))
        ),
    )
    table = datasets.load("aesdd")
    assert len(table) == 5 * 2 * 6
    assert set(table["language"]) == {"el"}
    assert set(table["speaker"]) == {f"aesdd-{speaker}" for speaker in range(1, 7)}
    assert set(table["sentence"]) == {"01", "20"}
    for emotion in EMOTIONS:
        assert (table["path"].str.contains(f"/{emotion}/") == (table["emotion"] == emotion)).all()


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "aesdd", "sadness/s06 (3).wav")
    (row,) = datasets.load("aesdd").to_dict("records")
    assert row == {
        "path": str(data / "aesdd/sadness/s06 (3).wav"),
        "dataset": "aesdd",
        "language": "el",
        "speaker": "aesdd-3",
        "gender": "",
        "emotion": "sadness",
        "sentence": "06",
        "intensity": "",
    }


def test_takes_are_utterances_and_a_zero_makes_no_other_speaker(data, record, recwarn):
    record(data / "aesdd", "disgust/d03 (01).wav", "disgust/d03 (5).wav", "disgust/d03 (5)b.wav")
    assert datasets.load("aesdd")["speaker"].tolist() == ["aesdd-1", "aesdd-5", "aesdd-5"]
    assert not recwarn.list


def test_the_same_utterance_under_two_names_is_a_copy(data, record):
    record(data / "aesdd", "disgust/d03 (01).wav", "disgust/d03 (1).wav", "disgust/notes.wav")
    with pytest.warns(SerWarning) as got:
        assert len(datasets.load("aesdd")) == 1
    strays, copies = (str(warning.message) for warning in got)
    assert "notes.wav" in strays
    assert "2 files hold 1 utterances" in copies


def test_an_unknown_emotion_code(data, record):
    record(data / "aesdd", "other/x01 (1).wav")
    with pytest.raises(UnknownEmotionError, match=r"'x' in 1 file: .*x01 \(1\)\.wav"):
        datasets.load("aesdd")


@pytest.mark.corpora
def test_the_real_corpus(real):
    table = real("aesdd")
    assert table["speaker"].nunique() == 6
    # Without s05 (3), which the release holds damaged.
    assert table["emotion"].value_counts().to_dict() == {
        "sadness": 122,
        "disgust": 122,
        "anger": 121,
        "fear": 120,
        "happiness": 119,
    }
