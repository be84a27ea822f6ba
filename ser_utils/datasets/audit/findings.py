"""What there is to know about a corpus before it is used."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ser_utils import audio
from ser_utils.datasets.audio_files import convertible
from ser_utils.datasets.audit.reading import CLIPPED_RUN

#: Severities; that of the worst finding is the exit status of the command.
WARNING, ERROR = 1, 2
#: A recording is mostly silent if more of its frames of 10 ms are quieter than `audio.SILENCE`.
MOST_SILENCE = 0.5
#: So many recordings do not all last equally long by chance.
MANY = 10


@dataclass(frozen=True)
class Finding:
    """Something to know about a corpus."""

    severity: int  # `ERROR` for what has to be mended or left out, `WARNING` for the rest
    what: str
    #: Each case: a file, or what is wrong with it, or the files that are copies of each other.
    where: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Whether it is an "error" or a "warning"."""
        return "error" if self.severity == ERROR else "warning"

    @property
    def message(self) -> str:
        """What was found, and how often."""
        return f"{self.what}: {len(self.where)}" if self.where else self.what


def about_conversion(unread: list[Path]) -> Iterator[Finding]:
    """Tell of recordings that are missing, since they are in formats that have to be converted."""
    if unread:
        yield Finding(WARNING, convertible(unread), list(map(str, unread)))


def about_files(files: pd.DataFrame, on_error: str = "raise") -> Iterator[Finding]:
    """Find what is wrong with files; a row describes a file, as `reading.inspect` does.

    One that cannot be used is an error, or, where `on_error` is "skip", a warning.
    """
    if bad := files["error"].dropna().tolist():
        severity = WARNING if on_error == "skip" else ERROR
        yield Finding(severity, "files that cannot be used", bad)
    files = files[files["error"].isna()]
    if clipped := files["path"][files["clipped"]].tolist():
        what = f"files that clip ({CLIPPED_RUN} or more samples in a row at full scale)"
        yield Finding(WARNING, what, clipped)
    if silent := files["path"][files["silent"] > MOST_SILENCE].tolist():
        level = 20 * np.log10(audio.SILENCE)
        what = f"files of which more than {MOST_SILENCE:.0%} is silent (below {level:.0f} dB)"
        yield Finding(WARNING, what, silent)
    if len(files) >= MANY and files["seconds"].nunique() == 1:
        what = f"every file lasts {files['seconds'].iloc[0]:g} s: they were cut or padded"
        yield Finding(WARNING, what)
    for column, what in (("sampling_rate", "sampling rates (Hz)"), ("channels", "channels")):
        counts = files[column].value_counts()
        if len(counts) > 1:
            listed = ", ".join(f"{value} ({count} files)" for value, count in counts.items())
            yield Finding(WARNING, f"several {what}, which a model may learn: {listed}")


def about_duplicates(table: pd.DataFrame, files: pd.DataFrame) -> Iterator[Finding]:
    """Find files with the same samples; it is an error if their labels are not the same."""
    label = [column for column in ("speaker", "emotion") if column in table]
    copies = files[files["sha256"].notna() & files.duplicated("sha256", keep=False)]
    copies = copies[["path", "sha256"]].merge(table[["path", *label]], on="path")
    same, different = [], []
    for _, rows in copies.groupby("sha256"):
        agree = not label or len(rows[label].drop_duplicates()) == 1
        (same if agree else different).append(" = ".join(rows["path"]))
    what = "recordings that occur more than once"
    if different:
        yield Finding(ERROR, f"{what}, with different labels ({', '.join(label)})", different)
    if same:
        yield Finding(WARNING, what, same)
