"""Arrays in the cache folder: whole or absent, and computed again where damaged."""

import io
import warnings
from pathlib import Path

import numpy as np

from ser_utils.errors import SerWarning
from ser_utils.paths import written_whole


def load(path: Path) -> np.ndarray | None:
    """Read an array that `save` wrote; None if there is none, or it is damaged.

    Warns
    -----
    SerWarning
        If it is damaged.
    """
    if not path.is_file():
        return None
    try:
        with open(path, "rb") as file:
            return np.lib.format.read_array(file, allow_pickle=False)
    except Exception:  # a damaged header raises ValueError, SyntaxError, TokenError, TypeError, ...
        warnings.warn(f"{path} is damaged: computing it again.", SerWarning, stacklevel=2)
        return None


def save(path: Path, array: np.ndarray) -> None:
    """Write an array.

    Raises
    ------
    CacheError
        If the folder cannot be made or the disk is full or read-only.
    """
    # In memory first: np.save does not notice when a full disk cuts a small array short.
    encoded = io.BytesIO()
    np.save(encoded, array, allow_pickle=False)
    with written_whole(path) as temporary:
        temporary.write_bytes(encoded.getvalue())
