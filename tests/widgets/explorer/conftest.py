"""An explorer of a few utterances, whose maps need no fit."""

import pytest
from made_maps import with_points

from ser_utils.widgets.explorer import Explorer


@pytest.fixture
def mapped(maps):
    return with_points(maps)


@pytest.fixture
def explorer(mapped):
    return Explorer(mapped)
