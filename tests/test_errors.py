import inspect

import numpy as np
import pytest

from ser_utils import errors


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ravdes", "; did you mean 'ravdess'? Known: "),
        ("emobd", "; did you mean 'emodb' or 'emovo'? Known: "),
        ("crema-d", ". Known: "),
        (None, ". Known: "),
    ],
)
def test_unknown_name_suggests_what_is_near_and_lists_all(name, hint):
    error = errors.unknown_name("corpus", name, iter(["emodb", "emovo", "ravdess"]))
    assert isinstance(error, errors.UnknownNameError)
    assert str(error) == f"unknown corpus {name!r}{hint}emodb, emovo, ravdess"


def test_one_family():
    classes = [value for value in vars(errors).values() if inspect.isclass(value)]
    family = [value for value in classes if issubclass(value, Exception)]
    assert len(family) > 5
    for value in family:
        root = errors.SerWarning if issubclass(value, Warning) else errors.SerError
        assert issubclass(value, root)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.UnknownNameError, ValueError),
        (errors.MissingCorpusError, FileNotFoundError),
        (errors.AudioError, ValueError),
        (errors.CacheError, OSError),
    ],
)
def test_code_that_knows_only_builtin_errors_can_catch_them(error, builtin):
    with pytest.raises(builtin, match="what and where"):
        raise error("what and where")


def test_what_is_not_finite_is_counted_and_the_first_is_placed():
    values = np.zeros((4, 3, 2))
    errors.require_finite(values)
    errors.require_finite(np.arange(3))
    values[2, 1, 1], values[3, 0] = np.inf, np.nan
    where = "2 of 4 matrices hold NaN or infinity, first in 2, 1, 1. Why."
    with pytest.raises(errors.NotFiniteError) as caught:
        errors.require_finite(values, "matrices", "Why.", "{}, {}, {}".format)
    assert str(caught.value) == where
