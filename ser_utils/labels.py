"""From the emotion of an utterance to a binary class of arousal or of valence.

How emotions are folded into two classes is a choice, and results move with it. Each choice is a
scheme with a name and a source; `balance` shows what a scheme does to the class sizes.
"""

from collections.abc import Mapping
from numbers import Real

import pandas as pd

from ser_utils.errors import UnknownEmotionError, require_finite, require_number, unknown_name

#: Every emotion that a table may hold.
EMOTIONS = (
    "anger",
    "boredom",
    "calm",
    "disgust",
    "fear",
    "happiness",
    "neutral",
    "sadness",
    "surprise",
)

#: In the place of an emotion: the utterance is rated, but no word of `EMOTIONS` fits it.
NO_EMOTION = ""

#: The names of class 0 and of class 1, by task.
CLASS_NAMES = {"arousal": ("low", "high"), "valence": ("negative", "positive")}

TASKS = tuple(CLASS_NAMES)

# Arousal is the vertical axis of the circumplex: Russell, "A Circumplex Model of Affect", Journal
# of Personality and Social Psychology 39(6), 1980, pp. 1161-1178. Disgust is the contested one: hot
# revulsion is above the axis, cold contempt on it or below. Hence one scheme for each reading. By
# default it is low, as in the cross-corpus studies since Schuller et al., "Cross-Corpus Acoustic
# Emotion Recognition", IEEE Transactions on Affective Computing 1(2), 2010, table 2.
_LOW = ("boredom", "calm", "neutral", "sadness")
_HIGH = ("anger", "fear", "happiness", "surprise")
_NEGATIVE = ("anger", "boredom", "disgust", "fear", "sadness")

#: task -> scheme -> class name -> its emotions. An emotion in neither class is left out.
SCHEMES: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "arousal": {
        "disgust-high": {"low": _LOW, "high": (*_HIGH, "disgust")},
        "disgust-low": {"low": (*_LOW, "disgust"), "high": _HIGH},
        "disgust-out": {"low": _LOW, "high": _HIGH},
    },
    "valence": {
        # Latif, Rana, Younis, Qadir, Epps, "Transfer Learning for Improving Speech Emotion
        # Classification Accuracy", Interspeech 2018; the same in Latif, Qayyum, Usman, Qadir,
        # "Cross Lingual Speech Emotion Recognition: Urdu vs. Western Languages", FIT 2018.
        # They have no calm: that it is positive, like neutral, is our extension.
        "latif2018": {
            "negative": _NEGATIVE,
            "positive": ("calm", "happiness", "neutral", "surprise"),
        },
        # Neutral is on neither side of zero. RAVDESS has calm as a second baseline beside it
        # (Livingstone & Russo, PLoS ONE 13(5), 2018).
        "neutral-out": {"negative": _NEGATIVE, "positive": ("happiness", "surprise")},
    },
}

#: The scheme of each task when none is named.
DEFAULT_SCHEME = {"arousal": "disgust-low", "valence": "latif2018"}


def binary(table: pd.DataFrame, task: str, scheme: str | float | None = None) -> pd.Series:
    """Label each utterance with its class of `task`.

    Parameters
    ----------
    table : DataFrame
        One row per utterance, with the column `emotion`, or, for a threshold, the column `task`.
    task : {"arousal", "valence"}
        Which dimension to classify.
    scheme : str or float, optional
        Name of a scheme in `SCHEMES[task]`, by default `DEFAULT_SCHEME[task]`. A number is a
        threshold on the ratings in the column `task`: above it is class 1.

    Returns
    -------
    Series of float, shape (n,)
        1.0 for high or positive, 0.0 for low or negative, and NaN for an utterance that is left
        out (an emotion outside the scheme, or no rating), with the index of `table`. NaN, not a
        third number, so that a row that should have been dropped cannot pass for a class.

    Raises
    ------
    SettingError
        If the threshold is not finite.
    UnknownNameError
        If the task or the scheme does not exist, or the table has no ratings to compare.
    UnknownEmotionError
        If the table holds an emotion that is not in `EMOTIONS`, nor `NO_EMOTION` with a rating.
    NotFiniteError
        If a rating to compare with a threshold is infinite.

    Examples
    --------
    >>> table = pd.DataFrame({"emotion": ["anger", "sadness", "disgust"]})
    >>> binary(table, "arousal", "disgust-out").tolist()
    [1.0, 0.0, nan]
    """
    _check_task(task)
    if isinstance(scheme, Real):
        require_number("the threshold", scheme)
        return _rated(table, task, float(scheme))
    if scheme is None:
        scheme = DEFAULT_SCHEME[task]
    if scheme not in SCHEMES[task]:
        raise unknown_name(f"{task} scheme", scheme, SCHEMES[task])
    class_of = {
        emotion: float(number)
        for number, name in enumerate(CLASS_NAMES[task])
        for emotion in SCHEMES[task][scheme][name]
    }
    return _known_emotions(table).map(class_of).astype(float).rename(task)


def known(table: pd.DataFrame) -> pd.Series:
    """Whether each utterance has an emotion of `EMOTIONS`, or `NO_EMOTION` and a rating."""
    rated = table.filter(items=TASKS).notna().any(axis="columns")
    return table["emotion"].isin(EMOTIONS) | ((table["emotion"] == NO_EMOTION) & rated)


def balance(table: pd.DataFrame, task: str) -> pd.DataFrame:
    """Count the classes of `task` under each of its schemes, one row per scheme.

    Columns are the utterances of either class and left out, then each class's share of those that
    are not left out. Errors are those of `binary`.
    """
    _check_task(task)
    classes = list(CLASS_NAMES[task])
    rows = {}
    for scheme in SCHEMES[task]:
        label = binary(table, task, scheme)
        rows[scheme] = [(label == 0).sum(), (label == 1).sum(), label.isna().sum()]
    counts = pd.DataFrame.from_dict(rows, orient="index", columns=[*classes, "left out"])
    shares = counts[classes].div(counts[classes].sum(axis="columns"), axis="index")
    return counts.join(shares.add_suffix(" share")).rename_axis("scheme")


def _check_task(task: str) -> None:
    if task not in TASKS:
        raise unknown_name("task", task, TASKS)


def _known_emotions(table: pd.DataFrame) -> pd.Series:
    emotions = _column(table, "emotion")
    unknown = emotions[~known(table)].map(repr)
    if len(unknown):
        words = ", ".join(f"{word} ({n})" for word, n in unknown.value_counts().items())
        raise UnknownEmotionError(
            f"no label scheme knows these emotions (and how many utterances have them): {words}. "
            f"Rename it in the column 'emotion' to one of {', '.join(EMOTIONS)}, or drop the rows."
        )
    return emotions


def _rated(table: pd.DataFrame, task: str, threshold: float) -> pd.Series:
    ratings = _column(table, task).astype(float)
    require_finite(ratings.fillna(0).to_numpy(), f"ratings of {task}", "Correct the table.")
    return (ratings > threshold).astype(float).where(ratings.notna()).rename(task)


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table:
        raise unknown_name("column", name, table.columns)
    return table[name]
