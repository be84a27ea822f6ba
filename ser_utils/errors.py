"""Every error and warning the package raises on purpose.

Each message says what is wrong, where, and what to do about it.
"""

import difflib
from collections.abc import Callable, Iterable
from math import inf
from numbers import Integral, Real
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: Threads or processes at once: more would not run sooner on any machine.
MOST_JOBS = 4096
#: What to do at a bad file: stop, or leave it out and say so.
ON_ERROR = ("raise", "skip")
#: How a reader has such files left out, for messages.
TO_SKIP = (
    "To leave such files out: --on-error skip of a command, ON_ERROR=skip for make or in a "
    'notebook, on_error="skip" in Python.'
)


class SerError(Exception):
    """Base of all errors of `ser_utils`."""


class UnknownNameError(SerError, ValueError):
    """A corpus, feature set, scheme or option that does not exist."""


class MissingCorpusError(SerError, FileNotFoundError):
    """A known corpus that is not on this machine."""


class CorpusError(SerError, ValueError):
    """A corpus folder whose files do not follow its official layout."""


class UnknownEmotionError(CorpusError):
    """An emotion code or word that no label scheme knows."""


class AudioError(SerError, ValueError):
    """A file that is unreadable, empty, too short, silent or not finite."""


class CacheError(SerError, OSError):
    """A cache folder that cannot be written."""


class DownloadError(SerError):
    """A download that failed, is not what its host published, or is not safe to unpack."""


class DomainError(SerError, ValueError):
    """A domain that cannot be trained or evaluated on: a class or speaker is absent."""


class EmbeddingError(SerError, ValueError):
    """An embedding that cannot be drawn or measured: it is no matrix, or of something else."""


class NotFiniteError(SerError, ValueError):
    """NaN or infinity among numbers, which would end as a score that looks like any other."""


class SettingError(SerError, ValueError):
    """A setting that is no number, or out of its range."""


class BatchTooSmallError(SerError, ValueError):
    """A batch with too few rows of a domain to compute batch statistics."""


class CheckpointError(SerError, ValueError):
    """A checkpoint that cannot be read or does not fit."""


class ResultsError(SerError, ValueError):
    """A file of results that cannot be read, lacks a score, or is of another experiment."""


class SerWarning(UserWarning):
    """Base of all warnings of `ser_utils`."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """Build the error for `name`, which is none of the `known` names of this `kind`.

    Examples
    --------
    >>> print(unknown_name("corpus", "emobd", ["emodb", "emovo"]))
    unknown corpus 'emobd'; did you mean 'emodb' or 'emovo'? Known: emodb, emovo
    """
    known = list(known)
    spelled = {each.casefold(): each for each in reversed(known)}  # "EmoDB" is near "emodb"
    near = difflib.get_close_matches(str(name).casefold().strip(), spelled, n=2)
    meant = " or ".join(repr(spelled[each]) for each in near)
    hint = f"; did you mean {meant}?" if near else "."
    return UnknownNameError(f"unknown {kind} {name!r}{hint} Known: {', '.join(known)}")


def require_on_error(on_error: str) -> None:
    """Raise `UnknownNameError` if `on_error` is none of `ON_ERROR`."""
    if on_error not in ON_ERROR:
        raise unknown_name("on_error", on_error, ON_ERROR)


def require_finite(
    values: "np.ndarray",
    what: str = "embeddings",
    cause: str = "Did the training diverge?",
    place: Callable[..., str] = "row {}".format,
) -> None:
    """Raise `NotFiniteError` if a row of an array, shape (n, ...), holds NaN or infinity.

    Parameters
    ----------
    values : np.ndarray
    what : str
        What its rows are, in the plural.
    cause : str
        A sentence on what usually causes it, or what to do.
    place : callable
        From the index of a number in `values` to the words for its place.
    """
    import numpy as np

    finite = np.isfinite(values)
    if not finite.all():
        rows = ~finite.reshape(len(finite), -1).all(axis=1)
        first = np.unravel_index(finite.argmin(), finite.shape)
        raise NotFiniteError(
            f"{rows.sum()} of {len(rows)} {what} hold NaN or infinity, first in {place(*first)}. "
            f"{cause}"
        )


def require_number(
    name: str,
    value: object,
    *,
    whole: bool = False,
    least: float = -inf,
    most: float = inf,
    above: float = -inf,
    below: float = inf,
) -> None:
    """Raise `SettingError` if a setting is no finite number, or out of its range.

    Examples
    --------
    >>> require_number("epochs", 30, whole=True, least=1)
    >>> require_number("epochs", 0, whole=True, least=1)
    Traceback (most recent call last):
    ser_utils.errors.SettingError: epochs is 0; it has to be a whole number, at least 1.
    """
    is_number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if is_number and least <= value <= most and above < value < below:
        return
    limits = {"at least": least, "at most": most, "above": above, "below": below}
    told = [f"{word} {limit}" for word, limit in limits.items() if abs(limit) < inf]
    wanted = ", ".join(["a whole number" if whole else "a finite number", *told])
    raise SettingError(f"{name} is {value!r}; it has to be {wanted}.")


def require_seed(seed: object) -> None:
    """Raise `SettingError` if a generator of random numbers cannot be started by `seed`."""
    require_number("seed", seed, whole=True, least=0, most=2**32 - 1)


def require_jobs(jobs: object) -> None:
    """Raise `SettingError` unless there can be so many `jobs` at once; None leaves it open."""
    if jobs is not None:
        require_number("jobs", jobs, whole=True, least=1, most=MOST_JOBS)
