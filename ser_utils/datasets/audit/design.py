"""How a corpus is made: whether speakers, sentences and emotions are crossed, and how often."""

from collections.abc import Iterator

import pandas as pd

from ser_utils.datasets.audit.finding import NOTE, WARNING, Case, Finding

#: Parts of a cross-validation that are disjoint in speakers.
FOLDS = 5
#: Sentences tell an emotion if so many of them, or more, are said with no other.
MOST_SENTENCES = 0.5


def about_design(table: pd.DataFrame) -> Iterator[Finding]:
    """Find what keeps emotion from being told from speaker or sentence."""
    table = table[table["emotion"] != ""]
    if table["emotion"].nunique() > 1:
        yield from _about_speakers(table)
        yield from _about_sentences(table[table["sentence"] != ""])


def _about_speakers(table: pd.DataFrame) -> Iterator[Finding]:
    counts = pd.crosstab(table["speaker"], table["emotion"])
    few = counts.columns[(counts > 0).sum() < min(FOLDS, len(counts))]
    lacking = counts.index[(counts == 0).any(axis=1)]
    if len(lacking):
        cases = []
        for speaker in lacking:
            lacks = ", ".join(counts.columns[counts.loc[speaker] == 0])
            files = table["path"][table["speaker"] == speaker].tolist()
            cases.append(Case(f"{speaker}: no {lacks}", files))
        what = f"speakers who lack an emotion: {len(lacking)} of {len(counts)}"
        mend = "Without these speakers or emotions, see whether a result stays."
        yield Finding(NOTE if len(few) == 0 else WARNING, what, mend, cases)
    if len(counts) < FOLDS:
        what = f"{len(counts)} speakers, too few for {FOLDS} folds that are disjoint in speakers"
        mend = "Leave one speaker out at a time, and promise nothing about others: a score with so "
        mend += "few speakers may be that of one of them."
        yield Finding(WARNING, what, mend)
    elif len(few):
        cases = [
            Case(f"{e}: {(counts[e] > 0).sum()} speakers", _files(table, "emotion", e)) for e in few
        ]
        what = f"emotions of too few speakers for {FOLDS} folds that are disjoint in speakers"
        yield Finding(WARNING, what, "Leave these emotions out, or join them with others.", cases)


def _about_sentences(table: pd.DataFrame) -> Iterator[Finding]:
    """Tell of sentences that several speakers say, but with one emotion only."""
    sentences = table.groupby("sentence").agg(
        {"emotion": ["nunique", "first"], "speaker": "nunique"}
    )
    sentences.columns = ["emotions", "emotion", "speakers"]
    shared = sentences[sentences["speakers"] > 1]
    single = shared[shared["emotions"] == 1]
    if len(single) and len(single) >= MOST_SENTENCES * len(shared):
        cases = [
            Case(f"{row.Index}: only {row.emotion}", _files(table, "sentence", row.Index))
            for row in single.itertuples()
        ]
        what = f"sentences that are said with one emotion only: {len(single)} of {len(shared)}"
        mend = "Split by sentences as well as by speakers, or a model may learn the words."
        yield Finding(WARNING, what, mend, cases)


def _files(table: pd.DataFrame, column: str, value: str) -> list[str]:
    return table["path"][table[column] == value].tolist()
