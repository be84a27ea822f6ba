import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError

SPEAKERS = {
    "liuchanhg": "female",
    "wangzhe": "male",
    "zhaoquanyin": "female",
    "ZhaoZuoxiang": "male",
}
EMOTIONS = {
    "angry": "anger",
    "fear": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
    "surprise": "surprise",
}


# The second folder is "the same 50 sentences".
@pytest.mark.parametrize("top", ["casia", "casia/CASIA/相同文本50"])
def test_every_utterance_of_the_layout_is_read(data, record, top, recwarn):
    record(
        data / top,
        *(f"{s}/{e}/{n}.wav" for s, e, n in itertools.product(SPEAKERS, EMOTIONS, (201, 250))),
    )
    table = datasets.load("casia")
    assert len(table) == 4 * 6 * 2
    assert set(table["language"]) == {"zh"}
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        f"casia-{speaker}": gender for speaker, gender in SPEAKERS.items()
    }
    for word, emotion in EMOTIONS.items():
        assert (table["path"].str.contains(f"/{word}/") == (table["emotion"] == emotion)).all()
    assert set(table["sentence"]) == {"201", "250"}
    assert not recwarn.list  # the same number in two folders is no copy


def test_each_code_of_a_path_is_decoded(data, record):
    record(data / "casia", "ZhaoZuoxiang/happy/207.wav")
    (row,) = datasets.load("casia").to_dict("records")
    assert row == {
        "path": str(data / "casia/ZhaoZuoxiang/happy/207.wav"),
        "dataset": "casia",
        "language": "zh",
        "speaker": "casia-ZhaoZuoxiang",
        "gender": "male",
        "emotion": "happiness",
        "sentence": "207",
        "intensity": "",
    }


def test_strays_and_copies(data, record):
    record(
        data / "casia",
        "wangzhe/sad/201.wav",
        "copy/wangzhe/sad/201.wav",
        "wangzhe/sad/noise.wav",
        "wangzhe/202.wav",
        "xwangzhe/sad/203.wav",
    )
    with pytest.warns(SerWarning) as got:
        assert len(datasets.load("casia")) == 1
    strays, copies = (str(warning.message) for warning in got)
    assert "(3): " in strays
    assert "2 files hold 1 utterances" in copies


def test_the_folder_of_one_speaker_is_not_the_corpus(data, record):
    record(data / "casia", "angry/201.wav")
    with pytest.raises(CorpusError, match=r"such as liuchanhg/angry/201\.wav; found 1 file"):
        datasets.load("casia")


def test_an_unknown_emotion_code(data, record):
    record(data / "casia", "wangzhe/bored/201.wav")
    with pytest.raises(UnknownEmotionError, match=r"'bored'.* in 1 file: .*201\.wav"):
        datasets.load("casia")
