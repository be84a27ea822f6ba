import itertools

import pandas as pd
import pytest

from ser_utils.errors import DomainError, MissingCorpusError, UnknownNameError
from ser_utils.pages.parameters import Parameters, resolve


def test_auto_is_the_real_pair_where_both_are_present(ser_data, capsys):
    assert resolve() == Parameters("synthetic-en", "synthetic-de", "arousal")
    assert "Synthetic speech" in capsys.readouterr().out
    for name, codes in (
        ("ravdess/03-01-{2:02}-01-01-{1:02}-{0:02}.wav", (5, 4, 3)),
        ("emodb/{0:02}a{1:02}{2}a.wav", "WFTN"),
    ):
        (ser_data / name).parent.mkdir()
        speakers = (3, 8) if name[0] == "e" else (1, 2)
        for code in itertools.product(speakers, (1, 2), codes):
            (ser_data / name.format(*code)).touch()
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
    write_corpus(ser_data, "rated", "en", [(speaker, "") for speaker in "aabb" * 4])
    with pytest.raises(DomainError, match=r"^'rated' has no emotions, .* scheme=THRESHOLD") as got:
        resolve(source)
    assert "\n" not in str(got.value)
    assert capsys.readouterr().out == ""
    utterances = [*itertools.product("ab", ["anger", "sadness"] * 4), ("a", "")]
    write_corpus(ser_data, "rated", "en", utterances)
    assert resolve(source).source == source


def write_corpus(ser_data, name, language, utterances):
    """Write a table of (speaker, emotion), and files that nobody reads."""
    folder = ser_data / name
    folder.mkdir(exist_ok=True)
    table = pd.DataFrame(utterances, columns=["speaker", "emotion"])
    table = table.assign(language=language, arousal=0.5)
    table["path"] = [f"{number}.wav" for number in table.index]
    for path in table["path"]:
        (folder / path).touch()
    table.to_csv(folder / "table.csv", index=False)


FOUR = ("anger", "happiness", "neutral", "sadness")
WHOLE = [*itertools.product("abcd", FOUR)]


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (WHOLE[:4], WHOLE, "mine cannot be the source, .* have only 1. Use a corpus with more"),
        (
            [*zip("abcd", FOUR, strict=True)] * 4,
            WHOLE,
            "mine cannot be the source, .* class 0 by 2 and class 1 by 2. Use a corpus in which",
        ),
        (WHOLE, WHOLE[::4], r"fi utterances of yours have only class 1 \(high\) .* Choose another"),
        ([("a", "anger")] * 9, WHOLE, r"el utterances of mine have only class 1 \(high\)"),
        (WHOLE[:8], WHOLE[:7], "mine and yours have 15 utterances, .* more than 15: record more"),
    ],
)
def test_what_cannot_be_trained_on_is_one_sentence_before_anything_runs(
    source, target, message, ser_data, capsys
):
    for name, language, utterances in (("mine", "el", source), ("yours", "fi", target)):
        write_corpus(ser_data, name, language, utterances)
    with pytest.raises(DomainError, match=message) as refused:
        resolve("mine", "yours")
    assert "\n" not in str(refused.value)
    assert capsys.readouterr().out == ""
    write_corpus(ser_data, "mine", "el", WHOLE)
    write_corpus(ser_data, "yours", "fi", WHOLE[:4])  # one voice as the target
    assert resolve("mine", "yours").target == "yours"
