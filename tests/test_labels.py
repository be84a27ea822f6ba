import math

import numpy as np
import pandas as pd
import pytest

from ser_utils import labels
from ser_utils.errors import NotFiniteError, UnknownEmotionError, UnknownNameError


def table(*emotions):
    return pd.DataFrame({"emotion": emotions})


def classes(task, scheme):
    """The emotions of class 0, of class 1 and of neither."""
    every = table(*labels.EMOTIONS)
    label = labels.binary(every, task, scheme)
    return [set(every["emotion"][chosen]) for chosen in (label == 0, label == 1, label.isna())]


def test_valence_as_latif_2018():
    negative, positive, neither = classes("valence", "latif2018")
    assert negative == {"anger", "sadness", "fear", "disgust", "boredom"}
    assert positive == {"happiness", "neutral", "surprise", "calm"}
    assert not neither


def test_valence_without_what_is_on_neither_side():
    negative, positive, neither = classes("valence", "neutral-out")
    assert negative == {"anger", "sadness", "fear", "disgust", "boredom"}
    assert positive == {"happiness", "surprise"}
    assert neither == {"neutral", "calm"}


@pytest.mark.parametrize("disgust", ["low", "high", "out"])
def test_arousal_by_the_circumplex_with_disgust_in_each_place(disgust):
    low, high, out = classes("arousal", f"disgust-{disgust}")
    assert high - {"disgust"} == {"anger", "fear", "happiness", "surprise"}
    assert low - {"disgust"} == {"sadness", "boredom", "calm", "neutral"}
    assert {"low": low, "high": high, "out": out}[disgust] >= {"disgust"}
    assert len(low) + len(high) + len(out) == len(labels.EMOTIONS)


@pytest.mark.parametrize("task", labels.TASKS)
def test_schemes_name_known_emotions_and_classes_once(task):
    assert labels.DEFAULT_SCHEME[task] in labels.SCHEMES[task]
    for scheme in labels.SCHEMES[task].values():
        assert tuple(scheme) == labels.CLASS_NAMES[task]
        emotions = [emotion for members in scheme.values() for emotion in members]
        assert len(emotions) == len(set(emotions))
        assert set(emotions) <= set(labels.EMOTIONS)


def test_default_schemes():
    assert labels.binary(table("disgust", "fear"), "arousal").tolist() == [0, 1]
    assert labels.binary(table("disgust", "calm"), "valence").tolist() == [0, 1]


def test_labels_are_floats_with_nan_on_the_rows_of_the_table():
    utterances = table("anger", "disgust", "sadness").set_axis([7, 3, 5])
    label = labels.binary(utterances, "arousal", "disgust-out")
    assert label.dtype == np.float64
    assert label.name == "arousal"
    assert label.index.tolist() == [7, 3, 5]
    assert label[7] == 1
    assert math.isnan(label[3])
    assert label[5] == 0


def test_categorical_emotions_are_labelled_too():
    label = labels.binary(table("anger", "sadness").astype("category"), "arousal")
    assert label.dtype == np.float64
    assert label.tolist() == [1, 0]


def test_ratings_above_a_threshold_are_high_and_missing_ones_left_out():
    rated = pd.DataFrame({"arousal": [1.0, 3.0, 3.5, None]})
    label = labels.binary(rated, "arousal", 3)
    assert label.tolist()[:3] == [0, 0, 1]
    assert math.isnan(label[3])


@pytest.mark.parametrize("broken", [math.inf, -math.inf])
def test_an_infinite_rating_is_neither_high_nor_low(broken):
    rated = pd.DataFrame({"arousal": [1.0, None, broken]})
    with pytest.raises(NotFiniteError, match=r"1 of 3 ratings of arousal .* first in row 2"):
        labels.binary(rated, "arousal", 3)


def test_a_threshold_without_ratings():
    with pytest.raises(UnknownNameError, match="unknown column 'valence'"):
        labels.binary(table("anger"), "valence", 3.0)


def test_balance_counts_the_classes_of_each_scheme():
    utterances = table("anger", "anger", "disgust", "sadness")
    got = labels.balance(utterances, "arousal")
    assert got.loc["disgust-high"].tolist() == [1, 3, 0, 0.25, 0.75]
    assert got.loc["disgust-low"].tolist() == [2, 2, 0, 0.5, 0.5]
    assert got.loc["disgust-out"].tolist() == [1, 2, 1, 1 / 3, 2 / 3]
    assert got.columns.tolist() == ["low", "high", "left out", "low share", "high share"]


def test_an_unknown_emotion_is_named_and_counted():
    with pytest.raises(UnknownEmotionError, match=r": 'joy' \(2\)\. .*happiness"):
        labels.binary(table("joy", "anger", "joy"), "valence")


def test_a_missing_emotion_is_unknown():
    with pytest.raises(UnknownEmotionError, match=r"nan \(1\)"):
        labels.binary(table("anger", np.nan), "valence")


def test_no_emotion_is_known_where_there_is_a_rating_and_left_out_of_schemes():
    rated = table("", "anger", "", "joy").assign(arousal=[4.0, np.nan, np.nan, 1.0])
    assert labels.known(rated).tolist() == [True, True, False, False]
    assert labels.known(table("", "anger")).tolist() == [False, True]
    assert labels.binary(rated[:2], "arousal").isna().tolist() == [True, False]
    assert labels.binary(rated[:2], "arousal", 3.0).isna().tolist() == [False, True]
    with pytest.raises(UnknownEmotionError, match=r"'' \(1\)"):
        labels.binary(rated[1:3], "arousal")


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="unknown task 'arousel'; did you mean 'arousal'"):
        labels.binary(table("anger"), "arousel")
    with pytest.raises(UnknownNameError, match="unknown arousal scheme 'latif2018'"):
        labels.binary(table("anger"), "arousal", "latif2018")
    with pytest.raises(UnknownNameError, match="unknown task"):
        labels.balance(table("anger"), "dominance")
