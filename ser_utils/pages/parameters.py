"""What the notebooks run on: the parameters of their first code cell."""

import warnings
from dataclasses import dataclass

import pandas as pd

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

    A `DomainError` is raised for a corpus without emotions and for two that nothing can be trained
    on or that are too small for a map, others as by `datasets.load`.
    """
    if task not in labels.TASKS:
        raise unknown_name("task", task, labels.TASKS)
    # The notebooks load them again, and show their warnings.
    with warnings.catch_warnings(action="ignore", category=SerWarning):
        names = datasets.choose(source, target)
        # Those built in have all that is needed, and are rendered when they are.
        if not all(corpus.prepare for name in names for corpus in datasets.find(name)):
            _check(*(datasets.load(name, on_error) for name in names), task)
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


def _check(source: pd.DataFrame, target: pd.DataFrame, task: str) -> None:
    # Heavy, and mistakes in names answer at once.
    from ser_utils.embeddings.projection import NEIGHBOURS
    from ser_utils.experiments.grid import check_pair

    for name, rows in pd.concat([source, target]).groupby("dataset"):
        if (rows["emotion"] == labels.NO_EMOTION).all():
            raise DomainError(
                f"{name!r} has no emotions, but ratings only, and here utterances are labelled by "
                "emotion. Choose another corpus, or use this one in Python, where "
                "domains.pair(..., scheme=THRESHOLD) labels by ratings."
            )
    pair = check_pair(source, target, task)
    if (n := len(pair.source) + len(pair.evaluation)) <= NEIGHBOURS:
        raise DomainError(
            f"{pair.source.dataset} and {pair.evaluation.dataset} have {n} utterances, and maps of "
            f"their embeddings need more than {NEIGHBOURS}: record more, or choose larger corpora."
        )
