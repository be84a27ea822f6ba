import pytest

from ser_utils import datasets, labels
from ser_utils.errors import SerWarning, UnknownEmotionError

HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"


def block(turn, category, ratings="2.5000, 3.5000, 4.0000"):
    """One turn of an EmoEvaluation file: the label, then what each rater said."""
    return (
        f"[6.2901 - 8.2357]\t{turn}\t{category}\t[{ratings}]\n"
        "C-E2:\tNeutral;\t()\n"
        "C-F1:\tAnger; Frustration;\t()\n"
        "A-E3:\tval 3; act 2; dom  2;\t()\n"
        "A-F1:\tval 3; act 2; dom  ;\t()\n\n"
    )


@pytest.fixture
def iemocap(data, record):
    """Write a session with the given (turn, category) in the official layout."""

    def write(*turns, top="iemocap", text=None):
        folder = data / top
        for dialogue in {turn.rpartition("_")[0] for turn, _ in turns}:
            session = folder / f"Session{dialogue[4]}"
            of_dialogue = [pair for pair in turns if pair[0].startswith(dialogue)]
            evaluation = session / "dialog/EmoEvaluation"
            for file, content in (
                (f"{dialogue}.txt", text or HEADER + "".join(block(*pair) for pair in of_dialogue)),
                (f"._{dialogue}.txt", "\0\0macOS"),
                (f"Categorical/{dialogue}_e1_cat.txt", f"{of_dialogue[0][0]} :Anger; ()\n"),
            ):
                (evaluation / file).parent.mkdir(parents=True, exist_ok=True)
                (evaluation / file).write_text(content)
            record(session, f"dialog/wav/{dialogue}.wav")
            record(session, *(f"sentences/wav/{dialogue}/{turn}.wav" for turn, _ in of_dialogue))
        return folder

    return write


@pytest.mark.parametrize("top", ["iemocap", "iemocap/IEMOCAP_full_release"])
def test_the_official_layout(iemocap, top, recwarn):
    folder = iemocap(
        ("Ses01F_impro01_F000", "neu"),
        ("Ses01F_impro01_M000", "ang"),
        ("Ses05M_script01_1b_F012", "sad"),
        top=top,
    )
    table = datasets.load("iemocap")
    assert not recwarn.list  # whole dialogues and the files of single raters do not count as stray
    assert table["speaker"].tolist() == ["iemocap-01F", "iemocap-01M", "iemocap-05F"]
    assert table.to_dict("records")[2] == {
        "path": str(
            folder / "Session5/sentences/wav/Ses05M_script01_1b/Ses05M_script01_1b_F012.wav"
        ),
        "dataset": "iemocap",
        "language": "en",
        "speaker": "iemocap-05F",
        "gender": "female",
        "emotion": "sadness",
        "sentence": "script01_1b",
        "intensity": "",
        "category": "sad",
        "scenario": "scripted",
        "valence": 2.5,
        "arousal": 3.5,
        "dominance": 4.0,
    }
    assert table["scenario"].tolist()[:2] == ["improvised"] * 2
    assert table["gender"].tolist()[:2] == ["female", "male"]


def test_each_category(iemocap):
    emotions = {
        "ang": "anger",
        "dis": "disgust",
        "exc": "happiness",
        "fea": "fear",
        "fru": "",
        "hap": "happiness",
        "neu": "neutral",
        "oth": "",
        "sad": "sadness",
        "sur": "surprise",
        "xxx": "",
    }
    iemocap(*((f"Ses02M_impro02_M{i:03}", code) for i, code in enumerate(emotions)))
    with pytest.warns(SerWarning, match=r"'fru' \(1\), 'oth' \(1\), 'xxx' \(1\)$"):
        table = datasets.load("iemocap")
    assert dict(zip(table["category"], table["emotion"], strict=True)) == emotions
    assert labels.binary(table, "arousal", 3.0).tolist() == [1.0] * 11
    assert labels.binary(table, "valence", 3.0).tolist() == [0.0] * 11
    assert labels.binary(table, "valence").notna().sum() == 8


def test_a_damaged_line_is_named_and_its_audio_left_out(iemocap):
    turns = [(f"Ses01F_impro01_F00{i}", "neu") for i in range(3)]
    text = HEADER + block(*turns[0]) + block(*turns[1], ratings="2.5") + block(*turns[2])[:30]
    iemocap(*turns, text=text)
    with pytest.warns(SerWarning) as got:
        table = datasets.load("iemocap")
    assert table["path"].str[-8:].tolist() == ["F000.wav"]
    damaged, without = (str(warning.message) for warning in got)
    assert "damaged lines of label files (2): " in damaged
    assert "Ses01F_impro01.txt, line 9, " in damaged
    assert "audio without a label (2): " in without


def test_an_unknown_category(iemocap):
    iemocap(("Ses01F_impro01_F000", "neu"), ("Ses01F_impro01_F001", "joy"))
    with pytest.raises(UnknownEmotionError, match="'joy' in 1 file"):
        datasets.load("iemocap")


@pytest.mark.corpora
def test_the_real_corpus(real):
    with pytest.warns(SerWarning, match="'xxx' \\(2507\\), 'fru' \\(1849\\), 'oth' \\(3\\)"):
        table = real("iemocap")
    assert len(table) == 10039
    assert table["speaker"].nunique() == 10
