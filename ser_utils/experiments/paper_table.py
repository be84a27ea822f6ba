"""The table of a paper, in Markdown and in LaTeX.

Each function takes what `summary.table` found, or some of its rows; `comparisons` and `standings`
take what the functions of the module `standings` return.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from ser_utils.experiments import summary
from ser_utils.experiments.summary import MEAN
from ser_utils.experiments.systems import System, described
from ser_utils.metrics import NO_INTERVAL, points

_CONDITIONS = ["task", "normalise", "protocol", "features"]


def markdown(table: pd.DataFrame) -> str:
    """Write the table of a paper in Markdown, a section per task, normalisation and protocol."""
    texts = [f"### {title}\n\n{_in_markdown(cells)}" for title, cells in _sections(table)]
    return "\n\n".join([*texts, _notes(table)]) + "\n"


def latex(table: pd.DataFrame) -> str:
    r"""Write the table of a paper in LaTeX, with a float per section; it needs booktabs."""
    texts = []
    for title, cells in _sections(table):
        printed = cells.map(_in_latex).rename(columns=_in_latex)
        first = printed.columns[0]
        begins = printed[first] != printed[first].shift(fill_value=printed[first].iloc[0])
        printed[first] = np.where(begins, r"\midrule ", "") + printed[first]
        small = {"selector": "footnotesize", "props": [("", "")]}
        style = printed.style.hide(axis="index").set_table_styles([small])
        text = style.to_latex(
            caption=_in_latex(f"{title}. {_notes(table)}"),
            column_format="ll" + "r" * (len(cells.columns) - 2),
            environment="table*",
            hrules=True,
            position_float="centering",
        )
        texts.append(text)
    return "\n".join(texts)


def overview(table: pd.DataFrame) -> str:
    """Write means over pairs in Markdown, of the first normalisation, statistics and protocol."""
    systems = summary.compared_in(table)
    table = summary.first_conditions(table)
    lines = []
    for row in table[table["source"] == MEAN].to_dict("records"):
        worse_or_not = "**worse**" if row["gain_high"] < 0 else "not certain"
        line = {
            "task": "both" if row["task"] == MEAN else row["task"],
            "batch norm": f"`{row['batch_norm']}`",
            **_scores(row, *systems),
            "gain [95 %]": _with_interval(row, "gain"),
            "with pairs drawn too": _interval(row, "gain", "_pairs"),
            "pairs that gain": f"{row['pairs_that_gain']} of {row['pairs']}",
            "ceiling": _percent(row["ceiling"]),
            f"{systems[1].title} is": "better" if row["gain_low"] > 0 else worse_or_not,
        }
        lines.append(line)
    return f"{_in_markdown(pd.DataFrame(lines))}\n\n{summary.without_interval(table)}".rstrip()


def comparisons(told: Mapping[str, Mapping]) -> str:
    """Write in Markdown the comparisons of `standings.headline`, over all tasks and by task."""
    titles = {
        "paper": "DANN by rule, over source-only training with ordinary batch norm",
        "same_batch_norm": "DANN by rule, over the same without an adversary",
        "free_opponent": "DANN by rule, over the best of the free opponents",
        "auc": "the first comparison, in AUC",
    }
    lines = []
    for name, title in titles.items():
        of = told[name]
        for task, row in {"both": of, **of["tasks"]}.items():
            low, high, low_pairs, high_pairs = (
                None if row[bound] is None else points(row[bound] / 100)
                for bound in ("low", "high", "low_pairs", "high_pairs")
            )
            line = {
                "comparison": title if task == "both" else "",
                "task": task,
                "gain [95 %]": points(row["gain"] / 100) + f" [{low}, {high}]" * (low is not None),
                "with pairs drawn too": "" if low_pairs is None else f"[{low_pairs}, {high_pairs}]",
                "pairs that gain": f"{row['pairs_that_gain']} of {row['pairs']}",
            }
            lines.append(line)
    return _in_markdown(pd.DataFrame(lines))


def standings(table: pd.DataFrame) -> str:
    """Write in Markdown where each system stands, as from `standings.table`."""
    lines = []
    for row in table.to_dict("records"):
        has_gain = not np.isnan(row["gain"])
        interval, with_pairs = (
            ""
            if np.isnan(row[f"low{of}"])
            else f"[{points(row[f'low{of}'] / 100)}, {points(row[f'high{of}'] / 100)}]"
            for of in ("", "_pairs")
        )
        line = {
            "system": described(row["method"]).title,
            "normalisation": row["normalise"],
            "batch norm": row["batch_norm"],
            "UAR": f"{row['uar']:.1f}",
            "gain [95 %]": f"{points(row['gain'] / 100)} {interval}".rstrip() if has_gain else "",
            "with pairs drawn too": with_pairs,
            "pairs that gain": f"{row['pairs_that_gain']:.0f} of {row['pairs']:.0f}" * has_gain,
            "AUC": f"{row['auc']:.1f}",
            "UAR at the median": f"{row['uar_median']:.1f}",
            "probe": _percent(row["language_accuracy"] / 100),
        }
        lines.append(line)
    missing = (table["gain"].notna() & table["low"].isna()).any()
    note = f"{NO_INTERVAL.capitalize()} in a target." if missing else ""
    return f"{_in_markdown(pd.DataFrame(lines))}\n\n{note}".rstrip()


def _in_markdown(cells: pd.DataFrame) -> str:
    return cells.to_markdown(index=False, disable_numparse=True)


def _sections(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield tables to print, each with its title. Cells are Markdown; two columns are no numbers.

    Rows that belong together are alike in their first cell.
    """
    systems = summary.compared_in(table)
    for names, part in table.groupby(_CONDITIONS, sort=False):
        blocks = part.groupby(["batch_norm", "statistics"], sort=False)
        rows = [_compared(row, systems) for _, block in blocks for row in block.to_dict("records")]
        paper = {"pair": f"paper: {summary.PAPER}", "gain [95 %]": f"+{summary.PAPER_GAIN}"}
        yield _title(*names), pd.DataFrame([*rows, paper]).fillna("")
    if {"none"} < set(table["batch_norm"]):
        rows = [
            _over_no_batch_norm(_title(*names), row, systems[1])
            for names, part in table[table["source"] == MEAN].groupby(_CONDITIONS, sort=False)
            for row in part.to_dict("records")
        ]
        title = f"{systems[1].title} with and without batch norm, means over pairs"
        yield title, pd.DataFrame(rows)


