"""What a trained model makes of recordings that belong to no corpus."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ser_utils import audio, features, labels
from ser_utils.errors import (
    TO_SKIP,
    AudioError,
    CheckpointError,
    DomainError,
    SerWarning,
    SettingError,
    require_on_error,
)
from ser_utils.trained import Trained
from ser_utils.utterances import Unlabelled

#: A file, or its samples as from `audio.read`.
Recording = str | Path | np.ndarray


def predict(
    trained: Trained, recordings: Sequence[Recording], on_error: str = "raise"
) -> pd.DataFrame:
    """Predict the classes of recordings, as of utterances of the target.

    Parameters
    ----------
    recordings : sequence of str, Path or np.ndarray of shape (n_samples,)
        Files, or samples as from `audio.read`. Nothing of them is kept in a cache.
    on_error : {"raise", "skip"}
        Stop at a bad file, or leave it out and warn.

    Returns
    -------
    pd.DataFrame
        One row per recording: `file` (of samples "recording 1", ...), `seconds`, a column for the
        probability of each class, and `predicted`, the name of the more probable one.

    Raises
    ------
    AudioError
        If a file cannot be used (see `audio.read`), unless it is skipped and another is left.
    CheckpointError
        If the model comes without what recordings are standardised by.
    DomainError
        If it expects utterances standardised by their speaker.
    SettingError
        If there are no recordings.
    """
    computed = _computed(trained, recordings, on_error)
    probabilities = trained.probabilities(_as_target(trained, computed))
    classes = labels.CLASS_NAMES[trained.settings["task"]]
    return pd.DataFrame(
        {
            "file": [name for name, _, _ in computed],
            "seconds": [len(samples) / audio.SAMPLING_RATE for _, samples, _ in computed],
            **dict(zip(classes, probabilities.T, strict=True)),
            "predicted": [classes[c] for c in probabilities.argmax(axis=1)],
        }
    )


def embed_recordings(trained: Trained, recordings: Sequence[Recording]) -> np.ndarray:
    """Return the embeddings of recordings, shape (n, width); see `predict`."""
    return trained.embed(_as_target(trained, _computed(trained, recordings)))


def caveat(trained: Trained) -> str:
    """Say in a sentence how little a prediction means."""
    chosen = trained.settings
    return (
        f"The model learned from acted or synthetic speech of {chosen['source']} "
        f"({chosen['source_language']}), for {chosen['target']} ({chosen['target_language']}): "
        "its predictions say little about what a real person feels."
    )


def _computed(
    trained: Trained, recordings: Sequence[Recording], on_error: str = "raise"
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Name each recording, read it if it is a file, and compute its features."""
    require_on_error(on_error)
    _require_statistics(trained)
    if len(recordings) == 0:
        raise SettingError("there is no recording to predict: give one file or more.")
    computed, skipped = [], []
    for i, these in enumerate(recordings, start=1):
        given = isinstance(these, np.ndarray)
        name = f"recording {i}" if given else audio.printable(these)
        try:
            samples = these if given else audio.read(these)
            array = features.compute(samples, trained.settings["features"], name)
            computed.append((name, samples, array))
        except AudioError as error:
            if len(recordings) == 1:
                raise
            if on_error == "raise":
                raise AudioError(f"{error} {TO_SKIP}") from error
            skipped.append(str(error))
    if not computed:
        raise AudioError(f"every file was left out ({len(skipped)}); the first is {skipped[0]}")
    if skipped:
        what = f"{len(skipped)} of {len(recordings)} files were left out:"
        warnings.warn("\n  ".join([what, *skipped]), SerWarning, stacklevel=3)
    return computed


def _require_statistics(trained: Trained) -> None:
    """Refuse a model that cannot standardise a recording as it did utterances of the target."""
    if trained.settings["normalise"] == "speaker":
        raise DomainError(
            "this model expects utterances standardised by the statistics of their speaker, and a "
            "new recording comes without. Train one with normalise='source' or 'dataset'."
        )
    if trained.standardise is None:
        raise CheckpointError(
            "this model comes without the statistics that recordings are standardised by: an "
            "earlier version of ser_utils saved it, its pair was made by hand, or its target "
            "joins corpora, each with its own. Train it again by `python -m ser_utils train`, on "
            "a target of one corpus or with normalise='source'."
        )


def _as_target(trained: Trained, computed: list[tuple[str, np.ndarray, np.ndarray]]) -> Unlabelled:
    """Make of recordings what the model expects of utterances of the target."""
    names, _, arrays = zip(*computed, strict=True)
    stacked = features.stack(list(arrays))
    language = trained.settings["target_language"]
    return trained.standardise(Unlabelled(*stacked, np.array(names), language, role="target"))
