"""Widgets that a notebook offers to listen to and to move; larger ones stand in their modules."""

from ser_utils.widgets.players import players
from ser_utils.widgets.sliders import composition_stepper, lambda_slider, schedule_slider

__all__ = ["composition_stepper", "lambda_slider", "players", "schedule_slider"]
