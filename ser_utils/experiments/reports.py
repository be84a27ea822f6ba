"""How a stored table came about, beside it; and tables within a README."""

import json
import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ser_utils import __version__, settings
from ser_utils.errors import ResultsError
from ser_utils.files import written_whole

#: What encloses the results in a README.
README_MARKS = (
    "<!-- results: written by a command, checked by a test -->",
    "<!-- end of results -->",
)


def write(table: pd.DataFrame, path: Path, about: dict) -> None:
    """Write a table of results as CSV, and beside it, as JSON, how it came about."""
    with written_whole(path) as temporary:
        temporary.write_text(table.to_csv(index=False))
    write_provenance(path, about)
    print(f"{path} and {path.with_suffix('.json')} are written.")


def write_provenance(path: Path, about: dict) -> None:
    """Write beside the table `path`, as JSON, how it comes about.

    Parameters
    ----------
    path : Path
        Of the table, which need not exist yet.
    about : dict
        What to say besides command, hyper-parameters, versions, machine and date.
    """
    about = {
        "command": shlex.join(["python", "-m", "ser_utils", *sys.argv[1:]]),
        **about,
        "hyper_parameters": settings.as_dict(),
        "versions": {name: version(name) for name in ("numpy", "opensmile", "torch", "torchaudio")}
        | {"ser_utils": __version__, "python": platform.python_version()},
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "date": datetime.now(UTC).date().isoformat(),
    }
    with written_whole(path.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(about, indent=2) + "\n")


def check_same_settings(path: Path) -> None:
    """Refuse to go on with a table that was begun under other hyper-parameters.

    Raises
    ------
    ResultsError
        If `path` exists, and the JSON beside it names others or cannot be read.
    """
    if not path.exists():
        return
    try:
        before = json.loads(path.with_suffix(".json").read_text())["hyper_parameters"]
    except (OSError, ValueError, KeyError) as error:
        raise ResultsError(
            f"{path} exists, but {path.with_suffix('.json').name} does not tell under which "
            "settings it was begun. Choose another --out, or move the file away."
        ) from error
    now = json.loads(json.dumps(settings.as_dict()))
    other = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if other:
        changed = ", ".join(f"{name} {before.get(name)} -> {now.get(name)}" for name in other)
        raise ResultsError(
            f"{path} was begun under other settings ({changed}). Choose another --out, or move the "
            "file away."
        )


def into_readme(readme: str, text: str) -> str:
    """Put `text` between the marks of a README."""
    before, rest = readme.split(README_MARKS[0])
    _, after = rest.split(README_MARKS[1])
    return f"{before}{README_MARKS[0]}\n\n{text}\n\n{README_MARKS[1]}{after}"
