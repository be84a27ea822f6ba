"""eGeMAPS of recordings: by this package on two threads, and by openSMILE file by file."""

import os
import tempfile
from unittest import mock

import numpy as np
import opensmile
import pandas as pd
import soundfile

from benchmarks import measuring
from ser_utils import datasets, features

REPETITIONS = 5
CORPUS = "ravdess"
FILES = 200
THREADS = 2
SPEED_BAR = 1.8
HERE, PEER = f"ser_utils, {THREADS} threads", "openSMILE, file by file"


def run(repetitions: int, machine: dict) -> None:
    """Measure, and write extraction.csv, extraction.json and the table in README.md.

    Parameters
    ----------
    repetitions : int
        Extractions by each way.
    machine : dict
        See `measuring.machine`.
    """
    table = spread(datasets.load(CORPUS), FILES)
    ways = {HERE: lambda _: extract_here(table), PEER: lambda _: extract_file_by_file(table)}
    ways[HERE](0)  # imports and first calls; the system has the files in memory from here on
    timings, values = measuring.alternate(ways, repetitions)
    text = f"{describe(table)}\n\n{report(timings, len(table))}\n\n{agreement(values)}"
    about = {"corpus": CORPUS, "files": len(table), "threads": THREADS}
    about |= {"repetitions": repetitions, "machine": machine}
    measuring.write("extraction", timings, text, about)


def spread(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """Take `n` utterances at even distances, so that all speakers and emotions are among them."""
    rows = np.linspace(0, len(table) - 1, min(n, len(table))).astype(int)
    return table.iloc[rows].reset_index(drop=True)


def extract_here(table: pd.DataFrame) -> np.ndarray:
    """Extract by this package, with nothing in its cache."""
    with (
        tempfile.TemporaryDirectory() as empty,
        mock.patch.dict(os.environ, {"SER_CACHE": empty}),
    ):
        return features.extract(table, "egemaps", jobs=THREADS, progress=False).values


def extract_file_by_file(table: pd.DataFrame) -> np.ndarray:
    """Extract as the manual of openSMILE's Python package shows it."""
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    return np.concatenate([smile.process_file(path).to_numpy() for path in table["path"]])


def describe(table: pd.DataFrame) -> str:
    """Tell what is extracted from."""
    infos = [soundfile.info(path) for path in table["path"]]
    minutes = sum(info.duration for info in infos) / 60
    rates = ", ".join(f"{rate / 1000:g}" for rate in sorted({info.samplerate for info in infos}))
    return f"{len(table)} files of {CORPUS}, {minutes:.0f} minutes at {rates} kHz."


def report(timings: pd.DataFrame, n_files: int) -> str:
    """Write the table and what it says of the bar."""
    columns = ["extraction by", "seconds", "files per second"]
    rows = [
        [way, f"{seconds:.1f}", f"{n_files / seconds:.0f}"]
        for way, seconds in measuring.medians(timings).items()
    ]
    speed = measuring.ratio(timings, PEER, HERE)
    bar = measuring.against(SPEED_BAR, speed)
    return f"{measuring.markdown(columns, rows)}\n\n{speed:.2f} times as fast. {bar}"


def agreement(values: dict[str, list[np.ndarray]]) -> str:
    """Tell how far both ways give the same numbers."""
    same = np.isclose(values[HERE][0], values[PEER][0], rtol=1e-3).mean()
    return f"{100 * same:.1f} % of the values are equal to three digits."
