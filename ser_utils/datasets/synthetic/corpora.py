"""Synthetic corpora on disk: rendered once, whole or absent, then read as any other corpus."""

import hashlib
import shutil
import warnings
import wave
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ser_utils.datasets import own_table
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
    digest = hashlib.sha256((plan.to_csv(index=False) + repr(settings)).encode()).hexdigest()
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
    table = _read_table(folder)
    if wrong := _missing_or_cut(folder, table):
        raise CorpusError(f"{folder}: {len(wrong)} files are missing or cut, such as {wrong[0]}")
    return table.assign(path=[str(folder / file) for file in table["file"]])[list(COLUMNS)]


def _render_into(folder: Path, plan: pd.DataFrame, setting: Language, n_jobs: int = -1) -> None:
    from joblib import Parallel, delayed

    # Processes, since eSpeak NG is not thread-safe; they compute, and only this one writes.
    recordings = Parallel(n_jobs=n_jobs, backend="loky")(
        delayed(rendering.render)(row, setting) for row in plan.to_dict("records")
    )
    sizes = [
        _write_wav(folder / file, recording)
        for file, recording in zip(plan["file"], recordings, strict=True)
    ]
    plan.assign(bytes=sizes).to_csv(folder / "table.csv", index=False, encoding="utf-8")


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
        table = _read_table(folder)
    except CorpusError as error:
        return str(error)
    if table["file"].tolist() != plan["file"].tolist():
        return "its table.csv does not list every utterance"
    wrong = _missing_or_cut(folder, table)
    return f"{len(wrong)} files are missing or cut, such as {wrong[0]}" if wrong else ""


def _read_table(folder: Path) -> pd.DataFrame:
    table = own_table.read_file(folder / "table.csv")
    if missing := {*COLUMNS, "file", "bytes"} - {"path"} - {*table}:
        raise CorpusError(f"{folder / 'table.csv'} lacks {', '.join(sorted(missing))}")
    return table


def _missing_or_cut(folder: Path, table: pd.DataFrame) -> list[str]:
    found = {entry.name: entry.stat().st_size for entry in folder.iterdir()}
    rows = zip(table["file"], table["bytes"], strict=True)
    return [file for file, size in rows if found.get(file) != size]


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
