"""The result of a run of the notebooks, which their landing page repeats."""

from typing import TYPE_CHECKING

from IPython.core.formatters import format_display_data
from IPython.display import display

if TYPE_CHECKING:  # it imports torch, without which a command is to start
    from ser_utils.evaluation import Comparison

#: Type under which a notebook holds the numbers beside what a reader sees.
MIME = "application/vnd.ser-utils.headline+json"


def show(comparison: "Comparison") -> None:
    """Display a comparison, and mark it as the result of the run."""
    bundle, metadata = format_display_data(comparison)
    display(bundle | {MIME: numbers(comparison)}, metadata=metadata, raw=True)


def numbers(comparison: "Comparison") -> dict:
    """Return a comparison as plain numbers.

    Returns
    -------
    dict
        `source`, `target`, `task`; `majority`; `rows`, each with `system`, `uar`, `low` and `high`;
        `gain`, `gain_low`, `gain_high`. All numbers are shares.
    """
    pair, gain = comparison.pair, comparison.gain
    systems = {"baseline": comparison.baseline, "DANN": comparison.dann}
    return {
        "source": "+".join(pair.source.table["dataset"].unique()),
        "target": "+".join(pair.evaluation.table["dataset"].unique()),
        "task": pair.task,
        "majority": comparison.majority,
        "rows": [
            {"system": name, "uar": e.value, "low": e.low, "high": e.high}
            for name, e in systems.items()
        ],
        "gain": gain.value,
        "gain_low": gain.low,
        "gain_high": gain.high,
    }
