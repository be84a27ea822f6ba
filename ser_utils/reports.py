"""What is kept of an experiment: a table, how it came about, and what a README says of it."""

import inspect
import json
import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ser_utils import __version__, models, training
from ser_utils.alignment import DomainAdversary
from ser_utils.paths import written_whole

#: What encloses the results in a README.
README_MARKS = (
    "<!-- results: written by a command, checked by a test -->",
    "<!-- end of results -->",
)


def write(table: pd.DataFrame, path: Path, settings: dict) -> None:
    """Write a table of results as CSV, and beside it, as JSON, how it came about."""
    about = {
        "command": shlex.join(["python", "-m", "ser_utils", *sys.argv[1:]]),
        "settings": settings,
        "defaults": {
            name: {
                key: parameter.default
                for key, parameter in inspect.signature(function).parameters.items()
                if isinstance(parameter.default, int | float | str | tuple)
            }
            for name, function in {
                "training.fit": training.fit,
                "models.mlp": models.mlp,
                "models.cnn": models.cnn,
                "DomainAdversary": DomainAdversary,
            }.items()
        },
        "versions": {name: version(name) for name in ("numpy", "opensmile", "torch", "torchaudio")}
        | {"ser_utils": __version__, "python": platform.python_version()},
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "date": datetime.now(UTC).date().isoformat(),
    }
    for file, text in (
        (path, table.to_csv(index=False)),
        (path.with_suffix(".json"), json.dumps(about, indent=2) + "\n"),
    ):
        with written_whole(file) as temporary:
            temporary.write_text(text)
    print(f"{path} and {path.with_suffix('.json')} are written.")


def markdown(table: pd.DataFrame) -> str:
    """Write the means over pairs of a first look as a Markdown table, in percent and points."""
    columns = (
        "majority",
        "baseline",
        "DANN",
        "gain [95 %]",
        "pairs that gain",
        "oracle",
        "DANN is",
    )
    lines = ["| task | batch norm | " + " | ".join(columns) + " |", "|---" * 9 + "|"]
    for row in _mean_rows(table):
        scores = [
            f"{100 * row[key]:.1f}"
            for key in ("uar_majority", "baseline", "dann", "oracle_ceiling")
        ]
        gain, low, high = (100 * row[key] for key in ("gain", "gain_low", "gain_high"))
        cells = [row["task"], f"`{row['batch_norm']}`", *scores[:3]]
        cells += [f"{gain:+.1f} [{low:+.1f}, {high:+.1f}]"]
        cells += [f"{row['pairs that gain']} of {row['pairs']}", scores[3], _verdict(low, high)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _mean_rows(table: pd.DataFrame) -> list[dict]:
    """Rows of the means over pairs, with how many pairs there are and how many gain."""
    keys = ["task", "batch_norm"]
    gains = table[table["source"] != "mean"].groupby(keys)["gain"]
    counts = pd.DataFrame(
        {"pairs": gains.size(), "pairs that gain": gains.agg(lambda gain: (gain > 0).sum())}
    )
    means = table[table["source"] == "mean"]
    return means.join(counts, on=keys).to_dict("records")


def _verdict(low: float, high: float) -> str:
    """Say what an interval of the gain says."""
    if low > 0:
        return "better"
    return "**worse**" if high < 0 else "not certain"


def into_readme(readme: str, table: pd.DataFrame) -> str:
    """Put the table of a first look between the marks of a README."""
    before, rest = readme.split(README_MARKS[0])
    _, after = rest.split(README_MARKS[1])
    return f"{before}{README_MARKS[0]}\n\n{markdown(table)}\n\n{README_MARKS[1]}{after}"
