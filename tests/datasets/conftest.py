"""Tiny corpora, written by the tests in the layouts of the official releases."""

from pathlib import Path

import numpy as np
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


@pytest.fixture
def record():
    """Write 10 ms of audio to each of the given files."""

    def write(folder: Path, *files: str) -> None:
        for file in files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(folder / file, np.zeros(480), 48000)

    return write


@pytest.fixture
def real():
    """Load a real corpus, or skip the test where SER_DATA does not hold it."""

    def load(name: str):
        if name not in datasets.available():
            pytest.skip(f"SER_DATA does not hold {name}")
        return datasets.load(name)

    return load
