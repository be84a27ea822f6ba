import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

# Folder, the code that repeats it in Turkish, and the emotion.
EMOTIONS = {
    "Angry": ("kz", "anger"),
    "Calm": ("sk", "calm"),
    "Happy": ("mt", "happiness"),
    "Sad": ("hl", "sadness"),
}


@pytest.mark.parametrize("top", ["turev", "turev/TurEV-DB-master"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top, recwarn):
    record(
        data / top / "Sound Source",
        *(
            f"{folder}/{speaker}_{code}_{word}.wav"
            for folder, (code, _) in EMOTIONS.items()
            for speaker in ("1157", "7895")
            for word in ("acik", "zeytin")
        ),
    )
    picture = data / top / "Spectrograms/Angry/1157_kz_acik.jpg"
    picture.parent.mkdir(parents=True)
    picture.touch()
    table = datasets.load("turev")
    assert len(table) == 4 * 2 * 2
    assert set(table["language"]) == {"tr"}
    assert set(table["speaker"]) == {"turev-1157", "turev-7895"}
    assert set(table["gender"]) == {""}
    assert set(table["sentence"]) == {"acik", "zeytin"}
    for folder, (_, emotion) in EMOTIONS.items():
        assert (table["path"].str.contains(f"/{folder}/") == (table["emotion"] == emotion)).all()
    assert not recwarn.list


def test_strays(data, record):
    record(data / "turev/Sound Source", "Calm/1234_sk_beste.wav", "Calm/beste.wav", "Calm/1234.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(2\): "):
        assert len(datasets.load("turev")) == 1


def test_a_folder_of_no_emotion(data, record):
    record(data / "turev/Sound Source", "Bored/1234_xx_beste.wav")
    with pytest.raises(UnknownEmotionError, match=r"'Bored'.* in 1 file: .*1234_xx_beste\.wav"):
        datasets.load("turev")
