import pytest

from ser_utils.errors import DomainError, MissingCorpusError, UnknownNameError
from ser_utils.pages.parameters import Parameters, resolve


def test_auto_is_the_real_pair_where_both_are_present(ser_data, capsys):
    assert resolve() == Parameters("synthetic-en", "synthetic-de", "arousal")
    assert "Synthetic speech" in capsys.readouterr().out
    for name in ("ravdess/03-01-05-01-01-01-01.wav", "emodb/03a01Wa.wav"):
        (ser_data / name).parent.mkdir()
        (ser_data / name).touch()
    assert resolve(task="valence") == Parameters("ravdess", "emodb", "valence")
    assert resolve("emodb", "ravdess") == Parameters("emodb", "ravdess", "arousal")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("emobd", "auto"), UnknownNameError, "did you mean 'emodb'"),
        (("auto", "nowhere"), UnknownNameError, "unknown corpus 'nowhere'"),
        (("auto", "auto", "joy"), UnknownNameError, "unknown task 'joy'"),
        (("synthetic-en", "emodb"), MissingCorpusError, "To get it"),
    ],
)
def test_what_cannot_run_is_refused(arguments, error, message, ser_data, capsys):
    with pytest.raises(error, match=message):
        resolve(*arguments)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("source", ["rated", "synthetic-en+rated"])
def test_a_corpus_without_any_emotion_is_refused(source, ser_data, capsys):
    def write(*emotions):
        rows = [f"{i}.wav,a,en,0.5,{emotion}" for i, emotion in enumerate(emotions)]
        table = "\n".join(["path,speaker,language,arousal,emotion", *rows])
        (ser_data / "rated" / "table.csv").write_text(table)

    (ser_data / "rated").mkdir()
    for name in ("0.wav", "1.wav"):
        (ser_data / "rated" / name).touch()
    write("", "")
    with pytest.raises(DomainError, match=r"^'rated' has no emotions, .* scheme=THRESHOLD") as got:
        resolve(source)
    assert "\n" not in str(got.value)
    assert capsys.readouterr().out == ""
    write("", "anger")
    assert resolve(source).source == source