def _title(task: str, normalise: str, protocol: str, features: str) -> str:
    task = "mean over tasks" if task == MEAN else task
    return f"{task}: {normalise} normalisation, {protocol}, {features}"


def _scores(row: dict, *systems: System) -> dict[str, str]:
    return {system.title: _percent(row[system.name]) for system in systems}


def _compared(row: dict, systems: Sequence[System]) -> dict[str, str]:
    """Cells of a pair, or of the mean over pairs."""
    pair, bold = f"{row['source']} → {row['target']}", ""
    if row["source"] == MEAN:
        pair, bold = f"mean, {row['pairs_that_gain']} of {row['pairs']} gain", "**"
    closed = row["gap_closed"]
    return {
        "batch norm": _composition(row),
        "pair": f"{bold}{pair}{bold}",
        **_scores(row, *systems),
        "gain [95 %]": f"{bold}{_with_interval(row, 'gain')}{bold}",
        "pairs drawn too": _interval(row, "gain", "_pairs"),
        "p": "" if np.isnan(row["wilcoxon_p"]) else f"{row['wilcoxon_p']:.3f}",
        "ceiling": _percent(row["ceiling"]),
        "gap closed": "" if np.isnan(closed) else f"{round(100 * closed)} %",
        "gain in accuracy [95 %]": _with_interval(row, "accuracy_gain"),
    }


def _over_no_batch_norm(title: str, row: dict, system: System) -> dict[str, str]:
    """Cells of a mean over pairs, beside that of a system without batch norm."""
    shown = row["batch_norm"] != "none"
    return {
        "task, normalisation, protocol, features": title,
        "batch norm": _composition(row),
        **_scores(row, system),
        f"over {system.title} without batch norm [95 %]": (
            _with_interval(row, "batch_norm_gain") if shown else ""
        ),
        "pairs drawn too": _interval(row, "batch_norm_gain", "_pairs") if shown else "",
    }


def _composition(row: dict) -> str:
    return f"`{row['batch_norm']}`" + ", target statistics" * (row["statistics"] == "target")


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f"{100 * share:.1f}"


def _interval(row: dict, name: str, of: str = "") -> str:
    low, high = row[f"{name}_low{of}"], row[f"{name}_high{of}"]
    return "" if np.isnan(low) else f"[{points(low)}, {points(high)}]"


def _with_interval(row: dict, name: str) -> str:
    return "" if np.isnan(row[name]) else f"{points(row[name])} {_interval(row, name)}".rstrip()


def _in_latex(text: str) -> str:
    text = re.sub(r"([%_&#$])", r"\\\1", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"\\textbf{\1}", text)
    text = re.sub(r"`(.+?)`", r"\\texttt{\1}", text)
    text = re.sub(r"(?<!\w)[+-]\d+(\.\d+)?", r"$\g<0>$", text)
    return text.replace("→", r"$\to$")


def _notes(table: pd.DataFrame) -> str:
    """Say what the numbers are, and what each interval resamples."""
    few, many = table["seeds"].min(), table["seeds"].max()
    seeds = f"{few if few == many else f'{few} to {many}'} seed{'s' if many > 1 else ''}"
    first, gain = summary.compared_in(table)[0].title, summary.gain_of(table, "minus")
    return (
        f"UAR on the target in percent, means over {seeds}; chance is 50. Gain: {gain} under the "
        "same batch norm, in points. [95 %]: paired bootstrap over target speakers and seeds, for "
        "these pairs. Pairs drawn too: the same, and over ordered pairs. p: two-sided Wilcoxon "
        "signed-rank test of the gains of the pairs. The last two take pairs that share corpora as "
        "independent, so they promise too much. Ceiling: an oracle trained on labels of other "
        f"target speakers. Gap closed: gain divided by ceiling minus {first}, where there is such "
        "a gap. Paper: its average absolute improvement for arousal and valence, on corpora and by "
        "a measure that are not public, hence accuracy beside UAR. "
        f"{summary.without_interval(table)}"
    ).rstrip()
