"""Synthetic corpora on disk: rendered once, whole or absent, then read as any other corpus."""

import hashlib
import shutil
import warnings
import wave
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ser_utils.datasets import own_table, workers
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.synthetic import espeak, languages, prosody, rendering
from ser_utils.datasets.synthetic.languages import LANGUAGES, Language
from ser_utils.errors import CorpusError, SerWarning
from ser_utils.files import cache_folder, folder_written_whole


def locate(language: str) -> Path:
    """Folder of a synthetic corpus, rendered or not; other settings, another folder."""
    plan = prosody.utterances(language)
    settings = (
        *(rendering.REVISION, languages.SEED, rendering.SAMPLING_RATE, rendering.SILENCE),
        *(LANGUAGES[language], espeak.version()),
    )
    digest = hashlib.sha256(
        (plan.to_csv(index=False, lineterminator="\n") + repr(settings)).encode()
    ).hexdigest()
    return cache_folder() / "corpora" / f"synthetic-{language}-{digest[:10]}"


def render(language: str) -> Path:
    """Render the corpus of a language, on all cores, unless it is there and whole.

    Its folder has one wav file (mono, 16 bit) per utterance, and `table.csv`. A warning says that
    it is damaged and therefore rendered anew, a `CacheError` that it cannot be written.
    """
    folder, plan = locate(language), prosody.utterances(language)
    if folder.is_dir():
        damage = _damage(folder, plan)
        if not damage:
            return folder
        warnings.warn(f"{folder} is rendered anew: {damage}", SerWarning, stacklevel=2)
    with folder_written_whole(folder) as temporary:
        _render_into(temporary, plan, LANGUAGES[language])
        # Only now, and only if no other process has repaired it meanwhile.
        if folder.is_dir() and _damage(folder, plan):
            shutil.rmtree(folder)
    return folder


def parse(folder: Path) -> pd.DataFrame:
    """Tabulate the folder of a rendered corpus; a `CorpusError` says what it lacks."""
    folder = folder.absolute()
    table = _read_whole(folder)
    return table.assign(path=[str(folder / file) for file in table["file"]])[list(COLUMNS)]


def _render_into(folder: Path, plan: pd.DataFrame, setting: Language, n_jobs: int = -1) -> None:
    from joblib import Parallel, delayed

    # Processes, since eSpeak NG is not thread-safe; they compute, and only this one writes.
    calls = [delayed(rendering.render)(row, setting) for row in plan.to_dict("records")]
    with workers.on_processes(n_jobs):
        recordings = Parallel()(calls)
    sizes = [
        _write_wav(folder / file, recording)
        for file, recording in zip(plan["file"], recordings, strict=True)
    ]
    plan.assign(bytes=sizes).to_csv(
        folder / "table.csv", index=False, encoding="utf-8", lineterminator="\n"
    )


def _write_wav(path: Path, recording: np.ndarray) -> int:
    # Not by soundfile, which reports a full disk by an error that is no OSError.
    with path.open("wb") as file, wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rendering.SAMPLING_RATE)
        wav.writeframes(recording.astype("<i2").tobytes())
    return path.stat().st_size


def _damage(folder: Path, plan: pd.DataFrame) -> str:
    """Say what a rendered corpus lacks; nothing if it is whole."""
    try:
        listed = _read_whole(folder)["file"].tolist()
    except CorpusError as error:
        return str(error)
    return "" if listed == plan["file"].tolist() else "its table.csv does not list every utterance"


def _read_whole(folder: Path) -> pd.DataFrame:
    table = own_table.read_file(folder / "table.csv")
    if missing := {*COLUMNS, "file", "bytes"} - {"path"} - {*table}:
        raise CorpusError(f"{folder / 'table.csv'} lacks {', '.join(sorted(missing))}")
    found = {entry.name: entry.stat().st_size for entry in folder.iterdir()}
    wrong = table["file"][table["file"].map(found) != table["bytes"]].tolist()
    if wrong:
        raise CorpusError(f"{folder}: {len(wrong)} files are missing or cut, such as {wrong[0]}")
    return table


CORPORA: tuple[Corpus, ...] = tuple(
    Corpus(
        name=f"synthetic-{language}",
        title=f"{setting.title} (eSpeak NG)",
        language=language,
        how_to_get="load it: it is built in, and rendered when first loaded",
        parse=parse,
        locate=partial(locate, language),
        prepare=partial(render, language),
    )
    for language, setting in LANGUAGES.items()
)
