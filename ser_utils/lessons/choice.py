"""Which two corpora a notebook or a command runs on: chosen, and told to the reader."""

from ser_utils import datasets


def corpora(source: str = "auto", target: str = "auto") -> tuple[str, str]:
    """Choose two corpora, each by name or "auto", as `datasets.choose` does, and print them."""
    source, target = datasets.choose(source, target)
    chosen = [datasets.find(name) for name in (source, target)]
    titles = (" + ".join(corpus.title for corpus in found) for found in chosen)
    print("Source: {}. Target: {}.".format(*titles))
    if any(corpus.prepare for found in chosen for corpus in found):
        print(
            "Synthetic speech stands in for real corpora: it shows the method at work and proves "
            "nothing about it.\n`python -m ser_utils datasets` tells how to get real ones."
        )
    return source, target
