import itertools
import unicodedata

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

EMOTIONS = {
    "Colère": "anger",
    "Dégoût": "disgust",
    "Joie": "happiness",
    "Peur": "fear",
    "Surprise": "surprise",
    "Tristesse": "sadness",
}


def release():
    for word, actor, sentence in itertools.product(EMOTIONS, ("01", "12"), (1, 6)):
        yield f"{word}/Faible/{actor}-{word[0]}-1-{sentence}.wav"
        yield f"{word}/Fort/{actor}-{word[0]}-2-{sentence}.wav"
    yield from (f"Neutre/{actor}-N-{sentence}.wav" for actor in ("01", "12") for sentence in (1, 6))


# macOS unpacks the accents of folders as letters of their own (NFD).
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("top", ["cafe", "cafe/CaFE_48k"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top, form, recwarn):
    record(data / top, *(unicodedata.normalize(form, file) for file in release()))
    table = datasets.load("cafe")
    assert len(table) == 6 * 2 * 2 * 2 + 4
    assert set(table["language"]) == {"fr"}
    assert set(zip(table["speaker"], table["gender"], strict=True)) == {
        ("cafe-01", "male"),
        ("cafe-12", "female"),
    }
    paths = table["path"].map(lambda path: unicodedata.normalize("NFC", path))
    for word, emotion in EMOTIONS.items():
        assert (paths.str.contains(f"/{word}/") == (table["emotion"] == emotion)).all()
    assert (paths.str.contains("/Faible/") == (table["intensity"] == "weak")).all()
    assert (paths.str.contains("/Fort/") == (table["intensity"] == "strong")).all()
    assert not recwarn.list


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "cafe", "Surprise/Fort/08-S-2-4.aiff", "Neutre/03-N-5.aiff")
    neutral, surprise = datasets.load("cafe").to_dict("records")
    assert surprise == {
        "path": str(data / "cafe/Surprise/Fort/08-S-2-4.aiff"),
        "dataset": "cafe",
        "language": "fr",
        "speaker": "cafe-08",
        "gender": "female",
        "emotion": "surprise",
        "sentence": "4",
        "intensity": "strong",
    }
    assert (neutral["emotion"], neutral["sentence"], neutral["intensity"]) == ("neutral", "5", "")


def test_strays_and_the_same_clip_at_another_sampling_rate(data, record):
    record(
        data / "cafe",
        "CaFE_192k_1/Joie/Fort/03-J-2-2.aiff",
        "CaFE_48k/Joie/Fort/03-J-2-2.wav",
        "CaFE_48k/Joie/Fort/13-J-2-2.wav",
    )
    with pytest.warns(SerWarning) as got:
        (row,) = datasets.load("cafe").to_dict("records")
    assert row["path"].endswith("CaFE_48k/Joie/Fort/03-J-2-2.wav")
    strays, copies = (str(warning.message) for warning in got)
    assert "13-J-2-2.wav" in strays
    assert "CaFE_192k_1/Joie/Fort/03-J-2-2.aiff" in copies


def test_an_unknown_emotion_code(data, record):
    record(data / "cafe", "Ennui/Fort/01-E-2-1.wav")
    with pytest.raises(UnknownEmotionError, match=r"'E' in 1 file: .*01-E-2-1\.wav"):
        datasets.load("cafe")
