import pytest

from ser_utils import datasets, labels
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError

HEADER = "file,a1_A,a1_V,a1_D,a1_cat,a2_A,a2_V,a2_D,a2_cat,a3_A,a3_V,a3_D,a3_cat,gt_emotion"
EMOTIONS = {"A": "anger", "B": "boredom", "H": "happiness", "N": "neutral", "S": "sadness"}


def line(name, first="4.0,1.5,4.5,A", second="4.0,2.5,5.0,A", third="5.0,1.0,4.5,H"):
    return f"{name}.wav,{first},{second},{third},{name.split('_')[2]}"


@pytest.fixture
def emotale(data, record):
    """Write a tree in which both languages have each emotion, or of the lines that are given."""

    def write(*lines, top="emotale"):
        lines = lines or [
            line(f"{prefix}_{speaker}_{emotion}_{sentence}")
            for prefix in ("DK", "EN")
            for speaker in ("001", "018")
            for emotion in EMOTIONS
            for sentence in (1, 5)
        ]
        record(data / top, *(f"wav/{row.split(',')[0]}" for row in lines))
        (data / top / "annotations.csv").write_text("\n".join([HEADER, *lines]) + "\n")

    return write


@pytest.mark.parametrize("top", ["emotale", "emotale/EmoTale-main"])
@pytest.mark.parametrize(("language", "prefix"), [("da", "DK"), ("en", "EN")])
def test_each_language_is_a_corpus(emotale, data, top, language, prefix, recwarn):
    emotale(top=top)
    table = datasets.load(f"emotale-{language}")
    assert not recwarn.list  # the other language is part of the release
    assert len(table) == 2 * 5 * 2
    assert table["path"].str.contains(f"/wav/{prefix}_").all()
    assert set(table["language"]) == {language}
    assert set(table["speaker"]) == {f"emotale-{language}-{number}" for number in ("001", "018")}
    assert table["emotion"].tolist() == [EMOTIONS[path.split("_")[-2]] for path in table["path"]]
    assert set(table["sentence"]) == {"1", "5"}
    assert set(table["gender"]) == {""}


def test_ratings_are_the_means_of_three_raters(emotale):
    emotale(line("DK_004_A_5", "2.5,3.5,3.0,A", "3.0,2.5,4.0,S", "4.0,1.0,5.0,A"))
    (row,) = datasets.load("emotale-da").to_dict("records")
    assert row["emotion"] == "anger"  # which was acted, whatever they heard
    assert row["arousal"] == pytest.approx((2.5 + 3.0 + 4.0) / 3)
    assert row["valence"] == pytest.approx((3.5 + 2.5 + 1.0) / 3)
    assert row["dominance"] == pytest.approx((3.0 + 4.0 + 5.0) / 3)
    table = datasets.load("emotale-da")
    assert labels.binary(table, "arousal", 3.0).tolist() == [1.0]
    assert labels.binary(table, "valence", 3.0).tolist() == [0.0]


def test_a_damaged_line_and_audio_without_ratings(emotale, data, record):
    emotale(line("DK_001_A_1"), line("DK_001_A_2", "4.0,,4.5,A"))
    with pytest.warns(SerWarning) as got:
        assert len(datasets.load("emotale-da")) == 1
    assert str(got[0].message).endswith("annotations.csv, line 3")
    assert str(got[1].message).endswith("DK_001_A_2.wav")


def test_without_annotations(emotale, data):
    emotale()
    (data / "emotale/annotations.csv").unlink()
    with pytest.raises(CorpusError, match=r"no label file .*Expected annotations\.csv"):
        datasets.load("emotale-da")


def test_an_unknown_emotion(emotale):
    emotale(line("EN_001_X_1"))
    with pytest.raises(UnknownEmotionError, match=r"'X' in 1 file: .*EN_001_X_1\.wav"):
        datasets.load("emotale-en")
