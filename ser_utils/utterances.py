"""Utterances as numbers: with labels or without, and standardised.

Training gets a target without labels and without file names, since a file name of an emotional
corpus tells the emotion.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Self

import numpy as np
import pandas as pd

from ser_utils.errors import DomainError, require_finite


@dataclass(frozen=True)
class Utterances:
    """Utterances as numbers.

    Attributes
    ----------
    features : np.ndarray, float32, shape (n, d) or (n, mel, frames)
    lengths : np.ndarray, shape (n,), int64, or None
        Valid frames of each utterance; None for functionals.
    speakers : np.ndarray, shape (n,), str
    language : str
        Its code; of several languages, joined by "+".
    role : {"source", "target"}
        Its side of a pair, for models that treat the two differently.
    dataset : str
        Name of the corpus, or of several, separated by commas.
    """

    features: np.ndarray
    lengths: np.ndarray | None
    speakers: np.ndarray
    language: str
    role: str = field(default="source", kw_only=True)
    dataset: str = field(default="", kw_only=True)

    def __len__(self) -> int:
        return len(self.features)

    def name(self, row: int) -> str:
        """Name an utterance, for an error."""
        return f"row {row}, of {self.speakers[row]}"

    def require_finite(self, names: Sequence[str] = ()) -> None:
        """Raise `NotFiniteError` if a feature is NaN or infinite; `names` are those of features."""

        def place(row: int, feature: int, frame: int | None = None) -> str:
            which = repr(names[feature]) if feature < len(names) else f"number {feature}"
            return f"{self.name(row)}: feature {which}" + f", frame {frame}" * (frame is not None)

        require_finite(
            self.features,
            f"{self.language} utterances",
            "What computed the features divided by zero, or had no value for one: leave the "
            "utterance out, or compute it again.",
            place,
        )


class Unlabelled(Utterances):
    """Utterances without labels and file names: all that training may know of the target."""


@dataclass(frozen=True)
class Labelled(Utterances):
    """Labelled utterances of one language, or of several that are learned from together.

    Attributes
    ----------
    labels : np.ndarray, shape (n,), int64
        1 for high arousal or positive valence, 0 for low or negative.
    table : pd.DataFrame
        The n utterances.
    """

    labels: np.ndarray
    table: pd.DataFrame

    @property
    def languages(self) -> np.ndarray:
        """Code of the language of each utterance, shape (n,), str."""
        return self.table["language"].to_numpy(str)

    def name(self, row: int) -> str:
        """Name an utterance by its file, if that is known."""
        return str(self.table["path"].iloc[row]) if "path" in self.table else super().name(row)

    def unlabelled(self) -> Unlabelled:
        """Return the utterances without labels and table."""
        return Unlabelled(**{each.name: getattr(self, each.name) for each in fields(Utterances)})

    def take(self, rows: np.ndarray) -> Self:
        """Return the utterances at the positions `rows` (indices or a boolean mask)."""
        return replace(
            self,
            features=self.features[rows],
            lengths=None if self.lengths is None else self.lengths[rows],
            labels=self.labels[rows],
            speakers=self.speakers[rows],
            table=self.table.iloc[rows].reset_index(drop=True),
        )


@dataclass(frozen=True)
class Standardiser:
    """The map to mean 0 and standard deviation 1 over some reference, feature by feature.

    Attributes
    ----------
    mean, std : np.ndarray, float64, shape (d,) or (mel,)
        Of the reference; of log-mel bands over all its valid frames.
    clip : float or None
        What lies further from the mean than so many standard deviations is moved there. None moves
        nothing.
    """

    mean: np.ndarray
    std: np.ndarray
    clip: float | None = None

    def __call__(self, part: Utterances) -> Utterances:
        """Return `part` standardised, in its own class; padding stays zero."""
        if part.lengths is None:
            scaled = (part.features - self.mean) / self.std
        else:
            scaled = (part.features - self.mean[:, None]) / self.std[:, None]
            scaled = scaled * _valid(part)[:, None, :]
        if self.clip is not None:
            scaled = scaled.clip(-self.clip, self.clip)
        return replace(part, features=scaled.astype(np.float32))


def standardiser(reference: Utterances, clip: float | None = None) -> Standardiser:
    """Return the map for `reference`; a feature that does not vary there is only centred."""
    rows = reference.features
    if reference.lengths is not None:
        rows = rows.transpose(0, 2, 1)[_valid(reference)]
    mean, std = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
    std[std < 1e-8 * np.maximum(1.0, np.abs(mean))] = 1.0
    return Standardiser(mean, std, clip)


def standardised_by(
    column: str, part: Labelled, clip: float | None = None, reference: Labelled | None = None
) -> Labelled:
    """Standardise the utterances of each speaker, or whatever `column` names, by their own.

    Those of `reference` serve in place of their own, if it is given. Raises `DomainError` if it
    has none of somebody.
    """
    scaled = np.empty_like(part.features)
    reference = part if reference is None else reference
    for name in part.table[column].unique():
        rows = (part.table[column] == name).to_numpy()
        known = reference.take((reference.table[column] == name).to_numpy())
        if not len(known):
            raise DomainError(
                f"no speaker of the {column} {name!r} is among those that are adapted to: take "
                "another seed, or the transductive protocol."
            )
        scaled[rows] = standardiser(known, clip)(part.take(rows)).features
    return replace(part, features=scaled)


def pooled(sources: Sequence[Labelled]) -> Labelled:
    """Make one domain of several; the shorter spectrograms get more padding."""
    if len(sources) == 1:
        return sources[0]
    features = [source.features for source in sources]
    lengths = None
    if sources[0].lengths is not None:
        lengths = np.concatenate([source.lengths for source in sources])
        frames = max(x.shape[2] for x in features)
        features = [np.pad(x, [(0, 0), (0, 0), (0, frames - x.shape[2])]) for x in features]
    return Labelled(
        features=np.concatenate(features),
        lengths=lengths,
        language="+".join(source.language for source in sources),
        labels=np.concatenate([source.labels for source in sources]),
        speakers=np.concatenate([source.speakers for source in sources]),
        table=pd.concat([source.table for source in sources], ignore_index=True),
        dataset=", ".join(source.dataset for source in sources),
    )


def _valid(part: Utterances) -> np.ndarray:
    """Mask of the frames that are not padding, shape (n, frames)."""
    return np.arange(part.features.shape[2]) < part.lengths[:, None]
