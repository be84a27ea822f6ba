"""`python -m ser_utils`, or `ser-utils` for short: the commands of the project."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ser_utils.commands import corpora, doctor, experiments, notebooks, systems, terminal
from ser_utils.errors import SerError


@terminal.courteous
def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        As given in a shell; by default those of this process.

    Returns
    -------
    int
        Exit status: 0, 1 if a notebook or a download failed or a check found something, 2 if a
        corpus has errors or the command cannot be carried out as it was given, 128 and its number
        if a signal ended it: 130 after Ctrl-C, 141 where nobody reads the output any more.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser().parse_args(arguments)
        return options.run(options) or 0
    except SerError as error:
        print(f"ser_utils: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    called = Path(sys.argv[0]).stem
    prog = called if called == "ser-utils" else "python -m ser_utils"
    parser = argparse.ArgumentParser(prog=prog, description="Run a command.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for topic in (corpora, systems, notebooks, experiments, doctor):
        topic.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
