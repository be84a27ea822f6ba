"""Speakers who are recorded otherwise than the others, or sound as one."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from ser_utils.datasets.audit.finding import WARNING, Case, Finding
from ser_utils.datasets.audit.measures import MEASURES, median

#: A speaker's median differs from that of most speakers if it does by more: dB, Hz.
FAR = {"level": 10.0, "noise_floor": 10.0, "bandwidth": 500.0}
#: Utterances that a speaker needs for a voice.
FEWEST = 10
FOLDS = 5
#: Two speakers are one voice if so few of their utterances are told apart (0.5 is chance), where
#: those of most pairs of speakers are.
ONE_VOICE, TWO_VOICES = 0.7, 0.9


def about_recorder(rows: pd.DataFrame) -> Iterator[Finding]:
    """Find speakers who are louder, noisier or in a narrower band than most others."""
    for name, far in FAR.items():
        medians = rows.groupby("speaker")[name].median()
        most = medians.median()
        cases = [
            Case(
                f"{speaker}: {median(name, own[name])} in the median, most speakers "
                f"{most:{MEASURES[name].style}}",
                own["path"].tolist(),
            )
            for speaker, own in rows.groupby("speaker")
            if abs(medians[speaker] - most) > far
        ]
        if cases:
            what = f"speakers whose {MEASURES[name].title} is not that of most: {len(cases)}"
            mend = 'Normalise by speaker (normalise="speaker"), and compare with what you have.'
            yield Finding(WARNING, what, mend, cases)


def about_voices(rows: pd.DataFrame) -> Iterator[Finding]:
    """Find pairs of speakers whom their voices do not tell apart.

    A linear discriminant names the speaker of each utterance from the mean spectrum of its speech,
    as learned from others. It sees the microphone, too: one voice in two rooms stays unnoticed.
    """
    rows = rows[rows.groupby("speaker")["path"].transform("size") >= FEWEST]
    names = sorted(rows["speaker"].unique())
    if len(names) < 3:
        return
    spectra, speakers = np.stack(rows["voice"]), rows["speaker"].to_numpy()
    classifier = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    guess = cross_val_predict(classifier, spectra, speakers, cv=folds)
    counts = confusion_matrix(speakers, guess, labels=names)
    apart = {}
    for pair in combinations(range(len(names)), 2):
        two = counts[np.ix_(pair, pair)]
        apart[pair] = np.trace(two) / max(two.sum(), 1)
    if np.median(list(apart.values())) < TWO_VOICES:
        return
    cases = [
        Case(
            f"{names[a]} = {names[b]}: {share:.0%} of their utterances told apart",
            rows["path"][rows["speaker"].isin([names[a], names[b]])].tolist(),
        )
        for (a, b), share in apart.items()
        if share < ONE_VOICE
    ]
    if cases:
        what = f"speakers whose voices are not told apart: {len(cases)} pairs"
        mend = "Listen to both. If they are one person, give them one name, so that no split of "
        mend += "speakers has the same voice on both sides."
        yield Finding(WARNING, what, mend, cases)
