"""Maps that move: one projection of the utterances of a pair, frame by frame."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource

from ser_utils import figures
from ser_utils.domains import Pair
from ser_utils.widgets.motion.picture import Picture, panel
from ser_utils.widgets.points import MARKERS, scatter


def epochs(points: Mapping[int, np.ndarray], pair: Pair, numbers: pd.DataFrame) -> Picture:
    """Move an embedding over the epochs of a training; the rest is as in `strengths`."""
    return _maps(
        "epochs",
        "The embedding over the epochs",
        "One projection of all epochs, so that a point that moves did move. Play, and watch when "
        "the languages meet; then colour by emotion, and watch what happens to the emotions.",
        "epoch",
        points,
        pair,
        numbers,
    )


def strengths(points: Mapping[float, np.ndarray], pair: Pair, numbers: pd.DataFrame) -> Picture:
    """Move an embedding over the largest lambda of several trainings.

    Parameters
    ----------
    points : mapping of float to np.ndarray, shape (n_source + n_target, 2)
        By lambda, of one projection. They are drawn as `figures.cropped` has them.
    pair : Pair
    numbers : pd.DataFrame
        What is written under each frame: a row per frame, a column per number.
    """
    return _maps(
        "strengths",
        "The embedding over lambda",
        "One training for each value, and one projection of all. The numbers tell what the "
        "projection cannot show: how well a fresh probe still finds the language.",
        "largest λ",
        points,
        pair,
        numbers,
    )


def synthetic(pair: Pair) -> str:
    """Return the sentence that stands under pictures of synthetic speech."""
    is_so = "synthetic" in pair.source.dataset + pair.evaluation.dataset
    return " Synthetic speech: it says nothing about emotional speech." if is_so else ""


def _maps(
    name: str,
    title: str,
    text: str,
    slider: str,
    points: Mapping[Hashable, np.ndarray],
    pair: Pair,
    numbers: pd.DataFrame,
) -> Picture:
    is_target = np.repeat([0, 1], [len(pair.source), len(pair.evaluation)])
    order = figures.style.order(len(is_target))
    drawn = {at: xy[order].astype(np.float32) for at, xy in figures.cropped(points).items()}
    every = np.concatenate(list(drawn.values()))
    plot = panel(every.min(axis=0), every.max(axis=0), aspect_ratio=1.4)
    start = {
        "x": every[: len(order), 0],
        "y": every[: len(order), 1],
        "colour": ["gray"] * len(order),
    }
    source = ColumnDataSource(start | {"marker": MARKERS[is_target[order]].tolist()})
    scatter(plot, source)
    return Picture(
        name,
        title,
        text,
        {slider: [f"{at:g}" for at in drawn]},
        [plot],
        [source],
        [[{"x": xy[:, 0], "y": xy[:, 1]}] for xy in drawn.values()],
        [", ".join(f"{of} {value:.2f}" for of, value in numbers.loc[at].items()) for at in drawn],
        {by: _colouring(pair, by, order) for by in ("language", "emotion")},
        source,
        legend="● {}, ▲ {}.{}".format(*figures.domain_names(pair), synthetic(pair)),
    )


def _colouring(pair: Pair, by: str, order: np.ndarray) -> dict[str, list]:
    group, colours = figures.groups_of(pair, by)
    codes = pd.Categorical(group, [*colours]).codes[order].tolist()
    return {"names": [*colours], "colours": [*colours.values()], "codes": codes}
