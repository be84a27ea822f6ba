import warnings

import pandas as pd
import pytest

from ser_utils import datasets
from ser_utils.datasets import registry
from ser_utils.errors import (
    CorpusError,
    DomainError,
    MissingCorpusError,
    SerWarning,
    SettingError,
    UnknownEmotionError,
    UnknownNameError,
)

BUILT_IN = ["synthetic-en", "synthetic-de", "synthetic-it", "synthetic-ur"]


def test_all_corpora_are_known():
    assert datasets.names() == [
        "aesdd",
        "ased",
        "banglaser",
        "baved",
        "cafe",
        "casia",
        "cremad",
        "emodb",
        "emotale-da",
        "emotale-en",
        "emotiontts",
        "emotiontts-corrected",
        "emouerj",
        "emovo",
        "esd-zh",
        "esd-en",
        "eyase",
        "iemocap",
        "jl",
        "mesd",
        "msp-improv",
        "nemo",
        "oreau",
        "ravdess",
        "recola",
        "savee",
        "shemo",
        "subesco",
        "tess",
        "turev",
        "urdu",
        *BUILT_IN,
    ]
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
    assert "run `python -m ser_utils download ravdess`, or " in message
    assert "https://zenodo.org/records/1188976" in message
    assert "SER_DATA" in message
    assert "synthetic-en" in message


def test_a_corpus_that_can_be_made_is_made_when_loaded(data, tmp_path, table, known):
    made = tmp_path / "made"

    def prepare():
        made.mkdir()
        return made

    known("mine", made, table, prepare=prepare)
    assert "mine" in datasets.available()
    assert not made.exists()
    pd.testing.assert_frame_equal(datasets.load("mine"), table)
    assert made.is_dir()


def test_a_corpus_of_your_own_may_have_more_columns(data, tmp_path, table, known):
    rated = table.assign(arousal=3.5)
    known("mine", tmp_path, rated)
    pd.testing.assert_frame_equal(datasets.load("mine"), rated)


# --- A parser of your own ------------------------------------------------------------------------


def parse(folder):
    files = sorted(folder.glob("*.wav"))
    return pd.DataFrame(
        {
            "path": files,
            "speaker": [f.stem[0] for f in files],
            "emotion": [f.stem[1:] for f in files],
        }
    )


def test_a_parser_is_found_by_its_name_and_its_table_completed(data, record, forgotten):
    record(data / "mine", "1anger.wav", "2fear.wav")
    datasets.register("mine", parse, "fr", title="My corpus", how_to_get="ask me")
    assert "mine" in datasets.available()
    table = datasets.load("mine")
    assert table["speaker"].tolist() == ["mine-1", "mine-2"]
    assert table["path"].tolist() == [str(data / "mine/1anger.wav"), str(data / "mine/2fear.wav")]
    assert table[["dataset", "language"]].drop_duplicates().to_numpy().tolist() == [["mine", "fr"]]
    assert datasets.describe().set_index("name").loc["mine", "title"] == "My corpus"


def test_what_a_parser_returns_is_checked(data, record, forgotten):
    record(data / "mine", "1anger.wav", "2wrath.wav")
    datasets.register("mine", parse, "fr")
    with pytest.raises(UnknownEmotionError, match="mine: unknown emotion 'wrath'"):
        datasets.load("mine")
    with pytest.warns(SerWarning, match="left out unknown emotion 'wrath'") as got:
        assert len(datasets.load("mine", on_error="skip")) == 1
    assert got[0].filename == __file__
    datasets.register("mine", lambda folder: parse(folder).drop(columns="speaker"), "fr")
    with pytest.raises(CorpusError, match="mine: no column speaker"):
        datasets.load("mine")


def test_a_missing_corpus_of_your_own_says_how_to_get_it(data, forgotten):
    datasets.register("mine", parse, "fr", how_to_get="ask me")
    with pytest.raises(MissingCorpusError, match="To get it, ask me"):
        datasets.load("mine")


@pytest.mark.parametrize("name", ["ravdess", "auto", "a+b", "a/b", "..", "", "aux"])
def test_names_that_mean_something_else_are_refused(forgotten, name):
    with pytest.raises(SettingError, match="cannot register"):
        datasets.register(name, parse, "fr")


# --- Several corpora as one ---------------------------------------------------------------------


@pytest.fixture
def two_of_one_language(data, tmp_path, table, known):
    for name in ("mine", "yours"):
        (tmp_path / name).mkdir()
        rows = table.assign(dataset=name, speaker=f"{name}-1")
        rows = rows.assign(arousal=3.5) if name == "yours" else rows
        known(name, tmp_path / name, rows)


def test_corpora_of_one_language_are_joined(two_of_one_language):
    joined = datasets.load(["mine", "yours"])
    assert joined["dataset"].tolist() == ["mine", "yours"]
    assert joined["speaker"].tolist() == ["mine-1", "yours-1"]
    assert joined.index.tolist() == [0, 1]
    assert joined["arousal"].isna().tolist() == [True, False]
    pd.testing.assert_frame_equal(datasets.load("mine+yours"), joined)


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        ("mine+yuors", UnknownNameError, "unknown corpus 'yuors'; did you mean 'yours'"),
        ("mine+emodb", DomainError, r"of one language.* mine \(xx\), emodb \(de\)"),
        ("mine+mine", DomainError, "joined with itself"),
        ("emodb+mine+mine", DomainError, "of one language"),
    ],
)
def test_what_cannot_be_joined(two_of_one_language, names, error, message):
    for function in (datasets.find, datasets.load, datasets.choose):
        with pytest.raises(error, match=message):
            function(names)
    with pytest.raises(error, match=message):
        datasets.load(names.split("+"))


