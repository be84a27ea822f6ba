import pandas as pd
import pytest

from ser_utils import datasets
from ser_utils.errors import MissingCorpusError, UnknownNameError

BUILT_IN = ["synthetic-en", "synthetic-de", "synthetic-it", "synthetic-ur"]


def corpus(name, folder, table, prepare=None):
    return datasets.Corpus(
        name=name,
        title=name.title(),
        language="xx",
        how_to_get="ask",
        parse=lambda _: table,
        locate=lambda: folder,
        prepare=prepare,
    )


@pytest.fixture
def table():
    return pd.DataFrame([["a.wav", "mine", "xx", "mine-1", "female", "anger", "1", ""]],
                        columns=list(datasets.COLUMNS))  # fmt: skip


def test_all_corpora_are_known():
    assert datasets.names() == ["ravdess", "emodb", "emovo", *BUILT_IN]
    for name, known in datasets.CORPORA.items():
        assert known.name == name


def test_available_are_the_built_in_corpora_and_those_that_hold_audio(data, record):
    assert datasets.available() == BUILT_IN
    (data / "ravdess/Actor_01").mkdir(parents=True)
    record(data / "emodb", "wav/03a01Wa.wav")
    assert datasets.available() == ["emodb", *BUILT_IN]


def test_an_unknown_name_suggests_the_nearest(data):
    with pytest.raises(UnknownNameError, match="unknown corpus 'ravdes'; did you mean 'ravdess'"):
        datasets.load("ravdes")


def test_an_unknown_on_error(data):
    with pytest.raises(UnknownNameError, match="on_error 'ignore'"):
        datasets.load("emodb", on_error="ignore")


def test_a_missing_corpus_says_where_it_belongs_and_how_to_get_it(data):
    with pytest.raises(MissingCorpusError) as error:
        datasets.load("ravdess")
    message = str(error.value)
    assert str(data / "ravdess") in message
    assert "https://zenodo.org/records/1188976" in message
    assert "SER_DATA" in message
    assert "synthetic-en" in message


def test_a_corpus_that_can_be_made_is_made_when_loaded(data, tmp_path, table, monkeypatch):
    made = tmp_path / "made"

    def prepare():
        made.mkdir()
        return made

    monkeypatch.setitem(datasets.CORPORA, "mine", corpus("mine", made, table, prepare))
    assert "mine" in datasets.available()
    assert not made.exists()
    pd.testing.assert_frame_equal(datasets.load("mine"), table)
    assert made.is_dir()


def test_a_corpus_of_ones_own_may_have_more_columns(data, tmp_path, table, monkeypatch):
    rated = table.assign(arousal=3.5)
    monkeypatch.setitem(datasets.CORPORA, "mine", corpus("mine", tmp_path, rated))
    pd.testing.assert_frame_equal(datasets.load("mine"), rated)


def test_describe_lists_each_corpus(data, record):
    record(data / "emovo", "f1/rab-f1-b1.wav")
    described = datasets.describe().set_index("name")
    assert described.index.tolist() == datasets.names()
    assert described["present"].to_dict() == {
        "ravdess": False,
        "emodb": False,
        "emovo": True,
        **dict.fromkeys(BUILT_IN, True),
    }
    assert described.loc["emovo", "folder"] == str(data / "emovo")
    assert described.loc["emodb", "language"] == "de"
    assert (described["how_to_get"] != "").all()


def test_the_overview_fits_a_terminal_and_says_how_to_get_what_is_missing(
    data, record, table, monkeypatch
):
    record(data / "emodb", "wav/03a01Wa.wav")
    for i in range(14):
        name = f"corpus-{i}"
        monkeypatch.setitem(datasets.CORPORA, name, corpus(name, data / name, table))
    lines = datasets.overview().splitlines()
    assert max(map(len, lines)) <= 100
    fields = [line.split() for line in lines]
    assert ["ravdess", "en", "no", "SER_DATA/ravdess"] in fields
    assert ["emodb", "de", "yes", "SER_DATA/emodb"] in fields
    assert ["synthetic-en", "en", "built", "in"] in [line[:4] for line in fields]
    assert ["corpus-13", "ask"] in fields
    assert ["SER_DATA", "=", str(data)] in fields
    text = " ".join(" ".join(line) for line in fields)
    for name in ("ravdess", "emovo"):
        assert f"{name} {datasets.CORPORA[name].how_to_get}" in text
    assert f"emodb {datasets.CORPORA['emodb'].how_to_get}" not in text


@pytest.mark.parametrize(
    ("present", "asked", "chosen"),
    [
        ((), ("auto", "auto"), ("synthetic-en", "synthetic-de")),
        (("ravdess",), ("auto", "auto"), ("synthetic-en", "synthetic-de")),
        (("ravdess", "emodb"), ("auto", "auto"), ("ravdess", "emodb")),
        (("ravdess", "emodb"), ("emodb", "auto"), ("emodb", "ravdess")),
        (("ravdess", "emodb"), ("auto", "ravdess"), ("emodb", "ravdess")),
        (("ravdess", "emodb"), ("auto", "emovo"), ("ravdess", "emovo")),
        (("ravdess", "emodb"), ("synthetic-de", "auto"), ("synthetic-de", "synthetic-en")),
        (("ravdess", "emodb"), ("auto", "synthetic-ur"), ("synthetic-en", "synthetic-ur")),
    ],
)
def test_auto_is_another_corpus_of_the_same_kind(data, record, capsys, present, asked, chosen):
    files = {"ravdess": "Actor_01/03-01-05-01-01-01-01.wav", "emodb": "wav/03a01Wa.wav"}
    for name in present:
        record(data / name, files[name])
    assert datasets.choose(*asked) == chosen
    assert ("Synthetic speech" in capsys.readouterr().out) == chosen[0].startswith("synthetic")


def test_a_pair_of_unknown_corpora_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'emodb'"):
        datasets.choose("auto", "emobd")
