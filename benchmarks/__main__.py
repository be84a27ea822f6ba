"""`python -m benchmarks`: measure, and write the results beside this file."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from benchmarks import measuring
from ser_utils import datasets
from ser_utils.errors import SerError, SettingError, unknown_name

#: Each benchmark, the corpora it reads and the libraries that `make bench` installs for it.
PARTS = {
    "training": (("ravdess", "emodb"), ("skada", "skorch", "pytorch_adapt")),
    "extraction": (("ravdess",), ()),
    "growth": ((), ()),
    "shortcuts": ((), ()),
    "adversary": (("ravdess", "emodb"), ()),
    "alignments": (("ravdess", "emodb"), ()),
    "parity": ((), ("skada", "skorch", "pytorch_adapt")),
    "waiting": (("ravdess", "emodb"), ("umap",)),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks.

    Parameters
    ----------
    arguments : sequence of str, optional
        As given in a shell; by default those of this process.

    Returns
    -------
    int
        Exit status: 0, 2 if a benchmark cannot run here, 130 if it was interrupted.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed.")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default: all)"
    )
    parser.add_argument("--repetitions", type=int, metavar="N", help="of each (default: 5 to 40)")
    options = parser.parse_args(arguments)
    parts = options.parts or list(PARTS)
    try:
        check(parts, options.repetitions)
        machine = measuring.machine()
        for part in parts:
            print(f"{part} ...", flush=True)
            benchmark = import_module(f"benchmarks.{part}")
            benchmark.run(options.repetitions or benchmark.REPETITIONS, machine)
    except SerError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nbenchmarks: interrupted", file=sys.stderr)
        return 130
    print(f"{measuring.FOLDER / 'README.md'} holds the results.")
    return 0


def check(parts: Sequence[str], repetitions: int | None) -> None:
    """Refuse what cannot be run before anything runs.

    Raises
    ------
    UnknownNameError
        For a benchmark that does not exist.
    SettingError
        For no repetitions, or if a library to compare with is not installed.
    MissingCorpusError
        If a corpus is not on this machine.
    """
    if repetitions is not None and repetitions < 1:
        raise SettingError(f"repetitions is {repetitions}; it has to be at least 1.")
    for part in parts:
        if part not in PARTS:
            raise unknown_name("benchmark", part, PARTS)
        corpora, libraries = PARTS[part]
        missing = [name for name in libraries if find_spec(name) is None]
        if missing:
            raise SettingError(
                f"the benchmark {part!r} needs {', '.join(missing)}, which this environment lacks. "
                "Run `make bench`, which installs them into one of its own."
            )
        for name in corpora:
            datasets.load(name)


if __name__ == "__main__":
    sys.exit(main())
