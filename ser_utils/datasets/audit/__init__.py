"""What is in a corpus, and what is wrong with it: every file read, counted, and reported.

`reading` describes one file, `findings` says what is wrong with all of them, `report` writes it
for people and programs. The verdict on a file is that of `audio.read`, so that the features of a
corpus without errors can be extracted.
"""

import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from ser_utils.datasets import own_table, registry
from ser_utils.datasets.audio_files import CONVERTIBLE, convertible, find_audio
from ser_utils.datasets.audit import findings, reading
from ser_utils.datasets.audit.report import Report
from ser_utils.errors import CorpusError, SerWarning, require_jobs

__all__ = ["Report", "check"]


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
    paths = table["path"].unique()
    with ThreadPoolExecutor(jobs or os.cpu_count()) as executor:
        rows = executor.map(reading.inspect, paths)
        bar = tqdm(rows, "check", len(paths), leave=False, disable=not progress, delay=1)
        files = pd.DataFrame(list(bar)).astype(reading.TYPES)
    told = [warning.message for warning in caught if issubclass(warning.category, SerWarning)]
    found = [
        *(findings.Finding(findings.WARNING, str(message)) for message in told),
        *findings.about_conversion(_unread(str(given), table)),
        *findings.about_files(files, on_error),
        *findings.about_duplicates(table, files),
    ]
    found.sort(key=lambda finding: -finding.severity)
    return Report(str(given), table, files, found)


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
