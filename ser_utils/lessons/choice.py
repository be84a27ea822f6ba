"""What a notebook or a command runs on: which corpora, and which emotions to listen to."""

from collections.abc import Sequence

import pandas as pd

from ser_utils import datasets

#: Emotions in the order in which a listener is offered them: lively ones, others, calm ones.
_LIVELY, _CALM = (
    ("anger", "happiness", "fear", "surprise"),
    ("sadness", "neutral", "boredom", "calm"),
)


def corpora(source: str = "auto", target: str = "auto") -> tuple[str, str]:
    """Choose two corpora, each by name or "auto", as `datasets.choose` does, and print them."""
    source, target = datasets.choose(source, target)
    chosen = [datasets.find(name) for name in (source, target)]
    titles = (" + ".join(corpus.title for corpus in found) for found in chosen)
    print("Source: {}. Target: {}.".format(*titles))
    if any(corpus.prepare for found in chosen for corpus in found):
        print(
            "Synthetic speech stands in for real corpora: it shows the method at work and proves "
            "nothing about it.\n`make data`, or `ser-utils data`, downloads two real ones."
        )
    return source, target


def third(source: str, target: str) -> str | None:
    """Choose a corpus of another language than those two, or None if there is none here.

    Beside synthetic speech it is synthetic, beside real speech real.
    """
    pair = [*datasets.find(source), *datasets.find(target)]
    kind, languages = bool(pair[-1].prepare), {corpus.language for corpus in pair}
    for name in datasets.available():
        (corpus,) = datasets.find(name)
        if bool(corpus.prepare) == kind and corpus.language not in languages:
            return name
    return None


def liveliest(*tables: pd.DataFrame) -> list[str]:
    """Choose an excited emotion that all corpora have, or else the liveliest of each."""
    return _first(tables, _LIVELY, (*_LIVELY, "disgust", *reversed(_CALM)))


def calmest(*tables: pd.DataFrame) -> list[str]:
    """Choose a quiet emotion that all corpora have, or else the calmest of each."""
    return _first(tables, _CALM, (*_CALM, "disgust", *reversed(_LIVELY)))


def _first(
    tables: Sequence[pd.DataFrame], wanted: Sequence[str], order: Sequence[str]
) -> list[str]:
    of_tables = [set(table["emotion"]) for table in tables]
    shared = [word for word in wanted if all(word in own for own in of_tables)]
    return [next(word for word in (*shared, *order) if word in own) for own in of_tables]
