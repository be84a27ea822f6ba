import errno
import shutil
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from ser_utils.datasets import COLUMNS
from ser_utils.datasets.synthetic import corpora, espeak, languages, prosody, rendering
from ser_utils.errors import CacheError, CorpusError, SerWarning, UnknownNameError

LANGUAGES = list(languages.LANGUAGES)


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """An empty cache, and corpora of six utterances each, rendered in this process."""
    monkeypatch.setenv("SER_CACHE", str(tmp_path))
    whole = prosody.utterances
    monkeypatch.setattr(
        prosody, "utterances", lambda language: whole(language)[::64].reset_index(drop=True)
    )
    monkeypatch.setattr(corpora, "_render_into", partial(corpora._render_into, n_jobs=1))
    return tmp_path


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_recordings_are_the_same_in_any_order_and_any_number_of_processes(tmp_path, n_jobs):
    setting = languages.LANGUAGES["de"]
    plan = prosody.utterances("de")[:384:43]
    expected = {row["file"]: rendering.render(row, setting) for row in plan.to_dict("records")}
    corpora._render_into(tmp_path, plan[::-1], setting, n_jobs=n_jobs)
    assert {path.name for path in tmp_path.glob("*.wav")} == set(plan["file"])
    for file, samples in expected.items():
        read, sampling_rate = soundfile.read(tmp_path / file, dtype="int16")
        np.testing.assert_array_equal(read, samples)
        assert sampling_rate == rendering.SAMPLING_RATE
        assert soundfile.info(tmp_path / file).subtype == "PCM_16"


def test_a_corpus_is_rendered_once_and_the_same_each_time(cache):
    folder = corpora.render("ur")
    assert folder == corpora.locate("ur")
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    written = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert corpora.render("ur") == folder
    assert written == {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    shutil.rmtree(folder)
    assert first == {path.name: path.read_bytes() for path in corpora.render("ur").iterdir()}


def test_a_corpus_is_read_as_any_other(cache):
    table = corpora.parse(corpora.render("it"))
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 6
    assert all(Path(path).is_absolute() and Path(path).is_file() for path in table["path"])
    plan = prosody.utterances("it")
    assert [Path(path).name for path in table["path"]] == plan["file"].tolist()
    rest = [column for column in COLUMNS if column != "path"]
    pd.testing.assert_frame_equal(table[rest], plan[rest], check_dtype=False)


def test_corpora_know_where_they_are_and_how_to_make_themselves(cache):
    assert [c.name for c in corpora.CORPORA] == [f"synthetic-{key}" for key in LANGUAGES]
    assert [c.language for c in corpora.CORPORA] == LANGUAGES
    corpus = corpora.CORPORA[1]
    assert not corpus.locate().exists()
    assert corpus.prepare() == corpus.locate()
    assert set(corpus.parse(corpus.locate())["dataset"]) == {corpus.name}


def test_other_settings_are_another_folder(cache, monkeypatch):
    folders = {corpora.locate("en")}
    for module, name, value in (
        (languages, "SEED", 1),
        (rendering, "REVISION", 99),
        (rendering, "SILENCE", (0, 0)),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(module, name, value)
            folders.add(corpora.locate("en"))
    monkeypatch.setattr(espeak, "version", lambda: "another")
    folders.add(corpora.locate("en"))
    assert len(folders) == 5


def forget_a_file(folder):
    next(folder.glob("*.wav")).unlink()


def cut_a_file(folder):
    path = next(folder.glob("*.wav"))
    path.write_bytes(path.read_bytes()[:-100])


def forget_the_table(folder):
    (folder / "table.csv").unlink()


def garble_the_table(folder):
    (folder / "table.csv").write_bytes(b"\xff\xfe nothing")


def empty_the_table(folder):
    (folder / "table.csv").write_text("")


DAMAGES = [forget_a_file, cut_a_file, forget_the_table, garble_the_table, empty_the_table]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_corpus_is_rendered_anew_with_a_warning(cache, damage):
    folder = corpora.render("en")
    expected = {path.name: path.read_bytes() for path in folder.iterdir()}
    damage(folder)
    with pytest.raises(CorpusError, match=folder.name):
        corpora.parse(folder)
    with pytest.warns(SerWarning, match="rendered anew"):
        corpora.render("en")
    assert expected == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_table_that_lists_less_than_it_should_is_damage(cache):
    folder = corpora.render("en")
    table = pd.read_csv(folder / "table.csv")
    table[:-1].to_csv(folder / "table.csv", index=False)
    with pytest.warns(SerWarning, match="every utterance"):
        corpora.render("en")
    assert len(corpora.parse(folder)) == len(table)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_a_stop_in_mid_rendering_leaves_nothing(cache, monkeypatch, stop):
    write, written = corpora._write_wav, []

    def write_some(path, samples):
        if len(written) == 3:
            raise stop
        written.append(path)
        return write(path, samples)

    with monkeypatch.context() as stopped:
        stopped.setattr(corpora, "_write_wav", write_some)
        with pytest.raises(stop):
            corpora.render("en")
    assert len(written) == 3
    assert list((cache / "corpora").iterdir()) == []
    assert len(corpora.parse(corpora.render("en"))) == 6


@pytest.mark.parametrize("damaged", [False, True])
def test_a_corpus_that_another_process_finishes_first_is_kept(cache, monkeypatch, damaged):
    render_into, folder = corpora._render_into, corpora.locate("en")
    if damaged:
        corpora.render("en")
        forget_a_file(folder)

    def another_is_faster(temporary, *settings):
        render_into(temporary, *settings)
        shutil.copytree(temporary, folder, dirs_exist_ok=True)
        (folder / "theirs").touch()

    monkeypatch.setattr(corpora, "_render_into", another_is_faster)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SerWarning)
        assert corpora.render("en") == folder
    assert (folder / "theirs").exists()
    assert len(corpora.parse(folder)) == 6
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_cache_that_cannot_be_written_is_an_error(cache, monkeypatch):
    (cache / "file").touch()
    monkeypatch.setenv("SER_CACHE", str(cache / "file" / "below"))
    with pytest.raises(CacheError, match="SER_CACHE"):
        corpora.render("en")


def test_a_full_disk_is_an_error_and_leaves_nothing(cache, monkeypatch):
    def full(path, _):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(corpora, "_write_wav", full)
    with pytest.raises(CacheError, match="No space left"):
        corpora.render("en")
    assert list((cache / "corpora").iterdir()) == []


def test_an_unknown_language_is_named():
    for function in (prosody.utterances, corpora.render, corpora.locate):
        with pytest.raises(UnknownNameError, match="'en'"):
            function("eng")
