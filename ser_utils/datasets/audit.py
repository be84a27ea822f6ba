"""What is in a corpus, and what is wrong with it: every file read, counted, and reported.

The verdict on a file is that of `audio.read`, so that a corpus without errors can be extracted.
"""

import hashlib
import html
import json
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ser_utils import audio, datasets
from ser_utils.datasets.table import find_audio
from ser_utils.errors import AudioError, CorpusError, SerWarning

#: A recording clips if so many samples in a row are this close to full scale, or beyond.
CLIPPED_RUN, FULL_SCALE = 3, 0.999
#: A recording is mostly silent if more of its frames of 10 ms are quieter than `audio.SILENCE`.
MOST_SILENCE = 0.5
#: So many recordings do not all last equally long by chance.
MANY = 10

#: Severities; that of the worst finding is the exit status of the command.
WARNING, ERROR = 1, 2
_TYPES = {"seconds": float, "sampling_rate": "Int64", "channels": "Int64", "clipped": "boolean"}
_MOST_NAMED = 5
_TITLES = {
    "durations": "Durations (s)",
    "formats": "Formats",
    "speakers": "Utterances by speaker and emotion",
}


@dataclass(frozen=True)
class Finding:
    """Something to know about a corpus before it is used.

    Attributes
    ----------
    severity : int
        `ERROR` for what has to be mended or left out, `WARNING` for what has to be known.
    what : str
    where : list of str
        Each case: a file, or what is wrong with it, or the files that are copies of each other.
    """

    severity: int
    what: str
    where: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Whether it is an "error" or a "warning"."""
        return "error" if self.severity == ERROR else "warning"

    @property
    def message(self) -> str:
        """What was found, and how often."""
        return f"{self.what}: {len(self.where)}" if self.where else self.what


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes
    ----------
    name : str
        The corpus as it was given.
    table : pd.DataFrame
        Its table, or one with the column `path` only.
    files : pd.DataFrame
        One row a file, as `inspect` returns it.
    findings : list of Finding
        Errors first.
    """

    name: str
    table: pd.DataFrame
    files: pd.DataFrame
    findings: list[Finding]

    @property
    def severity(self) -> int:
        """0 if there is no finding, 1 if there are warnings, 2 if there are errors."""
        return max((finding.severity for finding in self.findings), default=0)

    @property
    def headline(self) -> str:
        """The corpus in a line."""
        kinds = [finding.kind for finding in self.findings]
        return (
            f"{self.name}: {len(self.table)} utterances, {self._hours:.2f} hours; "
            f"errors: {kinds.count('error')}, warnings: {kinds.count('warning')}"
        )

    @property
    def _hours(self) -> float:
        return float(self.files["seconds"].sum()) / 3600

    def sections(self) -> dict[str, pd.DataFrame]:
        """Tables of numbers and counts, by name."""
        files = self.files.dropna(subset="seconds")
        found = {}
        if len(files):
            statistics = files["seconds"].agg(["min", "median", "mean", "max"])
            found["durations"] = statistics.round(2).to_frame().T
            formats = files.groupby(["sampling_rate", "channels", "format"])
            found["formats"] = formats.size().rename("files").reset_index()
        if {"speaker", "emotion"} <= set(self.table):
            found["speakers"] = pd.crosstab(
                self.table["speaker"].map(audio.shown),
                self.table["emotion"].map(audio.shown).replace("", "(none)"),
                margins=True,
                margins_name="all",
            )
        return found

    def text(self) -> str:
        """Write the report for a terminal; at most five files are named for a finding."""
        lines = [self.headline]
        for finding in self.findings:
            lines += ["", audio.shown(f"{finding.kind}: {finding.message}")]
            lines += [f"  {audio.shown(place)}" for place in finding.where[:_MOST_NAMED]]
            if (rest := len(finding.where) - _MOST_NAMED) > 0:
                lines.append(f"  and {rest} more, which --html and --json list")
        for name, table in self.sections().items():
            lines += ["", _TITLES[name], table.to_string(index=_has_row_names(table))]
        return "\n".join(lines)

    def html(self) -> str:
        """Write the report as a page of its own."""

        def escaped(text: str) -> str:
            return html.escape(audio.shown(text))

        body = [f"<h1>{escaped(self.headline)}</h1>"]
        for finding in self.findings:
            summary = f"<strong>{finding.kind}</strong>: {escaped(finding.message)}"
            places = "".join(f"<li>{escaped(place)}</li>" for place in finding.where)
            body.append(f"<details><summary>{summary}</summary><ul>{places}</ul></details>")
        for name, table in self.sections().items():
            rows = table.rename_axis(index=None, columns=None).to_html(
                border=0, index=_has_row_names(table)
            )
            body.append(f"<h2>{_TITLES[name]}</h2><div>{rows}</div>")
        return _PAGE.format(title=escaped(self.name), body="\n".join(body))

    def json(self) -> str:
        """Write everything, every file included, for a program."""
        report = {
            "name": self.name,
            "severity": self.severity,
            "findings": [asdict(finding) for finding in self.findings],
            "utterances": len(self.table),
            "hours": self._hours,
            **{
                name: table.reset_index(drop=not _has_row_names(table)).to_dict("records")
                for name, table in self.sections().items()
            },
            "files": self.files.astype(object).where(self.files.notna(), None).to_dict("records"),
        }
        return json.dumps(report, indent=1)


