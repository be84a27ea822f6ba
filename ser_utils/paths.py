"""Where corpora are looked for and where caches are kept; files that are whole or absent."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from ser_utils.errors import CacheError

#: The checkout that this package is used from.
PROJECT = Path(__file__).resolve().parents[1]


def data_folder() -> Path:
    """Folder with one sub-folder a corpus: `SER_DATA`, by default `data/` of this project."""
    return Path(os.environ.get("SER_DATA") or PROJECT / "data").expanduser().resolve()


def cache_folder() -> Path:
    """Folder of everything that can be recomputed: `SER_CACHE`, by default the user's cache."""
    return (
        Path(os.environ.get("SER_CACHE") or platformdirs.user_cache_dir("ser_utils"))
        .expanduser()
        .resolve()
    )


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which takes its place only if the block succeeds.

    A kill in mid-write leaves at most a stray temporary file, never half of `path`.

    Raises
    ------
    CacheError
        If the folder cannot be made or the disk is full or read-only.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if temporary.is_file():
            temporary.unlink()


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`, which becomes `path` only if the block succeeds.

    The counterpart of `written_whole`. If there is a folder `path` by then, because another process
    wrote the same, that one is kept.

    Raises
    ------
    CacheError
        If the folder cannot be made or the disk is full or read-only.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        try:
            os.rename(temporary, path)
        except OSError:
            if not path.is_dir():
                raise
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_space(folder: Path, needed: int) -> None:
    """Raise what the system would raise, but before `needed` bytes are written in vain.

    Raises
    ------
    OSError
        If the disk of `folder` has less space.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(
            errno.ENOSPC, f"it needs {needed / 1e9:.3f} GB, and {free / 1e9:.3f} GB are free"
        )


def cannot_write(path: Path, error: OSError) -> CacheError:
    """Build the error for a path that the disk, or its permissions, did not take."""
    return CacheError(
        f"cannot write {path}: {error.strerror or error}. "
        "Free some space, or choose a folder that can be written (SER_CACHE moves "
        "the caches, SER_DATA the corpora)."
    )
