"""What a notebook offers to listen to and to move; all but players stand in their modules."""

from ser_utils.widgets.words import players

__all__ = ["players"]
