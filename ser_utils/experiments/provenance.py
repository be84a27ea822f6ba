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
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from joblib import cpu_count

from ser_utils import __version__, datasets, features, settings
from ser_utils.errors import AudioError, MissingCorpusError, ResultsError, UnknownNameError
from ser_utils.experiments.streamed import refused
from ser_utils.files import data_folder, write_text

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
    """Tell a copy of a corpus from another: count `files`, and `digest` what they hold.

    They are those in the column `path`, wherever they lie and whatever they are called, but for
    those that cannot be read.
    """
    with ThreadPoolExecutor(cpu_count()) as threads:  # hashing releases the interpreter lock
        contents = sorted(filter(None, threads.map(_content, table["path"].unique())))
    digest = hashlib.sha256("\n".join(contents).encode()).hexdigest()
    return {"files": len(contents), "digest": digest}


def _content(path: str) -> str | None:
    try:
        return features.content_digest(path)
    except AudioError:  # one of the files that are skipped, or else extraction tells
        return None


def describe(
    chosen: Mapping,
    corpora: Mapping[str, pd.DataFrame],
    skipped: Mapping[str, Sequence[str]] = {},
) -> dict:
    """Describe how a table comes about: by this command, these settings, and corpora by name.

    `skipped` is what was wrong with the files of each corpus that were left out.
    """
    # Seen from the folder of the corpora, which is another one on another machine.
    notes = {
        name: {"skipped": [_portable(message) for message in messages]}
        for name, messages in skipped.items()
        if messages
    }
    about = {
        "command": command(),
        "settings": chosen,
        "corpora": {name: fingerprint(t) | notes.get(name, {}) for name, t in corpora.items()},
        "hyper_parameters": settings.as_dict(),
        "versions": {name: version(name) for name in ("numpy", "opensmile", "torch", "torchaudio")}
        | {"ser_utils": __version__, "python": platform.python_version()},
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "date": datetime.now(UTC).date().isoformat(),
    }
    return json.loads(json.dumps(about))


def command() -> str:
    """Return the command that is running."""
    return shlex.join(["python", "-m", "ser_utils", *sys.argv[1:]])


def _portable(message: str) -> str:
    """Write paths from the folder of the corpora on, with slashes also on Windows."""
    return message.replace(f"{data_folder()}{os.sep}", "").replace(os.sep, "/")


def write(path: Path, about: dict) -> None:
    """Write beside the table `path`, which need not exist yet, how it comes about."""
    write_text(path.with_suffix(".json"), json.dumps(about, indent=2) + "\n")


def read(path: Path) -> dict:
    """Return how a stored table came about; raise `ResultsError` if it does not tell."""
    try:
        text = path.with_suffix(".json").read_text(encoding="utf-8")
        about = {"corpora": {}} | json.loads(text)
        if not {"settings", "hyper_parameters"} <= about.keys():
            raise ValueError("it lacks them")
        return about
    except (OSError, ValueError, TypeError) as error:
        raise refused(
            f"{path.with_suffix('.json')} does not tell under which settings {path.name} was begun "
            f"({error})."
        ) from error


def check_same(path: Path, about: dict) -> bool:
    """Refuse to go on with the table `path` if it was begun otherwise than `about` describes.

    That, or JSON beside it that cannot be read, raises `ResultsError`. Returns False if the table
    is there and does not tell on which copies of the corpora it was begun.
    """
    if not path.exists():
        return True
    before = read(path)
    begun, now = before["hyper_parameters"], about["hyper_parameters"]
    changed = [name for name in begun | now if begun.get(name) != now.get(name)]
    if changed:
        texts = (f"{name} {begun.get(name)} -> {now.get(name)}" for name in changed)
        raise refused(f"{path} was begun under other settings ({', '.join(texts)}).")
    begun, now = before["corpora"], about["corpora"]
    changed = [name for name in begun if name in now and begun[name] != now[name]]
    if changed:
        texts = (
            f"{name}: {begun[name]['files']} files{_without(begun[name])} -> "
            f"{now[name]['files']} others{_without(now[name])}"
            for name in changed
        )
        raise refused(f"{path} was begun on other copies of its corpora ({', '.join(texts)}).")
    return bool(begun)


def _without(corpus: Mapping) -> str:
    return f" but for {len(corpus['skipped'])}" if "skipped" in corpus else ""


def left_out(path: Path) -> str:
    """Name the bad files that a stored table was made without: a line per corpus, if it has any."""
    try:
        about = read(path)
    except ResultsError:
        return ""
    return "".join(
        f"Left out of {name} ({len(corpus['skipped'])}): {' '.join(corpus['skipped'])}\n"
        for name, corpus in about["corpora"].items()
        if "skipped" in corpus
    )


def copies(path: Path) -> dict[str, str]:
    """Compare each corpus of a stored table with the copy that is on this machine.

    It is "same", "other", "unknown" if the table does not tell of which copy it is, or "absent" if
    there is none here. Raises `ResultsError` if the provenance of the table cannot be read.
    """
    about = read(path)
    found = {}
    for name in about["settings"]["datasets"]:
        known = about["corpora"].get(name)
        if known is None:
            found[name] = "unknown"
            continue
        try:
            here = fingerprint(datasets.load(name, on_error="skip"))
            found[name] = "same" if here.items() <= known.items() else "other"
        except (MissingCorpusError, UnknownNameError):
            found[name] = "absent"
    return found


def sentence(path: Path) -> str:
    """Say whether the results in `path` are of the corpora on this machine: see `copies`."""
    try:
        found = copies(path)
    except ResultsError:
        return f"It is not known on which recordings the results in {path.name} were computed."
    sentences = [
        text.format(names=", ".join(n for n in found if found[n] == state), file=path.name)
        for state, text in _SENTENCES.items()
        if state in found.values()
    ]
    return " ".join([*sentences, changed_since(path)]).rstrip()


def changed_since(path: Path) -> str:
    """Say which hyper-parameters differ from those of a stored table; nothing if none does."""
    then, now = read(path)["hyper_parameters"], settings.as_dict()
    changed = [
        f"{name} ({then.get(name, 'not there yet')} -> {now[name]})"
        for name in now
        if then.get(name) != json.loads(json.dumps(now[name]))
    ]
    told = f"Settings have changed since {path.name} was computed: {', '.join(changed)}."
    return told if changed else ""
