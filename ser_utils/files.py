"""Where corpora and caches lie, and files that are whole or absent."""

import atexit
import errno
import io
import os
import shutil
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ser_utils.errors import CacheError, SerError, SerWarning

try:
    import fcntl
except ImportError:  # on Windows, where what a kill left stays
    fcntl = None

if TYPE_CHECKING:
    import numpy as np


def _project() -> Path:
    def is_checkout(folder: Path) -> bool:
        return (folder / "ser_utils").is_dir() and (folder / "notebooks").is_dir()

    if is_checkout(around := Path(__file__).resolve().parents[1]):
        return around
    here = Path.cwd()
    return next(filter(is_checkout, (here, *here.parents)), here)


#: The checkout around this package, or else around the current folder; without one, that folder.
PROJECT = _project()


def in_checkout(*parts: str) -> Path:
    """Path of what comes with a checkout, not with an installed package; else a `SerError`."""
    path = PROJECT.joinpath(*parts)
    if not path.exists():
        raise SerError(
            f"there is no {path}. It comes with the repository, not with the installed package: "
            "clone the repository, and work in its folder."
        )
    return path


def data_folder() -> Path:
    """Folder with one sub-folder per corpus: `SER_DATA`.

    By default it is `data/` of the checkout or of the current folder, or else the user's.
    """
    from platformdirs import user_data_dir  # not above, for the command that says what is missing

    here = PROJECT / "data"
    return _folder("SER_DATA", lambda name: here if here.is_dir() else user_data_dir(name))


def cache_folder() -> Path:
    """Folder of everything that can be recomputed: `SER_CACHE`, by default the user's cache."""
    from platformdirs import user_cache_dir

    return _folder("SER_CACHE", user_cache_dir)


def folders() -> dict[str, str]:
    """Return both folders by variable, for a process that may start in another folder."""
    return {"SER_DATA": str(data_folder()), "SER_CACHE": str(cache_folder())}


def _folder(variable: str, default: Callable[[str], str | Path]) -> Path:
    try:
        return Path(os.environ.get(variable) or default("ser_utils")).expanduser().resolve()
    except RuntimeError as error:
        raise SerError(f"there is no home folder: set {variable} to a folder.") from error


#: Where libraries keep caches and settings instead of in the home: a variable, and a folder.
_OF_LIBRARIES = {
    "NUMBA_CACHE_DIR": "numba",
    "MPLCONFIGDIR": "matplotlib",
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter",
    "JUPYTER_DATA_DIR": "jupyter",
}


def keep_caches_without_a_home() -> None:
    """Let libraries keep their caches where `SER_CACHE` is: there is no home to write to.

    Numba, by which UMAP and librosa compile, stops where it can keep nothing. Where `SER_CACHE`
    cannot be written either, all goes into a folder that is removed at the end, with a warning.
    """
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, SerError):
        folder = None
    if folder is None or not _can_be_written(folder):
        folder = Path(tempfile.mkdtemp(prefix="ser-utils-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["SER_CACHE"] = os.environ.get("SER_CACHE") or str(folder)
        message = (
            "there is no home folder that can be written, so that caches end with this process: "
            "set SER_CACHE to a folder that can be written."
        )
        warnings.warn(message, SerWarning, stacklevel=3)
    for variable, name in _OF_LIBRARIES.items():
        os.environ.setdefault(variable, str(folder / name))


def _can_be_written(folder: str | Path) -> bool:
    return os.path.isdir(folder) and os.access(folder, os.W_OK)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which takes its place only if the block succeeds.

    A kill in mid-write leaves at most a stray temporary file, never half of `path`; whoever writes
    into the folder next removes it. A `CacheError` says that the folder cannot be made or the disk
    is full or read-only.
    """
    try:
        with temporary_beside(path) as temporary:
            yield temporary
            _move(os.replace, temporary, path)
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`, which becomes `path` only if the block succeeds.

    Otherwise as `written_whole`; but a folder `path` that is there by then, because another process
    wrote the same, is kept.
    """
    try:
        with temporary_beside(path) as temporary:
            temporary.mkdir()
            yield temporary
            try:
                _move(os.rename, temporary, path)
            except OSError:
                if not path.is_dir():
                    raise
    except OSError as error:
        raise cannot_write(path, error) from error


#: Errors of Windows where a program, if only one that looks for viruses, has a file open.
_IN_USE = (5, 32)
#: Seconds to wait for it to let go.
_PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8)


def _move(move: Callable[[Path, Path], object], temporary: Path, path: Path) -> None:
    for seconds in _PATIENCE:
        try:
            return move(temporary, path)
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IN_USE:
                raise
            time.sleep(seconds)
    return move(temporary, path)


#: How a temporary file or folder is called.
_TEMPORARY = ".{}.{}.tmp"


@contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Yield a free path beside `path`, and remove what is there when the block ends."""
    temporary = path.with_name(_TEMPORARY.format(path.name, uuid.uuid4().hex))
    path.parent.mkdir(parents=True, exist_ok=True)
    with _in_use(path.parent):
        try:
            yield temporary
        finally:
            _remove(temporary)


@contextmanager
def _in_use(folder: Path) -> Iterator[None]:
    """Keep the temporary files of a folder, after a removal of those that a kill has left.

    Whoever has such a file holds a lock of the folder, which ends with its process: if nobody holds
    it, nobody needs the files.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # An error says that somebody writes here now, or that this disk knows no locks.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for abandoned in folder.glob(_TEMPORARY.format("*", "[0-9a-f]" * 32)):
                _remove(abandoned)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _remove(temporary: Path) -> None:
    if temporary.is_file():
        temporary.unlink()
    else:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8, whole or not at all, as `written_whole` does."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def check_space(folder: Path, needed: int) -> None:
    """Raise the `OSError` of a full disk if the one of `folder` has less than `needed` bytes."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        what = f"it needs {needed / 1e9:.3f} GB, and {free / 1e9:.3f} GB are free"
        raise OSError(errno.ENOSPC, what)


def cannot_write(path: Path, error: OSError) -> CacheError:
    """Build the error for a path that the disk, or its permissions, did not take."""
    if getattr(error, "winerror", None) in _IN_USE:
        return CacheError(
            f"cannot write {path}: {error.strerror}. Close the program that has it open, such as a "
            "spreadsheet, and repeat."
        )
    return CacheError(
        f"cannot write {path}: {error.strerror or error}. "
        "Free some space, or choose a folder that can be written (SER_CACHE moves "
        "the caches, SER_DATA the corpora)."
    )


def load_array(path: Path) -> "np.ndarray | None":
    """Read an array of numbers that `save_array` wrote.

    None if there is none, or, with a warning, if it is damaged or holds NaN or infinity.
    """
    import numpy as np

    if not path.is_file():
        return None
    # A damaged header raises ValueError, SyntaxError, TokenError, TypeError, ...
    with suppress(Exception), open(path, "rb") as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        if np.isfinite(array).all():
            return array
    warnings.warn(f"{path} is damaged: computing it again.", SerWarning, stacklevel=2)
    return None


def save_array(path: Path, array: "np.ndarray") -> None:
    """Write an array, whole or not at all, as `written_whole` does."""
    import numpy as np

    # In memory first: np.save does not notice when a full disk cuts a small array short.
    encoded = io.BytesIO()
    np.save(encoded, array, allow_pickle=False)
    with written_whole(path) as temporary:
        temporary.write_bytes(encoded.getvalue())
