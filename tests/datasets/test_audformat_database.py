import pickle
import sys

import audformat
import pandas as pd
import pytest

from ser_utils import datasets
from ser_utils.errors import (
    CorpusError,
    SerError,
    SerWarning,
    UnknownEmotionError,
    UnknownNameError,
)

FILES = ["wav/1.wav", "wav/2.wav", "wav/3.wav"]


@pytest.fixture
def folder(tmp_path, audformat_database):
    return audformat_database(tmp_path / "emodb")


def changed(folder, change):
    """The database in `folder` after a change, saved again."""
    database = audformat.Database.load(folder, load_data=True)
    change(database)
    for file in folder.glob("db.*"):
        file.unlink()
    database.save(folder)
    return folder


def column(database, table, name, values, scheme=None):
    database[table][name] = audformat.Column(scheme_id=scheme)
    database[table][name].set(values)


def test_labels_are_found_in_tables_and_with_the_labels_of_speakers(folder):
    table = datasets.from_audformat(folder)
    assert table.to_dict("list") == {
        "path": [str(folder / file) for file in FILES],
        "dataset": ["emodb"] * 3,
        "language": ["de"] * 3,
        "speaker": ["emodb-3", "emodb-8", "emodb-3"],
        "gender": ["male", "female", "male"],
        "emotion": ["anger", "sadness", "anger"],
        "sentence": ["a01", "a01", "a02"],
        "intensity": [""] * 3,
    }


def test_a_database_that_is_loaded_already(folder):
    given = datasets.from_audformat(audformat.Database.load(folder), "other", "nl")
    assert given["speaker"].tolist() == ["other-3", "other-8", "other-3"]
    assert set(given["language"]) == {"nl"}


def test_schemes_of_other_names(folder):
    def rename(database):
        column(database, "files", "felt", ["joy", "sadness", "joy"])

    table = datasets.from_audformat(
        changed(folder, rename),
        schemes={"emotion": "felt", "sentence": None},
        emotions={"joy": "happiness"},
    )
    assert table["emotion"].tolist() == ["happiness", "sadness", "happiness"]
    assert set(table["sentence"]) == {""}


def test_the_language_of_a_speaker_goes_before_that_of_the_database(folder):
    def change(database):
        column(database, "files", "spoken", ["English", "eng", None])
        database.languages = ["deu"]

    table = datasets.from_audformat(changed(folder, change), schemes={"language": "spoken"})
    assert table["language"].tolist() == ["en", "en", "de"]


def test_ratings_stand_in_for_emotions(folder):
    def rate(database):
        database["emotion"].drop_columns("emotion", inplace=True)
        column(database, "files", "arousal", [0.1, 0.9, 0.5])

    table = datasets.from_audformat(changed(folder, rate))
    assert table["arousal"].tolist() == [0.1, 0.9, 0.5]
    assert set(table["emotion"]) == {""}


def test_only_the_tables_that_are_named_count(folder):
    def contradict(database):
        database["raters"] = audformat.Table(audformat.filewise_index(FILES))
        column(database, "raters", "emotion", ["sadness"] * 3, "emotion")

    changed(folder, contradict)
    with pytest.raises(CorpusError, match="overlapping data"):
        datasets.from_audformat(folder)
    table = datasets.from_audformat(folder, tables="emotion")
    assert table["emotion"].tolist() == ["anger", "sadness", "anger"]


def test_segments_are_refused(folder):
    def segment(database):
        starts, ends = ["0s", "1s"], ["1s", "2s"]
        index = audformat.segmented_index(["wav/1.wav"] * 2, starts, ends)
        database["segments"] = audformat.Table(index)
        column(database, "segments", "felt", ["anger", "sadness"])

    changed(folder, segment)
    with pytest.raises(CorpusError, match=r"segments of files\. Cut"):
        datasets.from_audformat(folder, schemes={"emotion": "felt"})
    assert len(datasets.from_audformat(folder)) == 3


