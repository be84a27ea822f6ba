"""The findings on several corpora, and between each two of them, as one document."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from ser_utils.datasets import audit

#: Measures that are named for a pair.
BEST = 3
PAGE = """# Audit

What `python -m ser_utils audit {names}` found.

{reports}

### Between corpora

How many files each measure alone assigns to their corpus, of speakers that it did not learn (the
mean of both corpora; chance is 50%).

{pairs}
"""


def write(names: Sequence[str], on_error: str = "raise") -> str:
    """Check corpora and compare each two; in Markdown. Errors are those of `audit.check`."""
    reports = [audit.check(name, on_error=on_error) for name in names]
    rows = []
    for report, other in combinations(reports, 2):
        measures = audit.compare(report, other).sections()["between"].head(BEST)
        told = zip(measures["measure"], measures["told apart"], strict=True)
        best = ", ".join(f"{measure} {share:.0%}" for measure, share in told)
        rows.append([report.name, other.name, best])
    pairs = pd.DataFrame(rows, columns=["corpus", "other", "told apart best by"])
    return PAGE.format(
        names=" ".join(names),
        reports="\n\n".join(report.markdown() for report in reports),
        pairs=pairs.to_markdown(index=False),
    )
