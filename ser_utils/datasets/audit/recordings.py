"""What is wrong with single recordings, whoever speaks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ser_utils import audio
from ser_utils.datasets.audio_files import convertible
from ser_utils.datasets.audit.finding import ERROR, NOTE, WARNING, Case, Finding, each
from ser_utils.datasets.audit.reading import CLIPPED_RUN, WIDE

#: A recording is mostly silent if more of its frames of 10 ms are quieter than `audio.SILENCE`.
MOST_SILENCE = 0.5
#: An offset that is heard as a click at both ends: a hundredth of full scale.
MOST_OFFSET = 0.01


def about_conversion(unread: list[Path]) -> Iterator[Finding]:
    """Tell of recordings that are missing, since they are in formats that have to be converted."""
    if unread:
        yield Finding(WARNING, convertible(unread), where=each(map(str, unread)))


def about_errors(files: pd.DataFrame, on_error: str) -> Iterator[Finding]:
    """Tell of files that cannot be used: an error, or, where `on_error` is "skip", a warning."""
    bad = files[files["error"].notna()]
    if len(bad):
        cases = [Case(row.error, [row.path]) for row in bad.itertuples()]
        mend = "Mend each as it says, or leave them out by --on-error skip."
        severity = WARNING if on_error == "skip" else ERROR
        yield Finding(severity, f"files that cannot be used: {len(bad)}", mend, cases)


def about_samples(files: pd.DataFrame) -> Iterator[Finding]:
    """Find what is wrong with files that can be used; a row is as `reading.inspect` gives it."""
    level = 20 * np.log10(audio.SILENCE)
    half = files["sampling_rate"] / 2
    empty = files["bandwidth"] < WIDE * half
    narrow = files["bandwidth"] < WIDE * audio.SAMPLING_RATE / 2
    for severity, found, what, mend in (
        (
            WARNING,
            files["clipped"],
            f"files that clip ({CLIPPED_RUN} or more samples in a row at full scale)",
            "Listen to some. Where a speaker or an emotion clips, a model may learn that.",
        ),
        (
            WARNING,
            files["silent"] > MOST_SILENCE,
            f"files of which more than {MOST_SILENCE:.0%} is silent (below {level:.0f} dB)",
            "Cut the silence off, of all files alike, or leave them out.",
        ),
        (
            WARNING,
            files["offset"].abs() > MOST_OFFSET,
            f"files with an offset (DC) of more than {MOST_OFFSET:.0%} of full scale",
            "Subtract the mean of each file, or filter them all by a high-pass.",
        ),
        (
            WARNING,
            empty & narrow,
            "files without a sound in the upper band: upsampled from a lower rate, or compressed",
            "Get the recordings as they were released, or filter all corpora to this bandwidth.",
        ),
        (
            NOTE,
            empty & ~narrow,
            "files without a sound in the upper band, which features do not use",
            f"Nothing, unless you use more than {audio.SAMPLING_RATE / 2000:.0f} kHz.",
        ),
    ):
        paths = files["path"][found].tolist()
        if paths:
            yield Finding(severity, f"{what}: {len(paths)}", mend, each(paths))


def about_formats(files: pd.DataFrame) -> Iterator[Finding]:
    """Find files that differ in their sampling rate, bit depth or channels."""
    for column, what in (
        ("sampling_rate", "sampling rates (Hz)"),
        ("bits", "bit depths"),
        ("channels", "numbers of channels"),
    ):
        groups = files.groupby(column)["path"].agg(list)
        if len(groups) > 1:
            cases = [Case(f"{value}: {len(paths)} files", paths) for value, paths in groups.items()]
            mend = "Bring all files to the lowest of them, if that follows emotion or speaker."
            yield Finding(WARNING, f"several {what}, which a model may learn", mend, cases)
