import json
from pathlib import Path

import pandas as pd
import pytest

from ser_utils import reports

ROOT = Path(__file__).parents[1]


def test_results_are_written_with_their_provenance(tmp_path):
    table = pd.DataFrame({"source": ["en"], "gain": [0.1235]})
    reports.write(table, tmp_path / "table.csv", {"seeds": 3})
    assert (tmp_path / "table.csv").read_text() == "source,gain\nen,0.1235\n"
    about = json.loads((tmp_path / "table.json").read_text())
    assert about["settings"] == {"seeds": 3}
    assert about["defaults"]["training.fit"]["epochs"] == 30
    assert {"torch", "opensmile", "python", "ser_utils"} <= set(about["versions"])
    assert str(tmp_path) not in (tmp_path / "table.json").read_text()


def a_table(gain: float, low: float, high: float) -> pd.DataFrame:
    row = {"task": "arousal", "batch_norm": "joint", "uar_majority": 0.5, "baseline": 0.61}
    row |= {"dann": 0.61 + gain, "gain": gain, "gain_low": low, "gain_high": high}
    row["oracle_ceiling"] = 0.8
    pairs = [("a", "b", gain + 0.01), ("b", "a", gain - 0.01), ("mean", "mean", gain)]
    return pd.DataFrame([row | {"source": s, "target": t, "gain": g} for s, t, g in pairs])


@pytest.mark.parametrize(
    ("gain", "cells"),
    [
        ((0.02, 0.01, 0.03), "| 63.0 | +2.0 [+1.0, +3.0] | 2 of 2 | 80.0 | better |"),
        ((-0.02, -0.03, -0.01), "| 59.0 | -2.0 [-3.0, -1.0] | 0 of 2 | 80.0 | **worse** |"),
        ((0.00, -0.03, 0.03), "| 61.0 | +0.0 [-3.0, +3.0] | 1 of 2 | 80.0 | not certain |"),
    ],
)
def test_table_is_in_percent_and_says_what_the_interval_says(gain, cells):
    last = reports.markdown(a_table(*gain)).splitlines()[-1]
    assert last == "| arousal | `joint` | 50.0 | 61.0 " + cells


@pytest.mark.parametrize(
    ("readme", "table"), [("README.md", "first_look.csv"), ("data/README.md", "synthetic.csv")]
)
def test_readmes_say_what_the_results_say(readme, table):
    text = (ROOT / readme).read_text()
    assert reports.into_readme(text, pd.read_csv(ROOT / "results" / table)) == text
