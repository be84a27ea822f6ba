"""Utterances to numbers: eGeMAPS functionals and log-mel spectrograms, computed once and kept.

Each file's features are stored by the content of the file and the settings of the extraction, so
a changed file or setting is never answered from the cache, and a renamed file always is.
"""

import hashlib
import json
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import cpu_count
from tqdm import tqdm

from ser_utils import audio, datasets, files
from ser_utils.errors import (
    TO_SKIP,
    AudioError,
    CacheError,
    SerWarning,
    require_jobs,
    require_on_error,
    unknown_name,
)


@dataclass(frozen=True)
class Features:
    """Features of the n utterances of a table."""

    feature_set: str  # its name
    #: float32: (n, d) for functionals; (n, mel, frames) for log-mel, padded with zeros.
    values: np.ndarray
    #: Valid frames of each utterance, shape (n,), int64; None for functionals.
    lengths: np.ndarray | None
    #: Of the d functionals, or of the mel bands by their centre frequency.
    names: list[str]
    table: pd.DataFrame  # the n rows the features belong to, in the same order
    #: What was wrong with the files that were left out.
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FeatureSet:
    """How features are computed from the samples of one utterance."""

    compute: Callable[[np.ndarray], np.ndarray]
    names: Callable[[], list[str]]
    settings: dict


# eGeMAPS --------------------------------------------------------------------------------------

# openSMILE keeps state between calls, so each thread has an extractor of its own. Its C code
# releases the interpreter lock: threads use every core without the start-up of processes.
_of_this_thread = threading.local()


def _smile():
    if not hasattr(_of_this_thread, "smile"):
        import opensmile

        sets, levels = opensmile.FeatureSet, opensmile.FeatureLevel
        _of_this_thread.smile = opensmile.Smile(sets.eGeMAPSv02, levels.Functionals)
    return _of_this_thread.smile


def _egemaps(samples: np.ndarray) -> np.ndarray:
    """Compute the 88 functionals of eGeMAPSv02 (Eyben et al. 2016), shape (88,)."""
    return _smile().process_signal(samples, audio.SAMPLING_RATE).to_numpy(np.float32)[0]


# Log-mel --------------------------------------------------------------------------------------

LOGMEL = {"n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": 64, "f_min": 50.0}
#: Seconds from one log-mel frame to the next.
FRAME_SECONDS = LOGMEL["hop_length"] / audio.SAMPLING_RATE
_LOG_FLOOR = 1e-6


@cache
def _mel_spectrogram():
    from torchaudio.transforms import MelSpectrogram

    return MelSpectrogram(sample_rate=audio.SAMPLING_RATE, **LOGMEL)


def _logmel(samples: np.ndarray) -> np.ndarray:
    """Compute log mel energies in windows of 25 ms every 10 ms, shape (64, frames)."""
    import torch

    return torch.log(_mel_spectrogram()(torch.from_numpy(samples)) + _LOG_FLOOR).numpy()


def _mel_names() -> list[str]:
    import librosa

    centres = librosa.mel_frequencies(
        LOGMEL["n_mels"] + 2, fmin=LOGMEL["f_min"], fmax=audio.SAMPLING_RATE / 2, htk=True
    )[1:-1]
    return [f"{centre:.0f} Hz" for centre in centres]


FEATURE_SETS = {
    "egemaps": FeatureSet(
        compute=_egemaps,
        names=lambda: list(_smile().feature_names),
        settings={"set": "eGeMAPSv02", "opensmile": version("opensmile")},
    ),
    "logmel": FeatureSet(
        compute=_logmel,
        names=_mel_names,
        settings={**LOGMEL, "floor": _LOG_FLOOR, "torchaudio": version("torchaudio")},
    ),
}


def _feature_set(name: str) -> FeatureSet:
    if name not in FEATURE_SETS:
        raise unknown_name("feature set", name, FEATURE_SETS)
    return FEATURE_SETS[name]


def compute(samples: np.ndarray, feature_set: str, name: str = "recording") -> np.ndarray:
    """Compute the features of one utterance, float32, shape (d,) or (mel, frames).

    `samples` are as from `audio.read`, and `name` is what an error calls the utterance: an
    `AudioError` says that samples, whatever openSMILE makes of them, or features are not finite.
    """
    if not np.isfinite(samples).all():
        raise AudioError(f"{name}: holds samples that are NaN or infinite. Record it again.")
    array = _feature_set(feature_set).compute(samples)
    if not np.isfinite(array).all():
        raise AudioError(f"{name}: its {feature_set} features are not finite. Leave it out.")
    return array


def of_corpus(
    name: str | Sequence[str], feature_set: str = "egemaps", *, on_error: str = "raise"
) -> Features:
    """Load a corpus as `datasets.load` does, and extract its features as `extract` does."""
    return extract(datasets.load(name, on_error), feature_set, on_error=on_error)


