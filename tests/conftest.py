"""What all tests share: one thread a process, no screen, caches of their own."""

import copy
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

# Before anything imports a numerical library. The tests run in several processes, and so do the
# kernels of the notebooks that they execute.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


def pytest_configure(config: pytest.Config) -> None:
    """Keep caches in a folder that lives as long as the session, shared by its workers."""
    import matplotlib as mpl

    # Not by MPLBACKEND, which the kernels of the notebooks would inherit.
    mpl.use("Agg")
    if "SER_CACHE" not in os.environ:
        folder = tempfile.mkdtemp(prefix="ser-utils-tests-")
        os.environ["SER_CACHE"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the notebooks first, which take longest; without SER_DATA skip what needs corpora."""
    items.sort(key=lambda item: item.get_closest_marker("notebooks") is None)
    if not os.environ.get("SER_DATA"):
        skip = pytest.mark.skip(reason="needs real corpora: set SER_DATA")
        for item in items:
            if item.get_closest_marker("corpora"):
                item.add_marker(skip)


@pytest.fixture
def ser_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folder that is SER_DATA for the time of a test."""
    folder = tmp_path / "corpora"
    folder.mkdir()
    monkeypatch.setenv("SER_DATA", str(folder))
    return folder


@pytest.fixture
def toy_pair():
    """Return a function that makes features of small languages that differ by a shift.

    Excited emotions have a higher first feature; each language is shifted along the second, by more
    than the one before. The last is the target. `only` names a language and the single emotion that
    it has.
    """
    import numpy as np
    import pandas as pd

    from ser_utils import domains
    from ser_utils.features import Features

    def features(language, prefix, shift, speakers, seed, frames, only):
        rng = np.random.default_rng(seed)
        n = 24 * speakers
        emotions = ["anger", "sadness", "happiness", "neutral"]
        if only is not None and only[0] == language:
            emotions = [only[1]]
        emotions = np.resize(emotions, n)
        values = rng.normal(size=(n, 6) if frames is None else (n, 6, frames))
        excited = np.isin(emotions, ["anger", "happiness"])
        values[excited, 0] += 2.0
        values[:, 1] += shift
        lengths = None if frames is None else rng.integers(frames // 2, frames + 1, n)
        if lengths is not None:
            values *= np.arange(frames) < lengths[:, None, None]
        table = pd.DataFrame(
            {
                "dataset": f"toy-{language}",
                "language": language,
                "speaker": np.repeat([f"{prefix}-{i}" for i in range(speakers)], 24),
                "emotion": emotions,
            }
        )
        kind = "egemaps" if frames is None else "logmel"
        names = [f"feature {i}" for i in range(6)]
        return Features(kind, values.astype(np.float32), lengths, names, table)

    def pair(speakers=6, frames=None, languages=("en", "de"), prefixes=None, only=None, **options):
        *sources, target = (
            features(language, prefix, 3.0 * seed, speakers, seed, frames, only)
            for seed, (language, prefix) in enumerate(
                zip(languages, prefixes or languages, strict=True)
            )
        )
        return domains.pair(sources, target, **options)

    return pair


@pytest.fixture(scope="session")
def tone_files(tmp_path_factory):
    """Tables of two corpora of wav files, "tones-en" and "tones-de".

    Excited emotions are higher and louder tones; the target is higher as a whole.
    """
    import numpy as np
    import pandas as pd
    import soundfile

    from ser_utils import datasets

    rng, root = np.random.default_rng(0), tmp_path_factory.mktemp("tones")

    def utterance(path, emotion, pitch):
        excited = emotion in ("anger", "happiness")
        seconds = np.arange(int(16_000 * rng.uniform(0.4, 0.6))) / 16_000
        tone = np.sin(2 * np.pi * pitch * (1.5 if excited else 1.0) * seconds)
        noise = 0.01 * rng.normal(size=len(tone))
        soundfile.write(path, (0.4 if excited else 0.2) * tone + noise, 16_000)

    def corpus(language, pitch):
        name, folder = f"tones-{language}", root / language
        folder.mkdir()
        rows = []
        for speaker in range(3):
            for emotion in ("anger", "sadness", "happiness", "neutral"):
                path = folder / f"{speaker}-{emotion}.wav"
                utterance(path, emotion, pitch + 10 * speaker)
                row = {"path": str(path), "speaker": f"{name}-{speaker}", "emotion": emotion}
                rows.append(dict.fromkeys(datasets.COLUMNS, "") | row)
        return pd.DataFrame(rows).assign(dataset=name, language=language)

    return {f"tones-{code}": corpus(code, pitch) for code, pitch in (("en", 200), ("de", 300))}


@pytest.fixture
def tones(tone_files, monkeypatch):
    """Make the corpora of `tone_files` known; return their tables."""
    from ser_utils import datasets
    from ser_utils.datasets.corpus import Corpus

    tables = {name: table.copy() for name, table in tone_files.items()}
    for name, table in tables.items():
        folder = Path(table["path"].iloc[0]).parent
        known = Corpus(name, name, name[-2:], "", lambda _, t=table: t, lambda f=folder: f)
        monkeypatch.setitem(datasets.CORPORA, name, known)
    return tables


@pytest.fixture(scope="session")
def trained_on_tones(tone_files):
    """Return the pair of `tone_files`, and two short trainings on it by title."""
    from ser_utils import alignment, domains, models, training

    pair = domains.pair(tone_files["tones-en"], tone_files["tones-de"], progress=False)
    short = {"epochs": 3, "batch_size": 4, "held_out": 0.4, "progress": False}
    model = models.mlp(pair, widths=(8, 4))
    systems = {
        "baseline": training.fit(model, pair, **short),
        "DANN": training.fit(model, pair, align=alignment.DomainAdversary(), **short),
    }
    return pair, systems


@pytest.fixture
def maps(trained_on_tones):
    """Return the maps of `trained_on_tones`, which a test may change."""
    from ser_utils.embeddings.maps import Maps

    pair, systems = trained_on_tones
    return Maps.of(copy.deepcopy(pair), systems, neighbours=5)


#: Makes two toy corpora known, as a conftest would, for this process or another one. The file of
#: each utterance is any that exists: its features are made up.
TOY = """
import numpy as np, pandas as pd
from ser_utils import datasets, features
from ser_utils.datasets.corpus import Corpus
from ser_utils.features import Features

def toy(language, seed, shift):
    rng = np.random.default_rng(seed)
    emotion = np.resize(["anger", "sadness", "happiness", "neutral"], 120)
    values = rng.normal(size=(120, 6)).astype(np.float32)
    values[np.isin(emotion, ["anger", "happiness"]), 0] += 2.0
    values[:, 1] += shift
    speaker = np.repeat([f"{language}-{i}" for i in range(5)], 24)
    table = pd.DataFrame({"dataset": f"toy-{language}", "language": language, "speaker": speaker,
                          "emotion": emotion, "path": np.__file__})
    return Features("egemaps", values, None, ["x"] * 6, table)

TOYS = {f"toy-{code}": toy(code, i, 3.0 * i) for i, code in enumerate(["en", "de"])}
CORPORA = {name: Corpus(name, name, name[-2:], "", None, None) for name in TOYS}

def load(name, on_error="raise"):
    return TOYS[name].table

def extract(table, kind="egemaps", *, on_error="raise"):
    return TOYS[table["dataset"].iloc[0]]
"""


@pytest.fixture
def toy_script() -> str:
    return TOY


@pytest.fixture
def toys(monkeypatch, toy_script):
    """Two corpora, "toy-en" and "toy-de", that load and extract at once."""
    from ser_utils import datasets, features

    made = {}
    exec(toy_script, made)
    for name, corpus in made["CORPORA"].items():
        monkeypatch.setitem(datasets.CORPORA, name, corpus)
    monkeypatch.setattr(datasets, "load", made["load"])
    monkeypatch.setattr(features, "extract", made["extract"])
    return made["TOYS"]


@pytest.fixture
def small_nets(monkeypatch):
    """Trainings of a moment, in this process."""
    from functools import partial

    from ser_utils import models, training
    from ser_utils.embeddings import probes
    from ser_utils.experiments import parallel, scoring

    def here(function, items, *arguments, **options):
        return ((index, function(*item)) for index, item in enumerate(items))

    monkeypatch.setattr(training, "fit", partial(training.fit, epochs=2, batch_size=16))
    monkeypatch.setattr(probes.MLP, "max_iter", 2)
    monkeypatch.setattr(probes.LINEAR, "max_iter", 10)
    monkeypatch.setitem(scoring.MODELS, "egemaps", partial(models.mlp, widths=(8,)))
    monkeypatch.setattr(parallel, "stream", here)


@pytest.fixture
def signals_heeded():
    """Heed signals as in a terminal: what runs in the background (nohup, &) may ignore them."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory):
    """Return the folder of the site of this project, without what a training is needed for."""
    from ser_utils.files import PROJECT
    from ser_utils.pages import book, site

    out = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.explore, "write", lambda _, folder: folder.mkdir())
        patch.setattr(site.motion, "write", lambda *_: [])
        site.build(PROJECT, out)
    (out / book.EXPLORER).write_text("<p>The explorer</p>")
    return out