def test_a_missing_part_is_named(two_of_one_language, data, table, known):
    known("gone", data / "gone", table)
    with pytest.raises(MissingCorpusError, match="the corpus 'gone' is not on this machine"):
        datasets.load("mine+gone")


def test_joined_corpora_are_chosen(two_of_one_language):
    assert datasets.choose("mine+yours", "synthetic-de") == ("mine+yours", "synthetic-de")


# --- Which pair ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("present", "asked", "chosen"),
    [
        ((), ("auto", "auto"), ("synthetic-en", "synthetic-de")),
        (("ravdess",), ("auto", "auto"), ("synthetic-en", "synthetic-de")),
        (("ravdess", "emodb"), ("auto", "auto"), ("ravdess", "emodb")),
        (("ravdess", "emodb"), ("emodb", "auto"), ("emodb", "ravdess")),
        (("ravdess", "emodb"), ("auto", "ravdess"), ("emodb", "ravdess")),
        (("ravdess", "emodb"), ("auto", "emovo"), ("ravdess", "emovo")),
        (("ravdess", "emodb"), ("auto", "cremad+ravdess"), ("emodb", "cremad+ravdess")),
        (("ravdess", "emodb"), ("savee", "auto"), ("savee", "emodb")),
        (("ravdess", "emodb"), ("synthetic-de", "auto"), ("synthetic-de", "synthetic-en")),
        (("ravdess", "emodb"), ("auto", "synthetic-ur"), ("synthetic-en", "synthetic-ur")),
    ],
)
def test_auto_is_another_corpus_of_the_same_kind(data, record, present, asked, chosen):
    files = {"ravdess": "Actor_01/03-01-05-01-01-01-01.wav", "emodb": "wav/03a01Wa.wav"}
    for name in present:
        record(data / name, files[name])
    assert datasets.choose(*asked) == chosen


def test_a_pair_of_unknown_corpora_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'emodb'"):
        datasets.choose("auto", "emobd")


# --- Paths, and folders of other names -----------------------------------------------------------


@pytest.mark.parametrize("path", ["data/emodb", "data/emodb/wav", "./data/emodb/", "data\\emodb"])
def test_a_path_in_the_place_of_a_name_is_named_as_such(data, record, monkeypatch, path):
    record(data / "emodb", "wav/03a01Wa.wav")
    monkeypatch.chdir(data.parent)
    with pytest.raises(
        UnknownNameError, match="is a path, and a name of a corpus is needed"
    ) as got:
        datasets.load(path)
    assert ("the folder of 'emodb'" in str(got.value)) == ("/" in path)
    with pytest.raises(UnknownNameError, match="is a path"):
        datasets.load(data / "emodb")
    with pytest.raises(UnknownNameError, match="is a path"):
        datasets.choose("auto", "labels.csv")


def test_a_name_in_another_case_suggests_the_known_one():
    with pytest.raises(UnknownNameError, match="did you mean 'emodb'"):
        datasets.find("EmoDB")


@pytest.mark.parametrize(
    ("folder", "name"), [("EmoDB", "emodb"), ("CREMA-D", "cremad"), ("RAVDESS ", "ravdess")]
)
def test_a_folder_in_another_spelling_is_told(data, folder, name):
    (data / folder).mkdir()
    if (data / name).exists():
        pytest.skip("a file system without case")
    with pytest.raises(MissingCorpusError, match=f"{folder} is not read: rename it to {name}"):
        datasets.load(name)
    assert f"is not read: rename it to {name}" in " ".join(datasets.overview().split())
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert datasets.choose() == ("synthetic-en", "synthetic-de")
    assert len(told) == (name in registry.REAL_PAIR)


def test_tables_that_are_not_read_are_told(data, record):
    record(data / "emodb", "wav/03a01Wa.wav")
    (data / "emodb/table.csv").touch()
    (data / "mine").mkdir()
    (data / "mine/table.xlsx").touch()
    with pytest.warns(SerWarning, match=r"emodb/table\.csv is not read, as a folder of this name"):
        datasets.load("emodb")
    overview = " ".join(datasets.overview().split())
    assert "emodb/table.csv is not read" in overview
    assert "mine/table.xlsx is not read: save it as table.csv" in overview


def test_a_data_folder_that_does_not_exist_is_told(data, monkeypatch):
    data.rmdir()
    with pytest.raises(MissingCorpusError, match=f"{data} does not exist: set SER_DATA"):
        datasets.load("emodb")
    with pytest.warns(SerWarning, match=f"{data} does not exist: set SER_DATA"):
        assert datasets.choose() == ("synthetic-en", "synthetic-de")
    assert f"{data} does not exist" in " ".join(datasets.overview().split())


# --- Words of a table ----------------------------------------------------------------------------


def test_words_outside_the_vocabulary_are_told(data, tmp_path, table, known):
    known("mine", tmp_path, table.assign(gender="F", intensity="high"))
    with pytest.raises(CorpusError, match=r"mine: gender 'F' \(1 utterances\).* female, male"):
        datasets.load("mine")
    with pytest.warns(SerWarning, match="left empty") as got:
        (row,) = datasets.load("mine", on_error="skip").to_dict("records")
    assert (row["gender"], row["intensity"]) == ("", "")
    assert {warning.filename for warning in got} == {__file__}
