import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError

# Every speaker has 1750 numbers: 350 sentences with each of these in turn.
EMOTIONS = {
    "Neutral": "neutral",
    "Angry": "anger",
    "Happy": "happiness",
    "Sad": "sadness",
    "Surprise": "surprise",
}
WOMEN = {"0001", "0002", "0003", "0007", "0009", "0015", "0016", "0017", "0018", "0019"}
SPEAKERS = {
    "esd-zh": [f"{number:04}" for number in range(1, 11)],
    "esd-en": [f"{number:04}" for number in range(11, 21)],
}


def release(splits):
    speakers = itertools.chain(*SPEAKERS.values())
    for speaker, (i, emotion) in itertools.product(speakers, enumerate(EMOTIONS)):
        for split, sentence in zip(splits, (1, 2, 350), strict=True):
            yield f"{speaker}/{emotion}{split}/{speaker}_{350 * i + sentence:06}.wav"


@pytest.mark.parametrize("top", ["esd", "esd/Emotion Speech Dataset"])
@pytest.mark.parametrize("splits", [("", "", ""), ("/evaluation", "/test", "/train")])
def test_each_language_is_a_corpus_in_both_layouts(data, record, top, splits, recwarn):
    record(data / top, *release(splits))
    for name, language in (("esd-zh", "zh"), ("esd-en", "en")):
        table = datasets.load(name)
        assert len(table) == 10 * 5 * 3
        assert set(table["dataset"]) == {name}
        assert set(table["language"]) == {language}
        assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
            f"{name}-{speaker}": "female" if speaker in WOMEN else "male"
            for speaker in SPEAKERS[name]
        }
        for word, emotion in EMOTIONS.items():
            assert (table["path"].str.contains(f"/{word}/") == (table["emotion"] == emotion)).all()
        said = table.groupby(["speaker", "emotion"])["sentence"].unique().map(list)
        assert all(sentences == ["001", "002", "350"] for sentences in said)
    assert not recwarn.list  # the other language is part of the release


def test_each_code_of_a_path_is_decoded(data, record):
    record(data / "esd", "0001/Angry/0001_000351.wav")
    (data / "esd/0001/0001.txt").write_text("0001_000351\t打远一看\t生气\n", encoding="utf-8")
    (row,) = datasets.load("esd-zh").to_dict("records")
    assert row == {
        "path": str(data / "esd/0001/Angry/0001_000351.wav"),
        "dataset": "esd-zh",
        "language": "zh",
        "speaker": "esd-zh-0001",
        "gender": "female",
        "emotion": "anger",
        "sentence": "001",
        "intensity": "",
    }


def test_strays_and_a_copy_in_the_other_layout(data, record):
    record(
        data / "esd",
        "0011/Sad/0011_001051.wav",
        "0011/Sad/train/0011_001051.wav",
        "0011/Sad/0012_001051.wav",
        "0011/0011_001052.wav",
        "0021/Sad/0021_001051.wav",
    )
    with pytest.warns(SerWarning) as got:
        assert len(datasets.load("esd-en")) == 1
    strays, copies = (str(warning.message) for warning in got)
    assert "(3): " in strays
    assert {warning.filename for warning in got} == {__file__}  # they point at the call of load
    assert "2 files hold 1 utterances" in copies


def test_a_language_that_is_not_there(data, record):
    record(data / "esd", "0011/Sad/0011_001051.wav")
    with pytest.raises(CorpusError, match=r"esd-zh: .* such as 0001/Angry/0001_000351\.wav"):
        datasets.load("esd-zh")


def test_an_unknown_emotion_code(data, record):
    record(data / "esd", "0011/Bored/0011_000001.wav")
    with pytest.raises(UnknownEmotionError, match=r"'Bored'.* in 1 file: .*0011_000001\.wav"):
        datasets.load("esd-en")
