import numpy as np
import pytest

from ser_utils import datasets, domains, labels
from ser_utils.errors import CorpusError, DomainError, SerWarning
from ser_utils.features import Features

HEADER = "file,speaker,gender,arousal,valence"
LINES = (
    "turns/P16_001.wav,P16,female,0.125,-0.25",
    r"turns\P16_002.wav,P16,female,-0.5,5e-06",
    "P17_001.wav,P17,male,0.3,0.1",
    "P17_002,P17,male,-0.3,-0.1",
)


@pytest.fixture
def recola(data, record):
    def write(*lines, header=HEADER):
        folder = data / "recola"
        record(folder / "turns", *(f"P{p}_00{turn}.wav" for p in (16, 17) for turn in (1, 2)))
        (folder / "turns.csv").write_text("\n".join([header, *lines]))
        return folder

    return write


def test_the_documented_layout(recola, recwarn):
    folder = recola(*LINES)
    table = datasets.load("recola")
    assert not recwarn.list
    assert table.to_dict("records")[0] == {
        "path": str(folder / "turns/P16_001.wav"),
        "dataset": "recola",
        "language": "fr",
        "speaker": "recola-P16",
        "gender": "female",
        "emotion": "",
        "sentence": "",
        "intensity": "",
        "arousal": 0.125,
        "valence": -0.25,
    }
    assert labels.binary(table, "arousal", 0.0).tolist() == [1, 0, 1, 0]
    assert labels.binary(table, "valence", 0.0).tolist() == [0, 1, 1, 0]


def test_it_makes_a_domain_by_ratings_and_says_so_where_emotions_are_asked_for(recola):
    recola(*LINES)
    table = datasets.load("recola")
    features = Features("egemaps", np.zeros((4, 1), np.float32), None, ["x"], table)
    assert domains.domain(features, "arousal", 0.0).labels.tolist() == [1, 0, 1, 0]
    with pytest.raises(
        DomainError, match=r"no utterance in the arousal labels; .*another .*scheme"
    ):
        domains.domain(features, "arousal")


@pytest.mark.parametrize(
    "line", ["P17_002,P17,man,0.1,0.1", "P17_002,P17,male,0.1,", "P17_002,P17,male,0,1,0,2"]
)
def test_a_damaged_line_is_named(recola, line):
    recola(*LINES[:3], line)
    with pytest.warns(SerWarning) as got:
        assert len(datasets.load("recola")) == 3
    assert str(got[0].message).endswith("turns.csv, line 5")
    assert str(got[1].message).endswith("P17_002.wav")


def test_without_its_label_file(recola):
    (recola() / "turns.csv").unlink()
    with pytest.raises(CorpusError, match=r"recola: no label file .*Expected turns\.csv"):
        datasets.load("recola")


def test_semicolons_between_columns(recola):
    recola(*(line.replace(",", ";") for line in LINES), header=HEADER.replace(",", ";"))
    with pytest.raises(CorpusError, match=r"turns\.csv has no column file, speaker, gender"):
        datasets.load("recola")
