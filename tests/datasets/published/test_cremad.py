import itertools

import pytest

from ser_utils import datasets
from ser_utils.datasets.published import cremad
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError

EMOTIONS = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happiness",
    "NEU": "neutral",
    "SAD": "sadness",
}


@pytest.mark.parametrize("top", ["cremad", "cremad/CREMA-D/AudioWAV"])
def test_every_utterance_of_the_official_layout_is_read(data, record, top):
    record(
        data / top,
        *(
            f"{a}_{s}_{e}_{i}.wav"
            for a, e, (s, i) in itertools.product(
                (1001, 1002, 1091),
                EMOTIONS,
                (("IEO", "LO"), ("IEO", "MD"), ("IEO", "HI"), ("DFA", "XX")),
            )
        ),
    )
    table = datasets.load("cremad")
    assert len(table) == 3 * 6 * 4
    assert set(table["language"]) == {"en"}
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        "cremad-1001": "male",
        "cremad-1002": "female",
        "cremad-1091": "female",
    }
    for code, emotion in EMOTIONS.items():
        assert (table["path"].str.contains(f"_{code}_") == (table["emotion"] == emotion)).all()
    assert table.groupby("intensity")["sentence"].unique().map(list).to_dict() == {
        "weak": ["IEO"],
        "normal": ["IEO"],
        "strong": ["IEO"],
        "": ["DFA"],
    }


def test_each_code_of_a_name_is_decoded(data, record):
    record(data / "cremad", "AudioWAV/1024_IEO_FEA_HI.wav")
    (row,) = datasets.load("cremad").to_dict("records")
    assert row == {
        "path": str(data / "cremad/AudioWAV/1024_IEO_FEA_HI.wav"),
        "dataset": "cremad",
        "language": "en",
        "speaker": "cremad-1024",
        "gender": "female",
        "emotion": "fear",
        "sentence": "IEO",
        "intensity": "strong",
    }


def test_as_many_women_and_men_as_the_release_says():
    genders = list(cremad.CORPUS.parse.keywords["layout"].genders.values())
    assert (genders.count("female"), genders.count("male")) == (43, 48)


def test_the_file_with_a_single_x(data, record):
    record(data / "cremad", "AudioWAV/1040_ITH_SAD_X.wav")
    assert datasets.load("cremad")[["emotion", "intensity"]].values.tolist() == [["sadness", ""]]


def test_the_compressed_copies_of_the_release_are_left_out_silently(data, record, recwarn):
    record(data / "cremad", "AudioMP3/1001_DFA_ANG_XX.mp3", "AudioWAV/1001_DFA_ANG_XX.wav")
    assert datasets.load("cremad")["path"].tolist() == [
        str(data / "cremad/AudioWAV/1001_DFA_ANG_XX.wav")
    ]
    assert not recwarn.list


def test_compressed_copies_alone_are_not_the_corpus(data, record):
    record(data / "cremad", "AudioMP3/1001_DFA_ANG_XX.mp3")
    with pytest.raises(CorpusError, match=r"such as AudioWAV/1001_DFA_ANG_XX\.wav; found 1 file"):
        datasets.load("cremad")


def test_strays_and_copies(data, record):
    record(
        data / "cremad",
        "AudioWAV/1001_DFA_ANG_XX.wav",
        "copy/1001_DFA_ANG_XX.wav",
        "AudioWAV/1092_DFA_ANG_XX.wav",
    )
    with pytest.warns(SerWarning) as got:
        assert len(datasets.load("cremad")) == 1
    strays, copies = (str(warning.message) for warning in got)
    assert "1092_DFA_ANG_XX.wav" in strays
    assert "copy/1001_DFA_ANG_XX.wav" in copies


def test_an_unknown_emotion_code(data, record):
    record(data / "cremad", "AudioWAV/1001_DFA_SUR_XX.wav")
    with pytest.raises(UnknownEmotionError, match=r"'SUR' in 1 file: .*_SUR_XX\.wav"):
        datasets.load("cremad")
