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
    display(bundle | {MIME: comparison.headline()}, metadata=metadata, raw=True)
