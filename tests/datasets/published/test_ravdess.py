import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import CorpusError, SerWarning


def actor(number):
    """Names of the 60 utterances of one actor, as released."""
    for emotion, intensity, statement, repetition in itertools.product(
        range(1, 9), (1, 2), (1, 2), (1, 2)
    ):
        if (emotion, intensity) != (1, 2):  # neutral has no strong intensity
            codes = (3, 1, emotion, intensity, statement, repetition, number)
            yield f"Actor_{number:02}/" + "-".join(f"{code:02}" for code in codes) + ".wav"


@pytest.mark.parametrize("top", ["ravdess", "ravdess/Audio_Speech_Actors_01-24"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top):
    record(data / top, *actor(1), *actor(24))
    table = datasets.load("ravdess")
    assert len(table) == 120
    assert set(table["dataset"]) == {"ravdess"}
    assert set(table["language"]) == {"en"}
    assert table.groupby("speaker")["gender"].unique().map(list).to_dict() == {
        "ravdess-01": ["male"],
        "ravdess-24": ["female"],
    }
    assert table["emotion"].value_counts().to_dict() == {
        "neutral": 8,
        **dict.fromkeys(
            ["calm", "happiness", "sadness", "anger", "fear", "disgust", "surprise"], 16
        ),
    }


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "ravdess", "Actor_12/03-01-06-02-01-02-12.wav")
    (row,) = datasets.load("ravdess").to_dict("records")
    assert row == {
        "path": str(data / "ravdess/Actor_12/03-01-06-02-01-02-12.wav"),
        "dataset": "ravdess",
        "language": "en",
        "speaker": "ravdess-12",
        "gender": "female",
        "emotion": "fear",
        "sentence": "01",
        "intensity": "strong",
    }


def test_one_warning_tells_of_songs_and_videos_that_are_mixed_with_speech(data, record, recwarn):
    record(
        data / "ravdess",
        "Actor_01/03-01-05-01-01-01-01.wav",
        "Actor_01/03-02-05-01-01-01-01.wav",
        "Actor_01/01-01-05-01-01-01-01.wav",
    )
    (data / "ravdess/Actor_01/02-01-05-01-01-01-01.mp4").touch()
    table = datasets.load("ravdess")
    assert [path[-24:] for path in table["path"]] == ["03-01-05-01-01-01-01.wav"]
    (warning,) = recwarn.list
    assert "left out what the release has apart, such as songs and videos (3): " in str(
        warning.message
    )


def test_nothing_but_songs(data, record):
    record(data / "ravdess", "Actor_01/03-02-05-01-01-01-01.wav")
    with pytest.raises(CorpusError, match=r"no audio file in .* is named as"):
        datasets.load("ravdess")


def test_the_circulating_copy_that_holds_every_file_twice(data, record):
    record(data / "ravdess", *actor(1))
    record(data / "ravdess/audio_speech_actors_01-24", *actor(1))
    with pytest.warns(SerWarning, match=r"dropped .* 120 files hold 60 utterances \(60\): "):
        table = datasets.load("ravdess")
    assert len(table) == 60
    assert not table["path"].str.contains("audio_speech").any()


@pytest.mark.corpora
def test_the_real_corpus(real):
    table = real("ravdess")
    assert len(table) == 1440
    assert table.groupby("gender")["speaker"].nunique().to_dict() == {"female": 12, "male": 12}
    assert (table.groupby("speaker").size() == 60).all()
    assert (table.query("emotion != 'neutral'")["emotion"].value_counts() == 192).all()
