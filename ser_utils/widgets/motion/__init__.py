"""Moving pictures: pages of frames that were computed beforehand, as notebooks display them."""

from ser_utils.widgets.motion.curves import compositions, schedule
from ser_utils.widgets.motion.maps import epochs, strengths
from ser_utils.widgets.motion.picture import Picture
from ser_utils.widgets.motion.reversal import reversal

__all__ = ["Picture", "compositions", "epochs", "reversal", "schedule", "strengths"]