def check(given: str | Path, jobs: int | None = None, progress: bool = True) -> Report:
    """Read every file of a corpus, and tell what is in it and what is wrong with it.

    Parameters
    ----------
    given : str or Path
        Name of a known corpus; a table of utterances, as `datasets.from_table` takes it; or a
        folder, whose audio files are checked without labels unless it is that of a known corpus.
    jobs : int, optional
        Threads; by default one a core.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Report

    Raises
    ------
    UnknownNameError
        If it is none of these.
    MissingCorpusError
        If it is a known corpus that is not on this machine.
    CorpusError
        If there is nothing to check: a folder without audio, or a table that cannot be used.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = _table(str(given))
    findings = [
        Finding(WARNING, str(warning.message))
        for warning in caught
        if issubclass(warning.category, SerWarning)
    ]
    paths = table["path"].unique()
    with ThreadPoolExecutor(jobs or os.cpu_count()) as executor:
        rows = executor.map(inspect, paths)
        bar = tqdm(rows, "check", len(paths), leave=False, disable=not progress, delay=1)
        files = pd.DataFrame(list(bar)).astype(_TYPES)
    findings += _about_files(files)
    findings += _about_duplicates(table, files)
    findings.sort(key=lambda finding: -finding.severity)
    return Report(str(given), table, files, findings)


def inspect(path: str) -> dict[str, object]:
    """Read a file and describe it.

    Returns
    -------
    dict
        - `path`;
        - `error`: what `audio.read` says against it, or None;
        - `seconds`, `sampling_rate` (Hz), `channels`, `format`: of its header, or None;
        - `sha256`: digest of its decoded samples, so that copies in another lossless format, or
          with other tags, are copies; None if it has an error, as are the next two;
        - `clipped`: whether `CLIPPED_RUN` samples in a row of a channel are at full scale;
        - `silent`: share of its frames of 10 ms that are quieter than `audio.SILENCE`.
    """
    keys = (
        "error",
        "seconds",
        "sampling_rate",
        "channels",
        "format",
        "sha256",
        "clipped",
        "silent",
    )
    row = {"path": path, **dict.fromkeys(keys)}
    try:
        with audio.opened(path) as file:
            row |= {
                "seconds": file.frames / file.samplerate,
                "sampling_rate": file.samplerate,
                "channels": file.channels,
                "format": f"{file.format} {file.subtype}",
            }
            samples = audio.read(path, file.samplerate)
            digest = hashlib.sha256(f"{file.samplerate} {file.channels} ".encode())
            clipped = False
            for block in audio.blocks(file):
                digest.update(np.ascontiguousarray(block))
                clipped = clipped or _clips(block)
    except AudioError as error:
        return row | {"error": str(error)}
    silent = _silent_share(samples, row["sampling_rate"])
    return row | {"sha256": digest.hexdigest(), "clipped": clipped, "silent": silent}


# What is checked ------------------------------------------------------------------------------


def _table(given: str) -> pd.DataFrame:
    path = Path(given)
    known = datasets.corpora()
    if path.suffix.lower() in (".csv", ".parquet") and path.is_file():
        return datasets.from_table(path, on_error="skip")
    if given in known or not path.is_dir():
        return datasets.load(given, on_error="skip")
    # Several corpora may share a folder, as the languages of one release do.
    here = [name for name in known if known[name].locate().resolve() == path.resolve()]
    if here:
        return pd.concat([datasets.load(name, on_error="skip") for name in here], ignore_index=True)
    if not (files := [str(file) for file in find_audio(path.absolute())]):
        raise CorpusError(f"no audio file in {path}, nor in any folder below.")
    return pd.DataFrame({"path": files})


# Findings -------------------------------------------------------------------------------------


def _about_files(files: pd.DataFrame) -> Iterator[Finding]:
    if bad := files["error"].dropna().tolist():
        yield Finding(ERROR, "files that cannot be used", bad)
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


def _about_duplicates(table: pd.DataFrame, files: pd.DataFrame) -> Iterator[Finding]:
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


# Measures -------------------------------------------------------------------------------------


def _clips(block: np.ndarray) -> bool:
    """Tell whether a run of samples of a channel is at full scale; shape (samples, channels)."""
    full = np.abs(block) >= FULL_SCALE
    if len(full) < CLIPPED_RUN or not full.any():
        return False
    runs = np.lib.stride_tricks.sliding_window_view(full, CLIPPED_RUN, axis=0)
    return bool(runs.all(axis=-1).any())


def _silent_share(samples: np.ndarray, sampling_rate: int) -> float:
    width = max(1, sampling_rate // 100)
    whole = len(samples) // width * width
    loudest = np.abs(samples[:whole]).reshape(-1, width).max(axis=1)
    return float((loudest < audio.SILENCE).mean())


# The page -------------------------------------------------------------------------------------

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Check of {title}</title>
<style>
body {{ margin: 2rem auto; max-width: 70rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif;
  color: #1b1f24; background: #fff; }}
div {{ overflow-x: auto; }}
li {{ overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ padding: 0.2rem 1rem 0.2rem 0; border-bottom: 1px solid #d8dee4; text-align: right; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def _has_row_names(table: pd.DataFrame) -> bool:
    return table.index.name is not None