@pytest.mark.parametrize(
    ("schemes", "message"),
    [
        ({"emotion": "felt"}, "no emotions, and no ratings.* emotion, gender"),
        ({"speaker": "actor"}, "no speakers.* emotion, gender"),
    ],
)
def test_what_is_missing_is_named_beside_what_is_there(folder, schemes, message):
    with pytest.raises(CorpusError, match=message):
        datasets.from_audformat(folder, schemes=schemes)


def test_words_of_its_own_and_missing_files_are_refused_as_in_a_table(folder):
    def rename(database):
        column(database, "files", "felt", ["angry"] * 3)

    changed(folder, rename)
    with pytest.raises(UnknownEmotionError, match=r"'angry' \(did you mean 'anger'"):
        datasets.from_audformat(folder, schemes={"emotion": "felt"})
    (folder / "wav/2.wav").unlink()
    with pytest.raises(CorpusError, match=r"no file.*row 2 \(wav/2.wav\)"):
        datasets.from_audformat(folder)


def test_a_column_that_no_table_has(folder):
    with pytest.raises(UnknownNameError, match="did you mean 'speaker'"):
        datasets.from_audformat(folder, schemes={"speakers": "speaker"})


@pytest.mark.parametrize("header", [None, "", "[", "name: emodb\ntables: 7\n", "\0"])
def test_a_damaged_header(tmp_path, header):
    if header is not None:
        (tmp_path / "db.yaml").write_text(header)
    with pytest.raises(CorpusError, match="cannot be read as a database in audformat"):
        datasets.from_audformat(tmp_path)


def test_a_table_that_is_gone(folder):
    (table,) = folder.glob("db.files.*")
    table.unlink()
    with pytest.raises(CorpusError, match=r"cannot be read as a database.*db\.files"):
        datasets.from_audformat(folder)


def test_pickles_are_not_opened(folder):
    class Trap:
        def __reduce__(self):
            return (folder.joinpath("sprung").touch, ())

    (folder / "db.emotion.pkl").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(CorpusError, match=r"db\.emotion\.pkl is a pickle"):
        datasets.from_audformat(folder)
    assert not (folder / "sprung").exists()


def test_without_the_package(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "audformat", None)
    with pytest.raises(SerError, match="pip install 'audformat"):
        datasets.from_audformat(folder)


def test_the_table_goes_on_like_any_other(folder):
    table = datasets.from_audformat(folder)
    pd.testing.assert_frame_equal(datasets.from_table(table), table)


def with_laryngograms(database):
    files = [file.replace("wav/", "laryngo/") for file in FILES]
    for table, name, values in (
        ("laryngo.files", "speaker", [3, 8, 3]),
        ("laryngo.emotion", "emotion", ["anger", "sadness", "anger"]),
    ):
        database[table] = audformat.Table(audformat.filewise_index(files))
        column(database, table, name, values, name)


def test_what_is_no_speech_is_left_out(folder):
    plain = datasets.from_audformat(folder)
    changed(folder, with_laryngograms)
    with pytest.warns(SerWarning, match=r"left out what is no speech \(3\): laryngo/1\.wav"):
        table = datasets.from_audformat(folder)
    pd.testing.assert_frame_equal(table, plain)
    with pytest.raises(CorpusError, match="labels no speech"):
        datasets.from_audformat(folder, tables=["laryngo.files", "laryngo.emotion"])


def test_contradictions_point_to_the_choice_of_tables(folder):
    def contradict(database):
        database["raters"] = audformat.Table(audformat.filewise_index(FILES))
        column(database, "raters", "emotion", ["sadness"] * 3, "emotion")

    changed(folder, contradict)
    with pytest.raises(CorpusError, match=r"tables=\[\.\.\.\]; there are .*emotion, .*raters"):
        datasets.from_audformat(folder)


@pytest.mark.parametrize("pattern", ["db.yaml", "db.emotion.*"])
def test_a_file_that_git_lfs_left_behind(folder, pattern):
    (file,) = folder.glob(pattern)
    file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(CorpusError, match=r"db\..*: is a pointer of Git LFS"):
        datasets.from_audformat(folder)
