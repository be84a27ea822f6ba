import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError


@pytest.mark.parametrize(
    "folders", [("female", "male"), ("ShEMO/female", "ShEMO/male"), (".", ".")]
)
def test_the_layouts_that_circulate(data, record, folders):
    female, male = (data / "shemo" / folder for folder in folders)
    record(female, "F01A01.wav", "F03F02.wav", "F21N123.wav")
    record(male, "M56H01.wav", "M02S14.wav", "M02W01.wav")
    (data / "shemo/shemo.json").write_text('[{"id": "F01A01", "emotion": "angry"}]')
    table = datasets.load("shemo")
    assert table["emotion"].tolist() == [
        "anger",
        "fear",
        "neutral",
        "sadness",
        "surprise",
        "happiness",
    ]
    assert table["gender"].tolist() == ["female"] * 3 + ["male"] * 3
    assert table.to_dict("records")[1] == {
        "path": str(female / "F03F02.wav"),
        "dataset": "shemo",
        "language": "fa",
        "speaker": "shemo-F03",
        "gender": "female",
        "emotion": "fear",
        "sentence": "",
        "intensity": "",
    }


def test_stray_audio_and_an_unknown_emotion(data, record):
    record(data / "shemo", "female/F01A01.wav", "female/noise.wav", "male/M01D01.wav")
    with (
        pytest.warns(SerWarning, match=r"\(1\): .*noise\.wav"),
        pytest.raises(UnknownEmotionError, match=r"'D' in 1 file: .*M01D01\.wav"),
    ):
        datasets.load("shemo")


@pytest.mark.corpora
def test_the_real_corpus(real):
    table = real("shemo")
    assert len(table) == 3000
    assert table.groupby("gender")["speaker"].nunique().to_dict() == {"female": 31, "male": 56}
