"""What a trained model makes of recordings that belong to no corpus."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ser_utils import audio, features, labels
from ser_utils.errors import CheckpointError, DomainError, SettingError
from ser_utils.trained import Trained
from ser_utils.utterances import Unlabelled

#: A file, or its samples as from `audio.read`.
Recording = str | Path | np.ndarray


def predict(trained: Trained, recordings: Sequence[Recording]) -> pd.DataFrame:
    """Predict the classes of recordings, as of utterances of the target.

    Parameters
    ----------
    recordings : sequence of str, Path or np.ndarray of shape (n_samples,)
        Files, or samples as from `audio.read`. Nothing of them is kept in a cache.

    Returns
    -------
    pd.DataFrame
        One row per recording: `file` (of samples "recording 1", ...), `seconds`, a column for the
        probability of each class, and `predicted`, the name of the more probable one.

    Raises
    ------
    AudioError
        If a file cannot be used: see `audio.read`.
    CheckpointError
        If the model comes without what recordings are standardised by.
    DomainError
        If it expects utterances standardised by their speaker.
    SettingError
        If there are no recordings.
    """
    named = _read(recordings)
    probabilities = trained.probabilities(_as_target(trained, named))
    classes = labels.CLASS_NAMES[trained.settings["task"]]
    return pd.DataFrame(
        {
            "file": [name for name, _ in named],
            "seconds": [len(samples) / audio.SAMPLING_RATE for _, samples in named],
            **dict(zip(classes, probabilities.T, strict=True)),
            "predicted": [classes[c] for c in probabilities.argmax(axis=1)],
        }
    )


def embed_recordings(trained: Trained, recordings: Sequence[Recording]) -> np.ndarray:
    """Return the embeddings of recordings, shape (n, width); see `predict`."""
    return trained.embed(_as_target(trained, _read(recordings)))


def caveat(trained: Trained) -> str:
    """Say in a sentence how little a prediction means."""
    chosen = trained.settings
    return (
        f"The model learned from acted or synthetic speech of {chosen['source']} "
        f"({chosen['source_language']}), for {chosen['target']} ({chosen['target_language']}): "
        "its predictions say little about what a real person feels."
    )


def _read(recordings: Sequence[Recording]) -> list[tuple[str, np.ndarray]]:
    """Name each recording and read it if it is a file."""
    if len(recordings) == 0:
        raise SettingError("there is no recording to predict: give one file or more.")
    return [
        (f"recording {i}", these)
        if isinstance(these, np.ndarray)
        else (str(these), audio.read(these))
        for i, these in enumerate(recordings, start=1)
    ]


def _as_target(trained: Trained, named: list[tuple[str, np.ndarray]]) -> Unlabelled:
    """Make of recordings what the model expects of utterances of the target."""
    if trained.settings["normalise"] == "speaker":
        raise DomainError(
            "this model expects utterances standardised by the statistics of their speaker, and a "
            "new recording comes without. Train one with normalise='source' or 'dataset'."
        )
    if trained.standardise is None:
        raise CheckpointError(
            "this model comes without the statistics that recordings are standardised by: an "
            "earlier version of ser_utils saved it, or its pair was made by hand. Train it again "
            "on a pair from domains.pair, or by `python -m ser_utils train`."
        )
    kind = trained.settings["features"]
    stacked = features.stack([features.compute(samples, kind, name) for name, samples in named])
    speakers = np.array([name for name, _ in named])
    language = trained.settings["target_language"]
    return trained.standardise(Unlabelled(*stacked, speakers, language, role="target"))
