"""What the notebooks run on: the parameters of their first code cell."""

import warnings
from dataclasses import dataclass

from ser_utils import datasets, features, labels
from ser_utils.errors import DomainError, SerWarning, unknown_name
from ser_utils.lessons import choice


@dataclass(frozen=True)
class Parameters:
    """Names of the corpora and of the task, and what to do at a bad file."""

    source: str
    target: str
    task: str
    on_error: str = "raise"

    @property
    def synthetic(self) -> bool:
        """Whether a corpus is synthetic speech."""
        return any(name.startswith("synthetic") for name in (self.source, self.target))


def resolve(
    source: str = "auto", target: str = "auto", task: str = "arousal", on_error: str = "raise"
) -> Parameters:
    """Check what the notebooks are to run on, before anything runs, and print what it is.

    A `DomainError` is raised for a corpus without emotions, others as by `datasets.load`.
    """
    if task not in labels.TASKS:
        raise unknown_name("task", task, labels.TASKS)
    for name in (source, target):
        for corpus in datasets.find(name) if name != "auto" else ():
            if not corpus.prepare:  # those built in have emotions, and are rendered when needed
                _require_emotions(corpus.name, on_error)
    parameters = Parameters(*choice.corpora(source, target), task, on_error)
    print(f"Task: {task}.")
    return parameters


def left_out(parameters: Parameters) -> dict[str, list[str]]:
    """Extract the features of both corpora, and return what was wrong with the files left out.

    What cannot be left out raises an error, as of `features.of_corpus`, before any notebook runs.
    """
    return {
        name: features.of_corpus(name, on_error=parameters.on_error).skipped
        for name in (parameters.source, parameters.target)
    }


def _require_emotions(name: str, on_error: str) -> None:
    # The notebooks load it again, and show its warnings.
    with warnings.catch_warnings(action="ignore", category=SerWarning):
        table = datasets.load(name, on_error)
    if (table["emotion"] == labels.NO_EMOTION).all():
        raise DomainError(
            f"{name!r} has no emotions, but ratings only, and here utterances are labelled by "
            "emotion. Choose another corpus, or use this one in Python, where "
            "domains.pair(..., scheme=THRESHOLD) labels by ratings."
        )
