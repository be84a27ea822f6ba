import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

EMOTIONS = {
    "C": "anger",
    "D": "disgust",
    "J": "happiness",
    "N": "neutral",
    "P": "fear",
    "S": "surprise",
    "T": "sadness",
}
#: Some speakers by the folders of the release.
SPEAKERS = {"f": ("10", "24", "42"), "m": ("07", "23", "41")}


@pytest.mark.parametrize("top", ["oreau", "oreau/OréauFR_02"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top, recwarn):
    files = [
        f"{gender}/sess{letter.lower()}/{speaker}a{sentence}{letter}a.wav"
        for gender, speakers in SPEAKERS.items()
        for letter in EMOTIONS
        for speaker in speakers
        for sentence in ("01", "11")
    ]
    record(data / top, *files)
    (data / top / "contents.txt").write_text("Je n'ai validé aucune matière.\n", encoding="utf-8")
    table = datasets.load("oreau")
    assert len(table) == len(files)
    assert set(table["language"]) == {"fr"}
    for gender, word in (("f", "female"), ("m", "male")):
        assert set(table["speaker"][table["gender"] == word]) == {
            f"oreau-{speaker}" for speaker in SPEAKERS[gender]
        }
    for letter, emotion in EMOTIONS.items():
        rows = table[table["path"].str.contains(f"/sess{letter.lower()}/")]
        assert set(rows["emotion"]) == {emotion}
        assert set(rows["sentence"]) == {f"a01{letter}", f"a11{letter}"}
    assert not recwarn.list


def test_both_versions_hold_an_utterance_once(data, record):
    record(data / "oreau", "OréauFR_01/m/sessc/07a01Ca.wav", "OréauFR_01/m/sessc/07a02Ca.wav")
    record(data / "oreau", "OréauFR_02/m/sessc/07a02Ca.wav")
    with pytest.warns(SerWarning, match=r"dropped since 3 files hold 2 utterances \(1\): "):
        assert datasets.load("oreau")["sentence"].tolist() == ["a01C", "a02C"]


def test_strays_and_an_unknown_emotion(data, record):
    record(data / "oreau", "m/sessc/07a01Ca.wav", "m/sessc/7a01Ca.wav", "m/sessc/07a01C.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(2\): "):
        assert len(datasets.load("oreau")) == 1
    record(data / "oreau", "m/sessx/07a01Xa.wav")
    with pytest.raises(UnknownEmotionError, match="'X'"), pytest.warns(SerWarning):
        datasets.load("oreau")
