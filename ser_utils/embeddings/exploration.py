"""What the explorer shows: several systems on the utterances of a pair, row by row.

Nothing here knows of widgets: rows are chosen, coloured and described by plain functions.
"""

import html
import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import soundfile

from ser_utils import audio, figures, labels, training
from ser_utils.domains import Pair
from ser_utils.embeddings.projection import Projection
from ser_utils.errors import unknown_name
from ser_utils.models import EmotionModel
from ser_utils.trained import Trained

COLOURINGS = ("language", "emotion", "speaker", "correctness")
CORRECTNESS_COLOURS = {"right": "#BBBBBB", "wrong": "#000000"}


@dataclass(frozen=True)
class System:
    """A trained system on the utterances of a pair.

    Attributes
    ----------
    trained : Trained
    embedding : np.ndarray, shape (n, width)
    projection : Projection
        The map of the embedding, fitted on source and target together.
    probabilities : np.ndarray, shape (n, 2)
        Of the two classes.
    """

    trained: Trained
    embedding: np.ndarray
    projection: Projection
    probabilities: np.ndarray


@dataclass(frozen=True)
class Exploration:
    """Utterances, and what each system makes of them.

    Attributes
    ----------
    pair : Pair
    table : pd.DataFrame
        n rows: those of the source, then those of the target that are evaluated on, with the
        columns of the corpora and `true`, the name of the class.
    systems : dict of str to System
        By name.
    """

    pair: Pair
    table: pd.DataFrame
    systems: dict[str, System]

    @property
    def is_target(self) -> np.ndarray:
        """Which rows are of the target, shape (n,), bool."""
        return np.arange(len(self.table)) >= len(self.pair.source)

    @property
    def domain_names(self) -> tuple[str, str]:
        """What source and target are called: their languages, if these are two."""
        parts = (self.pair.source, self.pair.evaluation)
        names = tuple(figures.language_name(part.language) for part in parts)
        return names if names[0] != names[1] else ("source", "target")

    @property
    def class_names(self) -> tuple[str, str]:
        """What class 0 and class 1 are called."""
        return labels.CLASS_NAMES[self.pair.task]

    def predicted(self, system: str) -> np.ndarray:
        """Return the predicted class of each row, shape (n,), by name."""
        return np.array(self.class_names)[self.systems[system].probabilities.argmax(axis=1)]


def embed(model: EmotionModel, pair: Pair) -> np.ndarray:
    """Return the embeddings of the rows of an exploration, shape (n, width), by one model.

    To be called while a training goes on: see `training.fit`, `on_epoch`.
    """
    return np.concatenate([training.embed(model, part) for part in (pair.source, pair.evaluation)])


def explore(pair: Pair, systems: Mapping[str, Trained], **settings) -> Exploration:
    """Embed the utterances of a pair by each system; maps are fitted when they are looked at.

    Parameters
    ----------
    pair : Pair
    systems : mapping of str to Trained
        As in {"baseline": baseline, "DANN": dann}.
    **settings
        Of `Projection`.

    Returns
    -------
    Exploration
    """
    parts = (pair.source, pair.evaluation)
    table = pd.concat([part.table for part in parts], ignore_index=True)
    classes = np.concatenate([part.labels for part in parts])
    table["emotion"] = figures.emotion_names(table)
    table["true"] = np.array(labels.CLASS_NAMES[pair.task])[classes]
    found = {}
    for name, trained in systems.items():
        embedding = embed(trained.model, pair)
        probabilities = np.concatenate([trained.probabilities(part) for part in parts])
        found[name] = System(trained, embedding, Projection(embedding, **settings), probabilities)
    return Exploration(pair, table, found)


