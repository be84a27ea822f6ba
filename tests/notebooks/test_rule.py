"""The rule that notebook 4 writes out is that of `experiments.selection`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ser_utils.experiments import selection
from ser_utils.lessons import tables
from ser_utils.pages import sources

SOURCE = Path(__file__).parents[2] / "notebooks/04_dann.py"


def by_notebook(sweep: pd.DataFrame) -> float:
    """Run the cell that chooses λ."""
    (cell,) = (cell.source for cell in sources.read(SOURCE).cells if "by_rule =" in cell.source)
    names = {"sweep": sweep, "pd": pd, "np": np, "tables": tables}
    exec(cell, names)
    return names["by_rule"]


def by_package(sweep: pd.DataFrame) -> float:
    names = {"UAR, source": "uar_source", "fresh probe": "language_accuracy"}
    trainings = sweep.drop(index=0.0).rename(columns=names).reset_index()
    ruled = selection.ruled(trainings, ["largest λ"], ["seed"])
    (chosen,) = ruled.loc[ruled["chosen"], "largest λ"]
    return chosen


@pytest.mark.parametrize("probes", ["all", "some", "none"])
def test_notebook_and_package_choose_the_same(probes):
    chosen = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        index = pd.MultiIndex.from_product(
            [[0.0, 0.1, 0.3, 1.0, 3.0], range(5)], names=["largest λ", "seed"]
        )
        columns = ["UAR, source", "fresh probe", "UAR, target (oracle_)"]
        sweep = pd.DataFrame(rng.uniform(0.5, 0.9, (25, 3)), index=index, columns=columns)
        without = {"all": [], "some": [0.1], "none": [0.1, 0.3, 1.0, 3.0]}[probes]
        sweep.loc[without, "fresh probe"] = np.nan
        chosen.append(by_notebook(sweep))
        assert chosen[-1] == by_package(sweep)
    assert len(set(chosen)) > 2
