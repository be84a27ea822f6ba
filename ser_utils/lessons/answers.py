"""What came of a reader's answer to an exercise: right, open, an error, a wrong shape or value.

A check tries the reader's function on inputs whose answer is known, and prints one line. None
raises, so that a notebook with an open exercise runs to its end.
"""

import contextlib
import traceback
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor


class NotRightError(Exception):
    """Which kind of mistake an answer makes, and what it is."""

    def __init__(self, kind: str, what: str):
        super().__init__(f"{kind}: {what}")


class WrongValueError(NotRightError):
    """An answer of the right shape that is not true."""

    def __init__(self, what: str):
        super().__init__("Wrong value", what)


@contextlib.contextmanager
def verdict(praise: str, hint: str) -> Iterator[None]:
    """Print the praise of a check that passes, or else what is wrong; at a wrong value the hint."""
    try:
        yield
        print("✓", praise)
    except WrongValueError as reason:
        print("✗", reason, f"Hint: {hint}")
    except NotRightError as reason:
        print("✗", reason)


def attempt(answer: Callable, *arguments: object) -> object:
    """Return what the reader's function returns, or say that there is nothing to check yet."""
    try:
        result = answer(*arguments)
    except Exception as error:  # whatever a reader's code may raise is an answer to report
        own = traceback.extract_tb(error.__traceback__)[1:]  # the first line is that of the call
        where = f" at `{own[0].line}`" if own else ""
        what = f"your function raised {type(error).__name__}{where}: {error}"
        raise NotRightError("Error", what) from error
    if result is None or result is ...:
        raise NotRightError("Not yet", "the function does not return anything yet.")
    return result


def numbers(what: str, got: object, shape: tuple[int, ...]) -> np.ndarray:
    """Return what the reader's function returned as numbers, of this shape."""
    try:
        found = np.asarray(got.detach() if isinstance(got, Tensor) else got, float)
    except (TypeError, ValueError, RuntimeError):
        kind = type(got).__name__
        raise wrong_shape(what, f"a {kind} that is no array of numbers", shape) from None
    if found.shape != shape:
        raise wrong_shape(what, _count(found.shape), shape)
    return found


def several(got: object, what: Sequence[str]) -> Sequence:
    """Return what the reader's function returned, if it is as many things as were asked for."""
    if not isinstance(got, tuple | list) or len(got) != len(what):
        raise NotRightError("Wrong shape", f"return {len(what)} things: {', '.join(what)}.")
    return got


def wrong_shape(what: str, got: str, shape: tuple[int, ...]) -> NotRightError:
    """Say which shape was expected instead."""
    return NotRightError("Wrong shape", f"{what}: got {got}, expected {_count(shape)}.")


def _count(shape: tuple[int, ...]) -> str:
    size = " × ".join(map(str, shape))
    return f"{size} number{'s' if size != '1' else ''}" if shape else "a single number"


def expect(what: str, got: object, expected: object) -> None:
    """Compare an answer with numbers of a certain shape: say where it differs, not from what."""
    expected = np.asarray(expected, float)
    found = numbers(what, got, expected.shape)
    for place in np.argwhere(~np.isclose(found, expected, atol=1e-5, equal_nan=True))[:1]:
        at = f" at {place.tolist()}" if len(place) else ""
        raise WrongValueError(f"{what}{at}: got {found[tuple(place)]:.4g}.")


def within(what: str, got: object, low: float, high: float) -> None:
    """Compare an answer, a single number, with limits."""
    found = numbers(what, got, ())
    if not low < found < high:
        raise WrongValueError(f"{what}: got {found:.4g}.")


def gradient(what: str, output: object, of: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the gradient of the weighted output, if the reader's function lets one through."""
    found = None
    if isinstance(output, Tensor) and output.requires_grad:
        (found,) = torch.autograd.grad(output, of, weights, allow_unused=True, retain_graph=True)
    if found is None:
        raise WrongValueError(f"{what} has no gradient where it needs one.")
    return found
