import math

import pytest

from ser_utils import datasets, labels
from ser_utils.errors import CorpusError, SerWarning

#: name -> category and ratings
TURNS = {
    "S01A-F01-P-FM01": "N; A:3.200000; V:2.800000; D:3.000000 ; N:4.4;",
    "S01A-F01-R-FF02": "A; A:1.400000; V:2.000000; D:3.500000 ; N:3.0;",
    "S12H-M06-S-MM10": "H; A:2.000000; V:4.600000; D:NaN ; N:NaN;",
    "S20S-M06-T-FM03": "S; A:3.900000; V:1.500000; D:2.200000;",
}


def lines(turns):
    """What the label file says: a line per turn, then lines of single raters."""
    return "\n".join(
        f"UTD-IMPROV-{name}.avi; {label}\n"
        "p01-a1; Happy; Happy,Excited; A:2.000000; V:4.000000; D:3.000000 ; N:5.000000;\n"
        for name, label in turns.items()
    )


@pytest.fixture
def msp_improv(data, record):
    def write(turns=TURNS, label_file="Evalution.txt", audio="", text=None):
        for name in turns:
            sentence, speaker, scenario, _ = name.split("-")
            place = f"{audio}session{speaker[-1]}/{sentence}/{scenario}"
            record(data / "msp-improv", f"{place}/MSP-IMPROV-{name}.wav")
        if label_file:
            (data / "msp-improv" / label_file).write_text(text or lines(turns))

    return write


@pytest.mark.parametrize("label_file", ["Evalution.txt", "Evaluation.txt"])
@pytest.mark.parametrize("audio", ["", "Audio/"])
def test_both_layouts_that_circulate(msp_improv, label_file, audio, recwarn):
    msp_improv(label_file=label_file, audio=audio)
    table = datasets.load("msp-improv")
    assert not recwarn.list
    assert len(table) == 4


def test_each_code_of_a_name_is_decoded(msp_improv, data):
    msp_improv()
    table = datasets.load("msp-improv")
    assert table.to_dict("records")[1] == {
        "path": str(data / "msp-improv/session1/S01A/R/MSP-IMPROV-S01A-F01-R-FF02.wav"),
        "dataset": "msp-improv",
        "language": "en",
        "speaker": "msp-improv-F01",
        "gender": "female",
        "emotion": "anger",
        "sentence": "01",
        "intensity": "",
        "category": "A",
        "scenario": "read",
        "arousal": 1.4,
        "valence": 2.0,
        "dominance": 3.5,
    }
    assert table["scenario"].tolist() == ["natural", "read", "improvised", "target"]
    assert table["sentence"].tolist() == ["", "01", "", "20"]
    assert table["gender"].tolist() == ["female", "female", "male", "male"]
    assert table["emotion"].tolist() == ["neutral", "anger", "happiness", "sadness"]
    assert table["dominance"].tolist() == pytest.approx([3.0, 3.5, math.nan, 2.2], nan_ok=True)


def test_other_and_no_agreement_keep_their_ratings(msp_improv):
    other = {
        "S02N-F02-S-FF01": "O; A:4.0; V:2.0; D:3.0 ; N:3.0;",
        "S02N-F02-S-FF02": "X; A:2.0; V:4.0; D:3.0 ; N:3.0;",
        "S02N-F02-S-FF03": "X; A:NaN; V:NaN; D:NaN ; N:NaN;",
    }
    msp_improv(TURNS | other)
    with pytest.warns(SerWarning) as got:
        table = datasets.load("msp-improv")
    lost, ratings_only = (str(warning.message) for warning in got)
    assert "neither an emotion nor a rating (1): " in lost
    assert "FF03.wav" in lost
    assert "'O' (1), 'X' (1)" in ratings_only
    rated = table.assign(label=labels.binary(table, "valence", 3.0)).query("emotion == ''")
    assert rated["label"].tolist() == [0, 1]


def test_a_damaged_line_is_named(msp_improv):
    text = lines(TURNS).replace("UTD-IMPROV-S12H-M06-S-MM10.avi; H; A:2", "UTD-IMPROV-S12H-M06")
    msp_improv(text=text)
    with pytest.warns(SerWarning) as got:
        assert len(datasets.load("msp-improv")) == 3
    assert "damaged lines of label files (1): " in str(got[0].message)
    assert "Evalution.txt, line 7" in str(got[0].message)
    assert "MSP-IMPROV-S12H-M06-S-MM10.wav" in str(got[1].message)


def test_without_its_label_file(msp_improv):
    msp_improv(label_file=None)
    with pytest.raises(CorpusError, match=r"no label file .*Expected Eval\*tion\.txt"):
        datasets.load("msp-improv")


@pytest.mark.corpora
def test_the_real_corpus(real):
    with pytest.warns(SerWarning, match="threshold on their ratings"):
        table = real("msp-improv")
    assert table["speaker"].nunique() == 12
    counts = table["emotion"].value_counts()
    assert counts[["anger", "happiness", "neutral", "sadness"]].tolist() == [792, 2644, 3477, 885]