def groups(
    exploration: Exploration, by: str, system: str | None = None
) -> tuple[pd.Series, dict[str, str]]:
    """Sort the rows into what they are coloured by.

    Parameters
    ----------
    exploration : Exploration
    by : str
        One of `COLOURINGS`.
    system : str, optional
        Whose predictions are right or wrong, for "correctness".

    Returns
    -------
    group : Series of str, shape (n,)
        Of each row.
    colours : dict of str to str
        Colour by group, for the legend.

    Raises
    ------
    UnknownNameError
        If the rows are not coloured by this.
    """
    table = exploration.table
    if by == "language":
        of_source, of_target = exploration.domain_names
        group = pd.Series(np.where(exploration.is_target, of_target, of_source))
        return group, dict(zip(exploration.domain_names, figures.DOMAIN_COLOURS, strict=True))
    if by == "emotion":
        present = sorted(table["emotion"].unique())
        return table["emotion"], {name: figures.EMOTION_COLOURS[name] for name in present}
    if by == "speaker":
        return table["speaker"], figures.many_colours(table["speaker"].unique())
    if by == "correctness":
        right = exploration.predicted(system) == table["true"]
        return right.map({True: "right", False: "wrong"}), CORRECTNESS_COLOURS
    raise unknown_name("colouring", by, COLOURINGS)


def described(exploration: Exploration, row: int) -> str:
    """Describe an utterance and what each system makes of it, as HTML."""
    utterance = exploration.table.iloc[row]
    part = "target" if exploration.is_target[row] else "source"
    facts = {
        part: f"{figures.language_name(utterance['language'])}, {utterance['dataset']}",
        "speaker": f"{utterance['speaker']} ({utterance['gender'] or 'gender unknown'})",
        "emotion": " ".join(filter(None, [utterance["intensity"], utterance["emotion"]])),
        "sentence": utterance["sentence"] or "unknown",
        exploration.pair.task: utterance["true"],
    }
    for name, system in exploration.systems.items():
        facts[name] = verdict(exploration, system.probabilities[row], utterance["true"])
    return definition_list(facts)


def verdict(exploration: Exploration, probabilities: np.ndarray, true: str | None = None) -> str:
    """Write a prediction, as in "high, 87 % ✓"; without `true` nobody knows whether it is right."""
    name = exploration.class_names[probabilities.argmax()]
    mark = "" if true is None else " ✓" if name == true else " ✗"
    return f"{name}, {100 * probabilities.max():.0f} %{mark}"


def definition_list(facts: Mapping[str, str]) -> str:
    """Write names and what is known of each as an HTML table."""
    rows = (
        f"<tr><th style='text-align:left;padding-right:1em'>{html.escape(name)}</th>"
        f"<td>{html.escape(str(fact))}</td></tr>"
        for name, fact in facts.items()
    )
    return f"<table>{''.join(rows)}</table>"


def nearest_point(pixels: np.ndarray, x: float, y: float, reach: float = 20.0) -> int | None:
    """Return the point nearest to (x, y), or None if none is within `reach`, all in pixels."""
    distance = np.hypot(*(pixels - (x, y)).T)
    row = int(distance.argmin())
    return row if distance[row] <= reach else None


def nearest_rows(system: System, embedding: np.ndarray, count: int = 3) -> np.ndarray:
    """Return the rows whose embeddings are nearest to one, shape (width,), nearest first."""
    distance = np.linalg.norm(system.embedding - embedding, axis=1)
    return np.argsort(distance, kind="stable")[:count]


def title(exploration: Exploration, row: int) -> str:
    """Name an utterance in a few words."""
    utterance = exploration.table.iloc[row]
    return f"{figures.language_name(utterance['language'])}, {utterance['emotion']}"


def samples_of(exploration: Exploration, row: int) -> np.ndarray:
    """Read the samples of an utterance again.

    Raises
    ------
    AudioError
        If its file cannot be read, or has vanished since.
    """
    return audio.read(exploration.table["path"].iloc[row])


def as_wav(samples: np.ndarray) -> bytes:
    """Encode samples at 16 kHz as the content of a wav file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, audio.SAMPLING_RATE, format="WAV", subtype="PCM_16")
    return buffer.getvalue()
