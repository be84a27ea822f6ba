"""Options that commands of several topics share."""

import argparse


def add_pair(command: argparse.ArgumentParser) -> None:
    """Let a command run on a source, a target and a task."""
    command.add_argument("--source", default="auto", help="corpus with labels")
    command.add_argument("--target", default="auto", help="corpus whose labels are not used")
    command.add_argument("--task", default="arousal", help="arousal (default) or valence")


def add_features(command: argparse.ArgumentParser) -> None:
    """Let a command choose the feature set."""
    command.add_argument("--features", default="egemaps", help="egemaps (mlp) or logmel (cnn)")
