"""What the benchmarks share: runs in shuffled order, ratios, the machine, tables in README.md."""

import contextlib
import os
import platform
import time
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ser_utils import settings
from ser_utils.domains import Pair
from ser_utils.experiments import provenance
from ser_utils.files import write_text

FOLDER = Path(__file__).resolve().parent
#: Order in which the systems of a repetition run.
ORDER_SEED = 0
PACKAGES = (
    *("ser-utils", "torch", "skada", "skorch", "pytorch-adapt", "opensmile", "numpy", "pandas"),
    *("umap-learn", "numba", "matplotlib"),
)


def alternate(
    systems: dict[Hashable, Callable[[int], object]], repetitions: int
) -> tuple[pd.DataFrame, dict[Hashable, list]]:
    """Run every system once per repetition, in an order drawn anew each time.

    Other work of the machine then disturbs all systems alike, and none always follows another.

    Parameters
    ----------
    systems : dict
        From a name to a function of the number of the repetition.
    repetitions : int

    Returns
    -------
    timings : pd.DataFrame
        One row per run: `repetition`, `position` in the order, `system` and `seconds` by the clock.
    results : dict of list
        By system, what its function returned in each repetition.
    """
    rng = np.random.default_rng(ORDER_SEED)
    rows, results = [], {name: [] for name in systems}
    for repetition in tqdm(range(repetitions), unit="repetition", leave=False):
        for position, index in enumerate(rng.permutation(len(systems))):
            name = list(systems)[index]
            start = time.perf_counter()
            results[name].append(systems[name](repetition))
            seconds = time.perf_counter() - start
            rows.append((repetition, position, name, seconds))
    return pd.DataFrame(rows, columns=["repetition", "position", "system", "seconds"]), results


def trainings(
    name: str,
    pair: Pair,
    systems: dict[Hashable, Callable[[int], object]],
    repetitions: int,
    machine: dict,
    report: Callable[[pd.DataFrame], str],
) -> None:
    """Time trainings on a pair under `joint`, and write the benchmark `name`.

    Parameters
    ----------
    systems : dict
        From a name to a function that trains by the number of the repetition, its seed.
    report : callable
        From the timings of `alternate` to the text for README.md.
    """
    for train in systems.values():  # imports and first calls
        train(0)
    timings, _ = alternate(systems, repetitions)
    text = f"{pair}, batch norm `joint`, {repetitions} seeds.\n\n{report(timings)}"
    about = {"pair": str(pair), "repetitions": repetitions, "machine": machine}
    write(name, timings, text, settings.as_dict() | about)


def medians(timings: pd.DataFrame) -> pd.Series:
    """Return the median seconds of each system."""
    return timings.groupby("system", sort=False)["seconds"].median()


def ratio(timings: pd.DataFrame, slower: Hashable, faster: Hashable) -> float:
    """Median over repetitions of how many times as long one system takes as the other.

    Each ratio is of two runs of one repetition, so that slow minutes of the machine cancel.
    """
    seconds = timings.pivot(index="repetition", columns="system", values="seconds")
    return float((seconds[slower] / seconds[faster]).median())


def against(bar: float, measured: float) -> str:
    """Say whether a ratio reaches the bar that was set for it."""
    return f"The bar of {bar:g} is {'reached' if measured >= bar else '**missed**'}."


def markdown(columns: list[str], rows: list[list]) -> str:
    """Write a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def machine() -> dict:
    """Describe the machine, how busy it is, and the versions of what is measured."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": _versions(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _versions() -> dict[str, str]:
    """Versions of what is installed: a library is needed by the benchmark that measures it."""
    versions = {}
    for name in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _processor() -> str:
    """Model of the processor; only Linux tells it in a file."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def describe(machine: dict) -> str:
    """Tell in a line what `machine` found."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"Measured on {machine['date']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}, load {machine['load']:g} when the benchmarks began; "
        f"Python {machine['python']}, {versions}."
    )


def write(name: str, runs: pd.DataFrame, text: str, about: dict, folder: Path = FOLDER) -> None:
    """Keep a benchmark: its runs as CSV, its circumstances as JSON, its text in README.md.

    Parameters
    ----------
    name : str
        Of the benchmark: of its files, and of its marks in README.md.
    runs : pd.DataFrame
        One row per run.
    text : str
        Markdown, to stand between the marks.
    about : dict
        The settings, and the `machine`.
    folder : Path
        Holds README.md.
    """
    readme = folder / "README.md"
    block = f"{text}\n\n{describe(about['machine'])}"
    contents = {
        folder / f"{name}.csv": runs.to_csv(index=False, float_format="%.6g"),
        readme: between_marks(readme.read_text(encoding="utf-8"), name, block),
    }
    for path, content in contents.items():
        write_text(path, content)
    provenance.write(folder / f"{name}.csv", about)


def between_marks(readme: str, name: str, block: str) -> str:
    """Put `block` between the marks of the benchmark `name`."""
    start, end = f"<!-- {name}: written by make bench -->", f"<!-- end of {name} -->"
    before, rest = readme.split(start)
    _, after = rest.split(end)
    return f"{before}{start}\n\n{block}\n\n{end}{after}"
