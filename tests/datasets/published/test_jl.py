import itertools

import pytest

from ser_utils import datasets
from ser_utils.errors import SerWarning, UnknownEmotionError

EMOTIONS = {
    "angry": "anger",
    "excited": "happiness",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
}
SECONDARY = ("anxious", "apologetic", "assertive", "concerned", "encouraging")
SPEAKERS = ("female1", "female2", "male1", "male2")


@pytest.mark.parametrize("top", ["jl", "jl/Raw JL corpus (unchecked and unannotated)"])
def test_the_primary_emotions_of_the_official_layout(data, record, top, recwarn):
    folder = data / top / "JL(wav+txt)"
    record(
        folder,
        *(
            f"{speaker}_{word}_{sentence}{session}_{repetition}.wav"
            for speaker, word, sentence, session, repetition in itertools.product(
                SPEAKERS, (*EMOTIONS, *SECONDARY), (1, 15), "ab", (1, 2)
            )
        ),
    )
    (folder / "female1_angry_1a_1.txt").write_text("Tom beats that farmer.")
    table = datasets.load("jl")
    assert len(table) == 4 * 5 * 2 * 2 * 2
    assert set(table["language"]) == {"en"}
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        f"jl-{speaker}": speaker[:-1] for speaker in SPEAKERS
    }
    for word, emotion in EMOTIONS.items():
        rows = table[table["path"].str.contains(f"_{word}_")]
        assert set(rows["emotion"]) == {emotion}
        assert set(rows["sentence"]) == {"1", "15"}
    assert not recwarn.list


def test_strays_and_an_unknown_emotion(data, record):
    record(data / "jl", "male1_sad_1a_1.wav", "male3_sad_1a_1.wav", "male1_sad_1.wav")
    with pytest.warns(SerWarning, match=r"left out .* \(2\): "):
        assert len(datasets.load("jl")) == 1
    record(data / "jl", "male1_bored_1a_1.wav")
    with pytest.raises(UnknownEmotionError, match="'bored'"), pytest.warns(SerWarning):
        datasets.load("jl")
