import pytest

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
    assert "proves nothing about it.\n`python -m ser_utils datasets` tells how to get" in printed


def test_an_unknown_corpus_is_refused(ser_data, capsys):
    with pytest.raises(UnknownNameError, match="did you mean 'emodb'"):
        choice.corpora("auto", "emobd")
    assert not capsys.readouterr().out
