"""The commands of `python -m ser_utils`, a module per topic; here, the options that they share.

Each of these modules has a function `add` for the parsers of its commands, and a function that
runs each of them. These import what they need themselves, so that help and mistakes answer at once.
`terminal` is about all commands: text that can be shown, and signals that end them.
"""

import argparse
import os
from pathlib import Path

from ser_utils.errors import ON_ERROR


def add_pair(command: argparse.ArgumentParser) -> None:
    """Let a command run on a source, a target and a task, and leave bad files out."""
    command.add_argument("--source", default="auto", help="corpus with labels")
    command.add_argument("--target", default="auto", help="corpus whose labels are not used")
    command.add_argument("--task", default="arousal", help="arousal (default) or valence")
    add_on_error(command)


def add_features(command: argparse.ArgumentParser) -> None:
    """Let a command choose the feature set."""
    command.add_argument("--features", default="egemaps", help="egemaps (mlp) or logmel (cnn)")


def add_on_error(command: argparse.ArgumentParser) -> None:
    """Let a command that reads recordings leave bad ones out."""
    command.add_argument(
        "--on-error",
        type=_on_error,
        default=os.environ.get("ON_ERROR") or "raise",
        metavar="{raise,skip}",
        help="at a bad file: stop, or leave it out and say so (default: ON_ERROR, else raise)",
    )


def _on_error(value: str) -> str:
    if value not in ON_ERROR:
        raise argparse.ArgumentTypeError(f"{value!r} is neither raise nor skip")
    return value


def file_name(value: str) -> Path:
    """Read the argument of an option that names a file to write: a name, and of no folder."""
    path = Path(value)
    if not path.name or path.is_dir():
        raise argparse.ArgumentTypeError(f"{value!r} is no name for a file")
    return path
