"""Unpack an archive that somebody else made: inside one folder, files only, all of them or none."""

import gzip
import hashlib
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from ser_utils.errors import DownloadError
from ser_utils.files import check_space

# What the libraries raise on archives that are cut, damaged, encrypted or of an unknown method.
_UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    gzip.BadGzipFile,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True)
class _Member:
    name: str
    size: int
    is_file: bool  # and not a link or a device
    open: Callable[[], IO[bytes]]


def unpack(archive: Path, folder: Path, blobs: Mapping[str, str] | None = None) -> None:
    """Unpack the files of a zip or tar archive, of whatever compression.

    Nothing is written unless all names, the space they need and, if given, the content of each file
    have been checked. A folder that holds all of the archive is left out, empty folders are, too.

    Parameters
    ----------
    archive : Path
        The archive.
    folder : Path
        Empty folder to unpack into.
    blobs : mapping, optional
        Path of each file the archive has to hold to its id in git (SHA-1).

    Raises
    ------
    DownloadError
        If the archive is damaged or empty; if it holds a link, a device, or a name that leads out
        of its folder; if it does not hold exactly `blobs`.
    OSError
        If it needs more space than is free.
    """
    with _members(archive) as members:
        if not members:
            raise DownloadError(f"{archive} holds no file. Download it again.")
        for member in members:
            _refuse_unsafe(member, archive)
        check_space(folder, sum(member.size for member in members))
        files = _without_root(members)
        if blobs is not None:
            _refuse_other_than(blobs, files, archive)
        for path, member in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with member.open() as source, target.open("xb") as copy:
                shutil.copyfileobj(source, copy)


@contextmanager
def _members(archive: Path) -> Iterator[list[_Member]]:
    """Yield all that an archive holds but folders, which the names of the files imply."""
    try:
        if tarfile.is_tarfile(archive):
            with tarfile.open(archive) as file:
                yield [
                    _Member(info.name, info.size, info.isreg(), partial(file.extractfile, info))
                    for info in file
                    if not info.isdir()
                ]
        else:
            with zipfile.ZipFile(archive) as file:
                yield [
                    _Member(info.filename, info.file_size, _is_file(info), partial(file.open, info))
                    for info in file.infolist()
                    if not info.is_dir()
                ]
    except _UNREADABLE as error:
        raise DownloadError(f"{archive} is damaged: {error}. Download it again.") from error


def _is_file(info: zipfile.ZipInfo) -> bool:
    """Whether an entry is an ordinary file; archives from Windows do not say, and hold no other."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    return kind in (0, stat.S_IFREG)


def _refuse_unsafe(member: _Member, archive: Path) -> None:
    # Windows paths know both separators, drives, and what is absolute in either world.
    path = PureWindowsPath(member.name)
    if path.drive or path.root or ".." in path.parts or not path.name or "\0" in member.name:
        raise DownloadError(f"{archive}: {member.name!r} leads out of the folder; nothing unpacked")
    if not member.is_file:
        raise DownloadError(f"{archive}: {member.name!r} is a link or device; nothing unpacked")


def _without_root(members: list[_Member]) -> dict[PurePosixPath, _Member]:
    """Members by path, without the folder that holds all of them, if there is one."""
    paths = [PurePosixPath(member.name) for member in members]
    if len({path.parts[0] for path in paths}) == 1 and all(len(path.parts) > 1 for path in paths):
        paths = [path.relative_to(path.parts[0]) for path in paths]
    return dict(zip(paths, members, strict=True))


def _refuse_other_than(
    blobs: Mapping[str, str], files: Mapping[PurePosixPath, _Member], archive: Path
) -> None:
    held = {str(path): member for path, member in files.items()}
    wrong = sorted(held.keys() ^ blobs.keys()) or [
        path for path, member in held.items() if _blob(member) != blobs[path]
    ]
    if wrong:
        raise DownloadError(
            f"{archive}: {len(wrong)} files, such as {wrong[0]!r}, are not as their repository has "
            "them; nothing unpacked. Download it again."
        )


def _blob(member: _Member) -> str:
    """Id of a file in git: the SHA-1 of its size and content."""
    digest = hashlib.sha1(f"blob {member.size}\0".encode(), usedforsecurity=False)
    with member.open() as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
