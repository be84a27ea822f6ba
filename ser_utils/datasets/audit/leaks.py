"""Emotions that a trivial measure tells apart: what a model may learn in the place of emotion.

A classifier sees one measure of a file, and files of other speakers with their emotions. If it
recognises more than it ever does where emotions are shuffled within speakers, the measure leaks
them. It has to beat all measures on all of `SHUFFLES` shuffles (Westfall and Young 1993,
"Resampling-Based Multiple Testing"), so that in a corpus without a leak one of `SHUFFLES` + 1 times
there is a false alarm, however many measures there are.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ser_utils.datasets.audit.finding import NOTE, WARNING, Case, Finding
from ser_utils.datasets.audit.measures import MEASURES, Told, median, tell

SHUFFLES = 199
#: Fewer utterances of an emotion show nothing.
FEWEST = 10
#: From here on one emotion is told from the others (0.5 is chance) too well to be a detail; and,
#: by a measure that an expression moves, better than expressions do.
WELL, BEYOND_EXPRESSION = 0.65, 0.9
#: A corpus was cut or padded if so many of its files last as long as their median, to a moment.
ALIKE, MOMENT = 0.5, 0.025


def about_emotions(rows: pd.DataFrame) -> Iterator[Finding]:
    """Find measures that tell emotions apart; a row is an utterance with its measures."""
    rows = rows[rows["emotion"] != ""]
    rows = rows[rows.groupby("emotion")["emotion"].transform("size") >= FEWEST]
    if rows["emotion"].nunique() < 2 or rows["speaker"].nunique() < 2:
        return
    measures = [name for name in MEASURES if rows[name].nunique() > 1]
    told = {m: tell(m, rows, rows["emotion"], rows["speaker"], SHUFFLES) for m in measures}
    by_chance = max((one.uar[1:].max() for one in told.values()), default=1.0)
    for name, one in told.items():
        if one.uar[0] > by_chance:
            yield _leak(name, one, rows)


def _leak(name: str, told: Told, rows: pd.DataFrame) -> Finding:
    measure, n_emotions = MEASURES[name], told.recalls.shape[1]
    low, high = np.percentile(told.uar[1:], [2.5, 97.5])
    what = (
        f"{measure.title} alone recognises {told.uar[0]:.1%} of the emotions of other speakers "
        f"(UAR; chance is {1 / n_emotions:.1%}, shuffled emotions give {low:.1%} to {high:.1%})"
    )
    if measure.expressive:
        limit = BEYOND_EXPRESSION
        mend = "Voices do this, too: report this score beside those of your models."
    else:
        limit = WELL
        mend = "No voice does this, but how files were recorded or cut: see which, and report this "
        mend += "score beside those of your models."
    cases = []
    for i, (emotion, files) in enumerate(rows.groupby("emotion")):
        recall, as_shuffled = told.recalls[0, i], np.percentile(told.recalls[1:, i], 97.5)
        if recall > as_shuffled:
            others = median(name, rows.loc[rows["emotion"] != emotion, name])
            text = f"{emotion}: {median(name, files[name])} in the median, of the others {others}; "
            cases.append(Case(f"{text}{recall:.0%} recognised", files["path"].tolist()))
    severity = WARNING if told.from_others.max() >= limit else NOTE
    return Finding(severity, what, mend, cases)


def about_length(rows: pd.DataFrame) -> Iterator[Finding]:
    """Find emotions, or all files, of which most last equally long; `emotion` may be missing."""
    whole = _alike(rows, "all files")
    parts = rows.groupby("emotion") if "emotion" in rows else ()
    cases = whole or [case for name, part in parts for case in _alike(part, name or "(none)")]
    if cases:
        what = "files that last equally long: they were cut or padded"
        mend = "Get the recordings as they were released: a length that follows emotion gives it "
        mend += "away, and what was cut off is lost."
        yield Finding(WARNING, what, mend, cases)


def _alike(rows: pd.DataFrame, which: str) -> list[Case]:
    middle = rows["seconds"].median()
    alike = rows[(rows["seconds"] - middle).abs() <= MOMENT]
    if len(rows) < FEWEST or len(alike) < ALIKE * len(rows):
        return []
    text = f"{which}: {len(alike)} of {len(rows)} last {middle:.2f} s"
    return [Case(text, alike["path"].tolist())]
