"""Widgets that a notebook offers to listen to and to move; larger ones stand in their modules."""

from ser_utils.widgets.sliders import composition_stepper, lambda_slider, schedule_slider
from ser_utils.widgets.words import players

__all__ = ["composition_stepper", "lambda_slider", "players", "schedule_slider"]
