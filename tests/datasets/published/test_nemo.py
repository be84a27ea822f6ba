import pytest

from ser_utils import datasets
from ser_utils.errors import CorpusError, SerWarning, UnknownEmotionError

HEADER = "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage"


def line(speaker, emotion, sentence, gender="female", text='"Ród smoka” to serial.'):
    # The release has spaces before the speaker.
    return (
        f"{speaker}_{emotion}_{sentence}.wav\t{emotion}\t{text}\tród smoka\t"
        f"        {speaker}\t{gender}\t23"
    )


@pytest.fixture
def nemo(data, record):
    def write(*lines, top="nemo"):
        record(data / top, *(f"samples/{row.split()[0]}" for row in lines))
        (data / top / "data.tsv").write_text("\n".join([HEADER, *lines]), encoding="utf-8")

    return write


@pytest.mark.parametrize("top", ["nemo", "nemo/nEMO-main"])
def test_the_official_layout(nemo, data, top, recwarn):
    emotions = ["anger", "fear", "happiness", "neutral", "sadness", "surprised"]
    nemo(*(line("WR0", emotion, 64, "male") for emotion in emotions), top=top)
    table = datasets.load("nemo")
    assert not recwarn.list
    assert table["emotion"].tolist() == [*emotions[:5], "surprise"]
    assert table.to_dict("records")[5] == {
        "path": str(data / top / "samples/WR0_surprised_64.wav"),
        "dataset": "nemo",
        "language": "pl",
        "speaker": "nemo-WR0",
        "gender": "male",
        "emotion": "surprise",
        "sentence": "64",
        "intensity": "",
        "category": "surprised",
    }


def test_without_its_label_file(nemo, data):
    nemo(line("EB0", "fear", 1))
    (data / "nemo/data.tsv").unlink()
    with pytest.raises(CorpusError, match=r"nemo: no label file .*Expected data\.tsv"):
        datasets.load("nemo")


def test_damaged_lines_and_labels_without_audio(nemo, data):
    nemo(line("EB0", "fear", 1), line("EB0", "fear", 2), line("EB0", "anger", 3)[:-30])
    (data / "nemo/samples/EB0_fear_2.wav").unlink()
    with pytest.warns(SerWarning) as got:
        assert datasets.load("nemo")["sentence"].tolist() == ["1"]
    messages = [str(warning.message) for warning in got]
    assert messages[0].endswith("data.tsv, line 4")
    assert "audio without a label (1): " in messages[1]
    assert messages[2] == "nemo: left out labels without audio (1): EB0_fear_2"


def test_an_unknown_emotion(nemo):
    nemo(line("EB0", "fear", 1), line("EB0", "disgusted", 2))
    with pytest.raises(UnknownEmotionError, match=r"did you mean 'disgust'.*EB0_disgusted_2"):
        datasets.load("nemo")


@pytest.mark.corpora
def test_the_real_corpus(real):
    table = real("nemo")
    assert len(table) == 4481
    assert table["speaker"].nunique() == 9
    assert table["sentence"].nunique() == 90
