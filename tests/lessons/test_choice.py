import pandas as pd
import pytest

from ser_utils import datasets
from ser_utils.errors import UnknownNameError
from ser_utils.lessons import choice


def test_what_is_chosen_is_printed(ser_data, capsys):
    for name in ("mine", "yours"):
        (ser_data / name).mkdir()
        (ser_data / name / "table.csv").write_text(
            "path,language,speaker,emotion\na.wav,el,1,fear\n"
        )
    assert choice.corpora("mine+yours", "emodb") == ("mine+yours", "emodb")
    assert capsys.readouterr().out == (
        "Source: mine + yours. Target: Berlin Database of Emotional Speech (EMO-DB).\n"
    )


def test_synthetic_speech_is_said_to_be_no_proof(ser_data, capsys):
    assert choice.corpora() == ("synthetic-en", "synthetic-de")
    printed = capsys.readouterr().out
    assert printed.startswith("Source: Synthetic English (eSpeak NG). Target: Synthetic German")
    assert "proves nothing about it.\n`make data`, or `ser-utils data`, downloads two" in printed


def test_an_unknown_corpus_is_refused(ser_data, capsys):
    with pytest.raises(UnknownNameError, match="did you mean 'emodb'"):
        choice.corpora("auto", "emobd")
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "target", "lively", "calm"),
    [
        ("calm fear neutral", "fear neutral surprise", "fear fear", "neutral neutral"),
        ("anger disgust happiness", "anger boredom happiness", "anger anger", "disgust boredom"),
        ("anger happiness", "neutral sadness", "anger neutral", "happiness sadness"),
    ],
)
def test_emotions_to_listen_to_are_shared_where_they_can_be(source, target, lively, calm):
    tables = [pd.DataFrame({"emotion": words.split()}) for words in (source, target)]
    assert choice.liveliest(*tables) == lively.split()
    assert choice.calmest(*tables) == calm.split()


def test_a_third_corpus_is_of_another_language_and_of_the_same_kind(ser_data):
    (third,) = datasets.find(choice.third("synthetic-en", "synthetic-de"))
    assert third.prepare
    assert third.language not in ("en", "de")
    for name, language in (("mine", "el"), ("yours", "fi"), ("theirs", "el")):
        (ser_data / name).mkdir()
        table = f"path,language,speaker,emotion\na.wav,{language},1,fear\n"
        (ser_data / name / "table.csv").write_text(table)
    assert choice.third("mine", "yours") is None
    (ser_data / "theirs" / "table.csv").write_text(table.replace("el", "sv"))
    assert choice.third("mine", "yours") == "theirs"
