import itertools

import pytest

from ser_utils import datasets

EMOTIONS = {
    "dis": "disgust",
    "gio": "happiness",
    "neu": "neutral",
    "pau": "fear",
    "rab": "anger",
    "sor": "surprise",
    "tri": "sadness",
}
SENTENCES = ("b1", "b2", "b3", "d1", "d2", "l1", "l2", "l3", "l4", "n1", "n2", "n3", "n4", "n5")


@pytest.mark.parametrize("top", ["emovo", "emovo/EMOVO"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top):
    record(
        data / top,
        *(
            f"{s}/{e}-{s}-{t}.wav"
            for s, e, t in itertools.product(("f1", "m3"), EMOTIONS, SENTENCES)
        ),
    )
    table = datasets.load("emovo")
    assert len(table) == 2 * 7 * 14
    assert set(table["language"]) == {"it"}
    assert set(zip(table["speaker"], table["gender"], strict=True)) == {
        ("emovo-f1", "female"),
        ("emovo-m3", "male"),
    }
    for code, emotion in EMOTIONS.items():
        assert (table["path"].str.contains(f"{code}-") == (table["emotion"] == emotion)).all()
    assert set(table["sentence"]) == set(SENTENCES)


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "emovo", "m2/gio-m2-l4.wav")
    (row,) = datasets.load("emovo").to_dict("records")
    assert row == {
        "path": str(data / "emovo/m2/gio-m2-l4.wav"),
        "dataset": "emovo",
        "language": "it",
        "speaker": "emovo-m2",
        "gender": "male",
        "emotion": "happiness",
        "sentence": "l4",
        "intensity": "",
    }


@pytest.mark.corpora
def test_the_real_corpus(real):
    table = real("emovo")
    assert len(table) == 588
    assert table.groupby("gender")["speaker"].nunique().to_dict() == {"female": 3, "male": 3}
    assert (table.groupby(["speaker", "emotion"]).size() == 14).all()
