"""Tiny corpora, written by the tests in the layouts of the official releases."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from ser_utils import datasets


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """An empty data folder, in which corpora are looked for."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("SER_DATA", str(folder))
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture(scope="session")
def record():
    """Write 10 ms of audio to each of the given files."""
    of_suffix = {}

    def write(folder: Path, *files: str) -> None:
        for path in (folder / file for file in files):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix in of_suffix:
                path.write_bytes(of_suffix[path.suffix])
            else:
                soundfile.write(path, np.zeros(480), 48000)
                of_suffix[path.suffix] = path.read_bytes()

    return write


@pytest.fixture
def table() -> pd.DataFrame:
    """Return the table of a corpus "mine" of one utterance, whose file is not there."""
    row = ["a.wav", "mine", "xx", "mine-1", "female", "anger", "1", ""]
    return pd.DataFrame([row], columns=list(datasets.COLUMNS))


@pytest.fixture
def known(monkeypatch):
    """Make a corpus with a given table known by a name."""

    def add(name: str, folder: Path, table: pd.DataFrame, **more) -> None:
        corpus = datasets.Corpus(
            name=name,
            title=name.title(),
            language="xx",
            how_to_get="ask",
            parse=lambda _: table,
            locate=lambda: folder,
            **more,
        )
        monkeypatch.setitem(datasets.CORPORA, name, corpus)

    return add


@pytest.fixture
def forgotten():
    """Forget, when the test ends, the corpora that it registers."""
    before = dict(datasets.CORPORA)
    yield
    datasets.CORPORA.clear()
    datasets.CORPORA.update(before)


@pytest.fixture
def real():
    """Load a real corpus, or skip the test where SER_DATA does not hold it."""

    def load(name: str):
        if name not in datasets.available():
            pytest.skip(f"SER_DATA does not hold {name}")
        return datasets.load(name)

    return load


@pytest.fixture
def audformat_database(record):
    """Write a small database in audformat, made as audb's emodb is, into a folder."""

    def write(folder: Path) -> Path:
        import audformat

        files = ["wav/1.wav", "wav/2.wav", "wav/3.wav"]
        record(folder, *files)
        database = audformat.Database("emodb", languages=["deu"])
        for name, options in {
            "emotion": {"labels": ["anger", "sadness"]},
            "gender": {"labels": ["female", "male"]},
            "language": {"dtype": "str"},
            "transcription": {"labels": {"a01": "Der Lappen ...", "a02": "Das will sie ..."}},
        }.items():
            database.schemes[name] = audformat.Scheme(**options)
        database["speaker"] = audformat.MiscTable(pd.Index([3, 8], name="speaker"))
        database.schemes["speaker"] = audformat.Scheme("int", labels="speaker")
        for table in ("files", "emotion"):
            database[table] = audformat.Table(audformat.filewise_index(files))
        for table, column, values in (
            ("speaker", "gender", ["male", "female"]),
            ("speaker", "language", ["deu", "deu"]),
            ("files", "speaker", [3, 8, 3]),
            ("files", "transcription", ["a01", "a01", "a02"]),
            ("emotion", "emotion", ["anger", "sadness", "anger"]),
        ):
            database[table][column] = audformat.Column(scheme_id=column)
            database[table][column].set(values)
        database.save(folder)
        return folder

    return write
