"""What is in a corpus, and what is wrong with it: every file read, measured, and reported.

- `reading` describes one file; `measures` tells labels by what is trivial in it.
- A file per kind of finding: `recordings` that are bad, `repeats` of recordings, `leaks` of
  emotions, `speakers` who differ or sound as one, `design`; and what is `between` two corpora.
- `report` writes it for people and programs, `document` for all corpora of a machine.

The verdict on a file is that of `audio.read`, so that the features of a corpus without errors can
be extracted.
"""

import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
from joblib import cpu_count
from tqdm import tqdm

from ser_utils.datasets import own_table, registry
from ser_utils.datasets.audio_files import CONVERTIBLE, convertible, find_audio
from ser_utils.datasets.audit import (
    between,
    design,
    leaks,
    reading,
    recordings,
    repeats,
    speakers,
)
from ser_utils.datasets.audit.finding import WARNING, Finding
from ser_utils.datasets.audit.report import Report
from ser_utils.errors import CorpusError, DomainError, SerWarning, require_jobs

__all__ = ["Report", "check", "compare"]


def check(
    given: str | Path, jobs: int | None = None, progress: bool = True, on_error: str = "raise"
) -> Report:
    """Read every file of a corpus on `jobs` threads, and tell what is in it and what is wrong.

    Given is the name of a known corpus; a table of utterances, as `datasets.from_table` takes it;
    or a folder, whose audio files are checked without labels unless it is that of a known corpus.
    A bad file is an error, or, where `on_error` is "skip", a warning. Errors that are raised are
    those of `datasets.load`, a `CorpusError` for a folder without audio, and a `SettingError` if
    there cannot be so many jobs.
    """
    require_jobs(jobs)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = _table(str(given))
    files = _described(table["path"].unique(), jobs, progress)
    told = [warning.message for warning in caught if issubclass(warning.category, SerWarning)]
    found = [
        *(Finding(WARNING, str(message)) for message in told),
        *recordings.about_conversion(_unread(str(given), table)),
        *recordings.about_errors(files, on_error),
        *_about(table, files[files["error"].isna()]),
    ]
    found.sort(key=lambda finding: -finding.severity)
    return Report(str(given), table, files, found)


def compare(report: Report, other: Report) -> Report:
    """Tell what trivial measures tell two checked corpora apart.

    A `DomainError` says that no file of one can be used, or that both are the same.
    """
    if report.name == other.name:
        raise DomainError(f"a corpus cannot be compared with itself: {report.name}.")
    parts = []
    for each in (report, other):
        usable = each.files[each.files["error"].isna()]
        if usable.empty:
            raise DomainError(f"{each.name}: no file can be used, so that nothing can be compared.")
        parts.append(_joined(each.table, usable).assign(side=each.name))
    rows = pd.concat(parts, ignore_index=True)
    measures, found = between.compare(rows, rows["side"])
    table, files = (
        pd.concat([getattr(each, part) for each in (report, other)], ignore_index=True)
        for part in ("table", "files")
    )
    return Report(f"{report.name} and {other.name}", table, files, found, {"between": measures})


def _about(table: pd.DataFrame, files: pd.DataFrame) -> Iterator[Finding]:
    """Find what is wrong with a corpus, of which some file can be used."""
    yield from recordings.about_samples(files)
    yield from recordings.about_formats(files)
    rows = _joined(table, files)
    if rows.empty:
        return
    yield from repeats.about_repeats(rows)
    yield from leaks.about_length(rows)
    if {"speaker", "emotion"} <= set(rows):
        yield from leaks.about_emotions(rows)
        yield from speakers.about_recorder(rows)
        yield from speakers.about_voices(rows)
        yield from design.about_design(table)


def _joined(table: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    """Join labels and descriptions; columns of a table that are called as these are left out."""
    labels = table[[c for c in table if c == "path" or c not in files]]
    return labels.merge(files, on="path")


def _described(paths: list[str], jobs: int | None, progress: bool) -> pd.DataFrame:
    with ThreadPoolExecutor(jobs or cpu_count()) as executor:
        rows = executor.map(reading.inspect, paths)
        bar = tqdm(rows, "check", len(paths), leave=False, disable=not progress, delay=1)
        return pd.DataFrame(list(bar)).astype(reading.TYPES)


def _table(given: str) -> pd.DataFrame:
    path = Path(given)
    known = registry.corpora()
    if path.is_file():
        return own_table.from_table(path, on_error="skip")
    if given in known or not path.is_dir():
        return registry.load(given, on_error="skip")
    # Several corpora may share a folder, as the languages of one release do.
    here = [name for name in known if known[name].locate().resolve() == path.resolve()]
    if here:
        return pd.concat([registry.load(name, on_error="skip") for name in here], ignore_index=True)
    if not (files := [str(file) for file in find_audio(path.absolute())]):
        advice = convertible(list(find_audio(path.absolute(), CONVERTIBLE)))
        raise CorpusError(f"no audio file in {path}, nor in any folder below. {advice}".strip())
    return pd.DataFrame({"path": files})


def _unread(given: str, table: pd.DataFrame) -> list[Path]:
    """Find recordings beside those of the table that have to be converted, and are not yet."""
    known = registry.corpora()
    folder = known[given].locate() if given in known else Path(given)
    read = {Path(path).stem for path in table["path"]}
    found = find_audio(folder.absolute(), CONVERTIBLE) if folder.is_dir() else ()
    return [file for file in found if file.stem not in read]
