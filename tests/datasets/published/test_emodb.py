import pytest

from ser_utils import datasets

MALE = {"03", "10", "11", "12", "15"}
FEMALE = {"08", "09", "13", "14", "16"}


@pytest.mark.parametrize("top", ["emodb/wav", "emodb/download/wav"])
def test_speakers_and_emotions_of_the_official_layout(data, record, top):
    record(data / top, *(f"{s}a01{e}b.wav" for s in MALE | FEMALE for e in "WLEAFTN"))
    table = datasets.load("emodb")
    assert len(table) == 70
    assert set(table["language"]) == {"de"}
    assert table["path"].str[-11:].is_monotonic_increasing
    assert set(table.query("gender == 'male'")["speaker"]) == {f"emodb-{s}" for s in MALE}
    assert set(table.query("gender == 'female'")["speaker"]) == {f"emodb-{s}" for s in FEMALE}
    assert table["emotion"].tolist()[:7] == [  # in the order of the letters: A E F L N T W
        "fear",
        "disgust",
        "happiness",
        "boredom",
        "neutral",
        "sadness",
        "anger",
    ]


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "emodb", "wav/16b10Lb.wav")
    (row,) = datasets.load("emodb").to_dict("records")
    assert row == {
        "path": str(data / "emodb/wav/16b10Lb.wav"),
        "dataset": "emodb",
        "language": "de",
        "speaker": "emodb-16",
        "gender": "female",
        "emotion": "boredom",
        "sentence": "b10",
        "intensity": "",
    }


@pytest.mark.corpora
def test_the_real_corpus(real):
    table = real("emodb")
    assert len(table) == 535
    assert table.groupby("gender")["speaker"].nunique().to_dict() == {"female": 5, "male": 5}
    assert table["sentence"].nunique() == 10
    assert table["emotion"].value_counts().to_dict() == {
        "anger": 127,
        "boredom": 81,
        "neutral": 79,
        "happiness": 71,
        "fear": 69,
        "sadness": 62,
        "disgust": 46,
    }
