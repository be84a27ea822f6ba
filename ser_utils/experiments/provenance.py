"""How a stored table came about, beside it as JSON: command, settings, corpora, versions.

A corpus is known by its fingerprint, made of the contents of its files: copies that circulate
differ, and a result is that of one copy.
"""

import hashlib
import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ser_utils import __version__, datasets, features, settings
from ser_utils.errors import MissingCorpusError, ResultsError
from ser_utils.files import written_whole

#: What to say of the corpora of a stored table, by how the reader's copy compares.
_SENTENCES = {
    "same": "The results in {file} were computed on the copy of {names} that is on this machine.",
    "other": "The results in {file} were computed on another copy of {names} than is on this "
    "machine: on yours, numbers will differ.",
    "unknown": "It is not known on which copy of {names} the results in {file} were computed: on "
    "yours, numbers may differ.",
    "absent": "The results in {file} were computed on {names}, not on this machine.",
}


def fingerprint(table: pd.DataFrame) -> dict:
    """Tell a copy of a corpus from another, by what its files hold.

    Parameters
    ----------
    table : pd.DataFrame
        One row per utterance, with its file in the column `path`.

    Returns
    -------
    dict
        `files`, how many there are, and `digest`, of their contents: wherever they lie, and
        whatever they are called.
    """
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # hashing releases the interpreter lock
        contents = sorted(threads.map(features.content_digest, table["path"].unique()))
    digest = hashlib.sha256("\n".join(contents).encode()).hexdigest()
    return {"files": len(contents), "digest": digest}


def describe(chosen: Mapping, corpora: Mapping[str, pd.DataFrame]) -> dict:
    """Describe how a table comes about by the command that runs.

    Parameters
    ----------
    chosen : mapping
        The settings of the experiment.
    corpora : mapping of str to pd.DataFrame
        Tables of the corpora by name.
    """
    about = {
        "command": shlex.join(["python", "-m", "ser_utils", *sys.argv[1:]]),
        "settings": chosen,
        "corpora": {name: fingerprint(table) for name, table in corpora.items()},
        "hyper_parameters": settings.as_dict(),
        "versions": {name: version(name) for name in ("numpy", "opensmile", "torch", "torchaudio")}
        | {"ser_utils": __version__, "python": platform.python_version()},
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "date": datetime.now(UTC).date().isoformat(),
    }
    return json.loads(json.dumps(about))


def write(path: Path, about: dict) -> None:
    """Write beside the table `path`, which need not exist yet, how it comes about."""
    with written_whole(path.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(about, indent=2) + "\n")


def check_same(path: Path, about: dict) -> bool:
    """Refuse to go on with a table that was begun under other settings, or on other corpora.

    Parameters
    ----------
    path : Path
        Of the table, which need not exist yet.
    about : dict
        As from `describe`.

    Returns
    -------
    bool
        False if the table exists and does not tell on which copies of the corpora it was begun.

    Raises
    ------
    ResultsError
        If the table exists, and the JSON beside it names others or cannot be read.
    """
    if not path.exists():
        return True
    try:
        before = json.loads(path.with_suffix(".json").read_text())
        changed = _changes(before["hyper_parameters"], about["hyper_parameters"])
    except (OSError, ValueError, KeyError) as error:
        raise ResultsError(
            f"{path} exists, but {path.with_suffix('.json').name} does not tell under which "
            "settings it was begun. Choose another --out, or move the file away."
        ) from error
    what, known = "under other settings", before.get("corpora", {})
    if not changed:
        what = "on other copies of its corpora"
        now = about["corpora"]
        changed = [
            f"{name}: {known[name]['files']} -> {now[name]['files']} files, of other contents"
            for name in known.keys() & now.keys()
            if known[name] != now[name]
        ]
    if changed:
        raise ResultsError(
            f"{path} was begun {what} ({', '.join(sorted(changed))}). Choose another --out, or "
            "move the file away."
        )
    return bool(known)


def _changes(before: dict, now: dict) -> list[str]:
    return [
        f"{name} {before.get(name)} -> {now.get(name)}"
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    ]


def copies(path: Path) -> dict[str, str]:
    """Compare the corpora of a stored table with those on this machine.

    Parameters
    ----------
    path : Path
        Of the table; its provenance is beside it.

    Returns
    -------
    dict of str to {"same", "other", "unknown", "absent"}
        By corpus: whether the copies are the same; "unknown" if the table does not tell of which
        copy it is, "absent" if there is none here.

    Raises
    ------
    ResultsError
        If its provenance cannot be read.
    """
    try:
        about = json.loads(path.with_suffix(".json").read_text())
        names = about["settings"]["datasets"]
    except (OSError, ValueError, KeyError) as error:
        raise ResultsError(f"the provenance of {path} cannot be read ({error}).") from error
    known = about.get("corpora", {})
    return {name: _copy(name, known.get(name)) for name in names}


def _copy(name: str, known: dict | None) -> str:
    if known is None:
        return "unknown"
    try:
        table = datasets.load(name)
    except MissingCorpusError:
        return "absent"
    return "same" if fingerprint(table) == known else "other"


def sentence(path: Path) -> str:
    """Say whether the results in `path` are of the corpora on this machine: see `copies`."""
    found = copies(path)
    return " ".join(
        text.format(names=", ".join(n for n in found if found[n] == state), file=path.name)
        for state, text in _SENTENCES.items()
        if state in found.values()
    )
