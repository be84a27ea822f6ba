"""What tells two corpora apart by itself: the channel that an adversary meets before language."""

import pandas as pd

from ser_utils.datasets.audit.finding import NOTE, Case, Finding
from ser_utils.datasets.audit.measures import MEASURES, median, tell

#: A measure tells corpora apart if so many files are told, as a mean of both; 0.5 is chance.
TELLS = 0.75


def compare(rows: pd.DataFrame, sides: pd.Series) -> tuple[pd.DataFrame, list[Finding]]:
    """Measure how well each trivial measure tells two corpora apart, on speakers it did not learn.

    Parameters
    ----------
    rows : DataFrame
        Descriptions of the files of both; a file without a `speaker` is a speaker of its own.
    sides : Series
        The name of the corpus of each file.

    Returns
    -------
    measures : DataFrame
        By measure, its median in either corpus, and the share of files that it tells apart.
    findings : list of Finding
        At most one, of the measures that tell `TELLS` or more.
    """
    speakers = rows["speaker"].fillna(rows["path"]) if "speaker" in rows else rows["path"]
    names = list(dict.fromkeys(sides))
    parts = [rows[sides == name] for name in names]
    table, cases = [], []
    for name, measure in MEASURES.items():
        share = tell(name, rows, sides, speakers).uar[0] if rows[name].nunique() > 1 else 0.5
        medians = [median(name, part[name]) for part in parts]
        table.append([measure.title, *medians, share])
        if share >= TELLS:
            text = f"{measure.title}: {medians[0]} and {medians[1]} in the median; "
            cases.append(Case(f"{text}{share:.0%} told apart", []))
    measures = pd.DataFrame(table, columns=["measure", *names, "told apart"])
    measures = measures.sort_values("told apart", ascending=False, kind="stable")
    if not cases:
        return measures, []
    what = f"measures that tell {names[0]} from {names[1]} by themselves: {len(cases)}"
    mend = "An adversary meets this before it meets language: normalise each corpus by itself "
    mend += '(normalise="dataset"), or bring both to one bandwidth, noise and silence.'
    return measures, [Finding(NOTE, what, mend, cases)]
