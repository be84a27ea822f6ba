"""The table of a paper, in Markdown and in LaTeX, of what `summary.table` found."""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from ser_utils.experiments.summary import MEAN, PAPER, PAPER_GAIN, first_conditions
from ser_utils.metrics import points


def markdown(table: pd.DataFrame) -> str:
    """Write the table of a paper in Markdown: a section a task, normalisation and protocol.

    Parameters
    ----------
    table : pd.DataFrame
        From `table`, or some of its cells.
    """
    texts = []
    for section in _sections(table):
        header, *rows = (f"| {' | '.join(cells)} |" for cells in section.lines())
        rule = "|---" * len(section.header) + "|"
        texts.append("\n".join([f"### {section.title}\n", header, rule, *rows]))
    return "\n\n".join([*texts, _notes(table)]) + "\n"


def latex(table: pd.DataFrame) -> str:
    r"""Write the table of a paper in LaTeX, a float a section; it needs the package booktabs.

    Parameters
    ----------
    table : pd.DataFrame
        From `table`, or some of its cells.
    """
    texts = []
    for section in _sections(table):
        header, *rows = (" & ".join(map(_in_latex, cells)) + r" \\" for cells in section.lines())
        for end in itertools.accumulate(map(len, section.blocks[:-1])):
            rows[end - 1] += r" \midrule"
        columns = "l" * section.names + "r" * (len(section.header) - section.names)
        texts += [
            r"\begin{table*}\centering\footnotesize",
            rf"\caption{{{_in_latex(f'{section.title}. {_notes(table)}')}}}",
            rf"\begin{{tabular}}{{{columns}}} \toprule",
            rf"{header} \midrule",
            *rows,
            r"\bottomrule \end{tabular}",
            r"\end{table*}",
            "",
        ]
    return "\n".join(texts)


def overview(table: pd.DataFrame) -> str:
    """Write the means over pairs in Markdown, of the first normalisation, statistics and protocol.

    Parameters
    ----------
    table : pd.DataFrame
        From `summary.table`.
    """
    header = ("task", "batch norm", "baseline", "DANN", "gain [95 %]", "with pairs drawn too")
    header += ("pairs that gain", "ceiling", "DANN is")
    rows = [header, ("---",) * len(header)]
    for row in first_conditions(table[table["source"] == MEAN]).to_dict("records"):
        low, high = row["gain_low"], row["gain_high"]
        verdict = "better" if low > 0 else "**worse**" if high < 0 else "not certain"
        rows.append(
            (
                "both" if row["task"] == MEAN else row["task"],
                f"`{row['batch_norm']}`",
                _percent(row["baseline"]),
                _percent(row["dann"]),
                _with_interval(row, "gain"),
                _interval(row["gain_low_pairs"], row["gain_high_pairs"]),
                f"{row['pairs_that_gain']} of {row['pairs']}",
                _percent(row["ceiling"]),
                verdict,
            )
        )
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


class _Section(NamedTuple):
    """A table to print. Cells are Markdown; `blocks` are rows that belong together."""

    title: str
    header: tuple[str, ...]
    names: int  # columns of text, before those of numbers
    blocks: list[list[tuple[str, ...]]]

    def lines(self) -> list[tuple[str, ...]]:
        return [self.header, *itertools.chain.from_iterable(self.blocks)]


_CONDITIONS = ["task", "normalise", "protocol", "features"]


def _sections(table: pd.DataFrame) -> Iterator[_Section]:
    header = ("batch norm", "pair", "baseline", "DANN", "gain [95 %]", "pairs drawn too", "p")
    header += ("ceiling", "gap closed", "gain in accuracy [95 %]")
    paper = ("", f"paper: {PAPER}", "", "", f"+{PAPER_GAIN}", *[""] * 5)
    for names, part in table.groupby(_CONDITIONS, sort=False):
        blocks = part.groupby(["batch_norm", "statistics"], sort=False)
        blocks = [[_compared(row) for row in b.to_dict("records")] for _, b in blocks]
        yield _Section(_title(*names), header, 2, [*blocks, [paper]])
    if {"none"} < set(table["batch_norm"]):
        yield _with_and_without_batch_norm(table)


