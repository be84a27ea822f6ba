import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

EMOTIONS = {"ang": "anger", "hap": "happiness", "neu": "neutral", "sad": "sadness"}
#: Folders, and how the names of the files in them begin.
SPEAKERS = {
    "Female01": "fm01",
    "Female02": "fm01",  # as the release has it
    "Female03": "fm03",
    "Male01": "ml01",
    "Male02": "ml02",
    "Male03": "ml03",
}


@pytest.mark.parametrize("top", ["eyase", "eyase/EYASE"])
def test_the_folder_tells_who_speaks(data, record, top, recwarn):
    record(
        data / top,
        *(
            f"{folder}/{name}_{code} ({number}).wav"
            for folder, name in SPEAKERS.items()
            for code in EMOTIONS
            for number in (1, 20)
        ),
    )
    table = datasets.load("eyase")
    assert len(table) == 6 * 4 * 2
    assert not recwarn.list  # the same name in two folders is no copy
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        f"eyase-{folder}": "female" if folder.startswith("F") else "male" for folder in SPEAKERS
    }
    assert (table.groupby(["speaker", "emotion"]).size() == 2).all()
    assert set(table["emotion"]) == set(EMOTIONS.values())
    assert set(table["language"]) == {"ar"}


def test_each_code_of_a_path_is_decoded(data, record):
    record(data / "eyase", "Female02/fm01_hap (7).wav")
    (row,) = datasets.load("eyase").to_dict("records")
    assert row == {
        "path": str(data / "eyase/Female02/fm01_hap (7).wav"),
        "dataset": "eyase",
        "language": "ar",
        "speaker": "eyase-Female02",
        "gender": "female",
        "emotion": "happiness",
        "sentence": "",
        "intensity": "",
    }


def test_strays_and_an_unknown_emotion(data, record):
    record(data / "eyase", "Male01/ml01_sad (1).wav", "ml01_sad (2).wav", "Male01/ml01_sad.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(2\): "):
        assert len(datasets.load("eyase")) == 1
    record(data / "eyase", "Male01/ml01_fea (1).wav")
    with pytest.raises(UnknownEmotionError, match="'fea'"), pytest.warns(SerWarning):
        datasets.load("eyase")
