"""The result of a run of the notebooks, which their landing page repeats."""

from IPython.core.formatters import format_display_data
from IPython.display import display

#: Type under which a notebook holds the numbers beside what a reader sees.
MIME = "application/vnd.ser-utils.headline+json"


def show(comparison: object) -> None:
    """Display a comparison, as from `evaluation.compare`, and mark it as the result of the run."""
    bundle, metadata = format_display_data(comparison)
    display(bundle | {MIME: comparison.headline()}, metadata=metadata, raw=True)