def extract(
    table: pd.DataFrame,
    feature_set: str = "egemaps",
    *,
    on_error: str = "raise",
    jobs: int | None = None,
    progress: bool = True,
) -> Features:
    """Compute the features of every utterance, on every core, or read them from the cache.

    Parameters
    ----------
    table : pd.DataFrame
        One row per utterance, with its file in the column `path`.
    feature_set : {"egemaps", "logmel"}
        88 functionals of eGeMAPSv02 by openSMILE, or log-mel energies by torchaudio.
    on_error : {"raise", "skip"}
        Stop at a bad file, or leave it out, list it in `Features.skipped`, and warn.
    jobs : int, optional
        Threads; by default one per core.
    progress : bool
        Show a progress bar while there is something to compute.

    Returns
    -------
    Features
        Rows in the order of the table.

    Raises
    ------
    AudioError
        For a bad file, unless it is skipped; and for a corpus of which no file is left.
    SettingError
        If there cannot be so many jobs.
    UnknownNameError
        If there is no such feature set.
    KeyboardInterrupt
        What was finished by then stays in the cache.
    """
    chosen = _feature_set(feature_set)
    require_on_error(on_error)
    require_jobs(jobs)
    if table.empty:
        raise AudioError("there is no utterance to extract features from: the table is empty.")
    results = _extract_files(list(table["path"]), feature_set, on_error, jobs, progress)
    kept = np.array([not isinstance(result, AudioError) for result in results], dtype=bool)
    skipped = [str(result) for result in results if isinstance(result, AudioError)]
    if skipped:
        counts = _left_out(table, kept, skipped)
        message = "\n  ".join([f"{counts} were left out:", *skipped])
        warnings.warn(message, SerWarning, stacklevel=2)
    values, lengths = stack([result for result in results if not isinstance(result, AudioError)])
    table = table[kept].reset_index(drop=True)
    return Features(feature_set, values, lengths, chosen.names(), table, skipped)


def _left_out(table: pd.DataFrame, kept: np.ndarray, skipped: list[str]) -> str:
    """Count the files that were left out of each corpus; raise if nothing is left of one."""
    corpora = table.get("dataset", pd.Series("the table", table.index)).to_numpy()
    bad, totals = list(corpora[~kept]), Counter(corpora)
    counts = Counter(bad)
    for name in counts:
        if counts[name] == totals[name]:
            raise AudioError(
                f"{name}: nothing is left, since every file was left out ({counts[name]}); the "
                f"first is {skipped[bad.index(name)]}"
            )
    return ", ".join(f"{name}: {counts[name]} of {totals[name]} files" for name in counts)


def _extract_files(paths, feature_set, on_error, jobs, progress) -> list[np.ndarray | AudioError]:
    """Return one result per path, in order; an `AudioError` stands for a file that was skipped."""
    results: list = [None] * len(paths)
    unstored: list[CacheError] = []
    futures: dict[Future, int] = {}
    executor = ThreadPoolExecutor(jobs or cpu_count())
    bar = tqdm(
        total=len(paths), desc=feature_set, unit="file", leave=False, disable=not progress, delay=1
    )
    try:
        for i, path in enumerate(paths):
            futures[executor.submit(_extract_file, path, feature_set, unstored)] = i
        for future in as_completed(futures):
            try:
                results[futures[future]] = future.result()
            except AudioError as error:
                if on_error == "raise":
                    raise AudioError(f"{error} {TO_SKIP}") from error
                results[futures[future]] = error
            bar.update()
    except KeyboardInterrupt as interrupt:
        kept = "" if unstored else " and kept: run again to go on"
        done = sum(future.done() for future in futures)
        interrupt.add_note(f"{done} of {len(paths)} files are done{kept}.")
        raise
    finally:
        executor.shutdown(cancel_futures=True)
        bar.close()
    if unstored:
        message = f"features are computed but not kept, for the next run to repeat: {unstored[0]}"
        warnings.warn(message, SerWarning, stacklevel=3)
    return results


def _extract_file(path: str, feature_set: str, unstored: list[CacheError]) -> np.ndarray:
    stored = _cache_path(path, feature_set)
    if (known := files.load_array(stored)) is not None:
        return known
    array = compute(audio.read(path), feature_set, path)
    try:
        files.save_array(stored, array)
    except CacheError as error:
        unstored.append(error)
    return array


def content_digest(path: str) -> str:
    """Return the SHA-256 of what a file holds; an `AudioError` says that it cannot be read."""
    audio.require_file(path)  # to read a pipe would take for ever
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror}). Was it moved?") from error


def _cache_path(path: str, feature_set: str) -> Path:
    content = content_digest(path)
    settings = {**FEATURE_SETS[feature_set].settings, "sampling_rate": audio.SAMPLING_RATE}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    folder = files.cache_folder() / "features" / f"{feature_set}-{digest}"
    return folder / content[:2] / f"{content}.npy"


def stack(arrays: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
    """Return `Features.values` and `Features.lengths` of what `compute` gave for each utterance.

    Vectors are stacked, matrices (mel, frames) padded with zeros to the longest.
    """
    if arrays[0].ndim == 1:
        return np.stack(arrays), None
    lengths = np.array([array.shape[1] for array in arrays])
    values = np.zeros((len(arrays), arrays[0].shape[0], lengths.max()), dtype=np.float32)
    for row, array in zip(values, arrays, strict=True):
        row[:, : array.shape[1]] = array
    return values, lengths