def _title(task: str, normalise: str, protocol: str, features: str) -> str:
    task = "mean over tasks" if task == MEAN else task
    return f"{task}: {normalise} normalisation, {protocol}, {features}"


def _compared(row: dict) -> tuple[str, ...]:
    """Cells of a pair, or of the mean over pairs."""
    pair, bold = f"{row['source']} → {row['target']}", ""
    if row["source"] == MEAN:
        pair, bold = f"mean, {row['pairs_that_gain']} of {row['pairs']} gain", "**"
    return (
        _composition(row),
        f"{bold}{pair}{bold}",
        _percent(row["baseline"]),
        _percent(row["dann"]),
        f"{bold}{_with_interval(row, 'gain')}{bold}",
        _interval(row["gain_low_pairs"], row["gain_high_pairs"]),
        "" if np.isnan(row["wilcoxon_p"]) else f"{row['wilcoxon_p']:.3f}",
        _percent(row["ceiling"]),
        "" if np.isnan(row["gap_closed"]) else f"{round(100 * row['gap_closed'])} %",
        _with_interval(row, "accuracy_gain"),
    )


def _with_and_without_batch_norm(table: pd.DataFrame) -> _Section:
    means = table[table["source"] == MEAN]
    header = ("task, normalisation, protocol, features", "batch norm", "DANN")
    header += ("over DANN without batch norm [95 %]", "pairs drawn too")
    blocks = []
    for names, part in means.groupby(_CONDITIONS, sort=False):
        rows = []
        for row in part.to_dict("records"):
            interval = _interval(
                row["batch_norm_gain_low_pairs"], row["batch_norm_gain_high_pairs"]
            )
            gain = (_with_interval(row, "batch_norm_gain"), interval)
            if row["batch_norm"] == "none":
                gain = ("", "")
            rows.append((_title(*names), _composition(row), _percent(row["dann"]), *gain))
        blocks.append(rows)
    return _Section("DANN with and without batch norm, means over pairs", header, 2, blocks)


def _composition(row: dict) -> str:
    suffix = ", target statistics" if row["statistics"] == "target" else ""
    return f"`{row['batch_norm']}`{suffix}"


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f"{100 * share:.1f}"


def _interval(low: float, high: float) -> str:
    return "" if np.isnan(low) else f"[{points(low)}, {points(high)}]"


def _with_interval(row: dict, name: str) -> str:
    if np.isnan(row[name]):
        return ""
    return f"{points(row[name])} {_interval(row[f'{name}_low'], row[f'{name}_high'])}"


def _in_latex(text: str) -> str:
    text = re.sub(r"([%_&#$])", r"\\\1", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"\\textbf{\1}", text)
    text = re.sub(r"`(.+?)`", r"\\texttt{\1}", text)
    text = re.sub(r"(?<!\w)[+-]\d+(\.\d+)?", r"$\g<0>$", text)
    return text.replace("→", r"$\to$")


def _notes(table: pd.DataFrame) -> str:
    """What the numbers are, and what each interval resamples."""
    few, many = table["seeds"].min(), table["seeds"].max()
    seeds = f"{few if few == many else f'{few} to {many}'} seed{'s' if many > 1 else ''}"
    return (
        f"UAR on the target in percent, means over {seeds}; chance is 50. Gain: DANN minus the "
        "baseline under the same batch norm, in points. [95 %]: paired bootstrap over target "
        "speakers and seeds, for these pairs. Pairs drawn too: the same, and over ordered pairs. "
        "p: two-sided Wilcoxon signed-rank test of the gains of the pairs. The last two take pairs "
        "that share corpora as independent, so they promise too much. Ceiling: an oracle trained "
        "on labels of other target speakers. Gap closed: gain divided by ceiling minus baseline, "
        "where there is such a gap. "
        "Paper: its average absolute improvement for arousal and valence, on corpora and by a "
        "measure that are not public, hence accuracy beside UAR."
    )
