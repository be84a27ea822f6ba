"""The result of a run of the notebooks, and what else their pages look for in outputs."""

from IPython.core.formatters import format_display_data
from IPython.display import display

#: Type under which a notebook holds the numbers beside what a reader sees.
MIME = "application/vnd.ser-utils.headline+json"
#: Type that marks an output as the explorer, of which there is a page of its own.
EXPLORER = "application/vnd.ser-utils.explorer+json"
#: Type that marks an output as a moving picture, of which it holds the name.
MOTION = "application/vnd.ser-utils.motion+json"
#: Type that marks an output as the quiz of a notebook, of which it holds the name.
QUIZ = "application/vnd.ser-utils.quiz+json"


def show(comparison: object) -> None:
    """Display a comparison, as from `evaluation.compare`, and mark it as the result of the run."""
    bundle, metadata = format_display_data(comparison)
    display(bundle | {MIME: comparison.headline()}, metadata=metadata, raw=True)
