"""Static figures, by subject. Every function returns a matplotlib figure; `show` displays it.

This is an index. What it does not name stands in its module, as `figures.results.forest`.
"""
# ruff: noqa: F401

from ser_utils.figures import results, standings, style
from ser_utils.figures.embeddings import (
    COLOURINGS,
    OF_SYSTEMS,
    activations,
    cropped,
    embedding,
    groups,
    groups_of,
    histogram_bins,
    invariance,
    language_and_emotion,
)
from ser_utils.figures.features import class_balance, distributions, outliers, variance_explained
from ser_utils.figures.planes import decision_boundary, point_clouds
from ser_utils.figures.scores import score_distributions, seeds, shifts
from ser_utils.figures.signals import log_mel, utterances
from ser_utils.figures.style import domain_names, language_name, show
from ser_utils.figures.systems import (
    comparison,
    confusions,
    fooled,
    schedule,
    sweep,
    training_curves,
)
