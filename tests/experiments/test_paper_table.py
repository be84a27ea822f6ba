import re

import pandas as pd
import pytest
from hand_made_rows import of_gains

from ser_utils.experiments import paper_table, summary
from ser_utils.experiments.result_rows import Rows


def squeezed(text: str) -> str:
    """Take out the spaces that align the columns of a Markdown table."""
    return re.sub(r" +(?= \|)", "", text)


@pytest.fixture
def printed() -> pd.DataFrame:
    """Two pairs, gains of 10 and -2 points, without batch norm; and one composition above it."""
    plain = of_gains([0.1, -0.02], 0.8, batch_norm="none")
    normed = of_gains([0.15, 0.05], 0.8)
    rows = Rows.joined([plain, normed])
    return summary.table(rows, replicates=200)


def test_markdown_says_what_the_table_says(printed):
    text = squeezed(paper_table.markdown(printed))
    cells = [line for line in text.splitlines() if line.startswith("| `none`")]
    assert "### arousal: source normalisation, transductive, egemaps" in text
    gain = "+10.0 [+10.0, +10.0]"
    assert cells[0] == f"| `none` | s0 → de | 60.0 | 70.0 | {gain} | | | 80.0 | 50 % | {gain} |"
    assert "| -2.0 [-2.0, -2.0] |" in cells[1]
    mean = (
        "| `none` | **mean, 1 of 2 gain** | 60.0 | 64.0 | **+4.0 [+4.0, +4.0]** | [-2.0, +10.0] |"
    )
    assert cells[2].startswith(mean)
    assert cells[2].endswith("| | 80.0 | 20 % | +4.0 [+4.0, +4.0] |")
    assert re.search(rf"paper: Cai.* \| \+{summary.PAPER_GAIN} \|", text)
    # With batch norm the mean of DANN is 70.0, 6 points above that without.
    assert "| `source` | 70.0 | +6.0 [+6.0, +6.0] | [+5.0, +7.0] |" in text
    assert "means over 1 seed;" in text
    assert "speakers and seeds, for these pairs" in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert widths == {11, 6}


def test_markdown_has_a_section_for_each_condition_and_names_the_statistics():
    """Target statistics as well, and a task that is not the first."""
    rows = of_gains([0.1, 0.2], statistics="target", task="valence", protocol="inductive")
    text = squeezed(paper_table.markdown(summary.table(rows, replicates=10)))
    assert re.findall("### (.*)", text) == ["valence: source normalisation, inductive, egemaps"]
    assert "| `source`, target statistics | s0 → de |" in text


def test_latex_is_escaped_and_complete(printed):
    printed = printed.replace({"s0": "my_corpus"})
    text = paper_table.latex(printed)
    assert r"\texttt{none} & my\_corpus $\to$ de & 60.0 & 70.0 & $+10.0$ [$+10.0$, $+10.0$]" in text
    assert r"\textbf{mean, 1 of 2 gain}" in text
    assert f"$+{summary.PAPER_GAIN}$" in text
    assert r"50 \%" in text
    assert not re.search(r"(?<!\\)[%_#]", text)
    assert text.count("{") == text.count("}")
    for what in ("begin{table*}", "caption{", "toprule", "bottomrule", "end{table*}"):
        assert text.count("\\" + what) == 2
    for body in re.findall(r"\\begin{tabular}{(l+r+)}(.*?)\\bottomrule", text, re.DOTALL):
        columns, rows = body[0], [line for line in body[1].splitlines() if "&" in line]
        assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(columns) - 1}
        assert all(r"\\" in row for row in rows)
    assert "speakers and seeds, for these pairs" in text


def test_overview_says_what_the_interval_says():
    for gains, cells in (
        ((0.02, 0.01), "| +1.5 [+1.5, +1.5] | [+1.0, +2.0] | 2 of 2 | 80.0 | better |"),
        ((-0.02, -0.01), "| -1.5 [-1.5, -1.5] | [-2.0, -1.0] | 0 of 2 | 80.0 | **worse** |"),
        ((0.02, -0.02), "| +0.0 [+0.0, +0.0] | [-2.0, +2.0] | 1 of 2 | 80.0 | not certain |"),
    ):
        table = summary.table(of_gains(gains, 0.8), replicates=200)
        text = squeezed(paper_table.overview(table))
        assert text.splitlines()[-1].endswith(cells)
        assert text.count("\n") == 2


def test_overview_is_of_the_usual_conditions():
    rows = [of_gains([0.1, 0.2], normalise=name) for name in ("dataset", "source")]
    both = Rows.joined(rows)
    table = summary.table(both, replicates=10)
    assert set(summary.first_conditions(table)["normalise"]) == {"source"}
    assert paper_table.overview(table).count("| arousal |") == 1
