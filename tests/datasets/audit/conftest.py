import itertools

import numpy as np
import pandas as pd
import pytest
import scipy.ndimage
import scipy.signal
from noise_files import RATE, noise, write

EMOTIONS = ["anger", "happiness", "sadness"]

ROW = {
    "dataset": "mine",
    "language": "el",
    "speaker": "mine-1",
    "gender": "female",
    "emotion": "anger",
    "sentence": "",
    "intensity": "",
}


@pytest.fixture
def table(tmp_path):
    """Write a table of utterances, of which rows differ as given, and its recordings."""

    def make(*rows, suffix="csv", without=()):
        rows = [ROW | {"path": f"audio/{i}.wav"} | row for i, row in enumerate(rows)]
        for i, row in enumerate(rows):
            if not (tmp_path / row["path"]).exists():
                write(tmp_path / row["path"], noise(0.2 + i / 10, i))
        frame = pd.DataFrame(rows).drop(columns=list(without))
        path = tmp_path / f"table.{suffix}"
        frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
        return path

    return make


@pytest.fixture(scope="session")
def recordings():
    """Make up a corpus: (row, samples) of utterances that differ in nothing but their labels.

    Six speakers, each a spectrum of their own, say eight sentences with three emotions: noise in
    syllables, louder or softer, longer or shorter, in a room with noise.
    """
    made = []
    for speaker, emotion, sentence in itertools.product(range(6), EMOTIONS, range(8)):
        rng = np.random.default_rng([speaker, EMOTIONS.index(emotion), sentence])
        row = {"speaker": f"mine-{speaker}", "emotion": emotion, "sentence": f"s{sentence}"}
        made.append((ROW | row, speech(rng, voice=speaker)))
    return made


def speech(rng, voice):
    syllables = scipy.ndimage.zoom(rng.uniform(0, 1, rng.integers(4, 9)), 1_600, order=1)
    gains = np.random.default_rng([99, voice]).uniform(-20, 0, 9)
    gains = gains - np.linspace(0, 10, 9)
    taps = scipy.signal.firwin2(129, np.linspace(0, 1, 9), 10 ** (gains / 20))
    sound = scipy.signal.lfilter(taps, 1, syllables * rng.normal(size=len(syllables)))
    sound *= 10 ** (rng.normal(-22, 2) / 20) / sound.std()
    sound = np.pad(sound, tuple(rng.integers(1_000, 3_000, 2)))
    return sound + 10 ** (-65 / 20) * rng.normal(size=len(sound))


@pytest.fixture
def corpus(tmp_path):
    """Write a corpus; `samples` may be a tuple of samples, a sampling rate and a subtype."""

    def make(recordings):
        rows = []
        for i, (row, samples) in enumerate(recordings):
            samples, rate, subtype = (
                samples if isinstance(samples, tuple) else (samples, RATE, None)
            )
            path = write(tmp_path / f"audio/{i:03}.wav", samples, rate, subtype=subtype)
            rows.append(row | {"path": path})
        pd.DataFrame(rows).to_csv(tmp_path / "mine.csv", index=False)
        return tmp_path / "mine.csv"

    return make
