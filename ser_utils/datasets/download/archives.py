"""Unpack an archive that somebody else made: inside one folder, files only, all of them or none."""

import hashlib
import lzma
import shutil
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from ser_utils.datasets.names import is_device
from ser_utils.errors import DownloadError
from ser_utils.files import check_space

# What zipfile raises on archives that are cut, damaged, encrypted or of an unknown method.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)


def unpack(archive: Path, folder: Path, blobs: Mapping[str, str] | None = None) -> None:
    """Unpack the files of a zip archive into an empty folder, or raise a `DownloadError`.

    Nothing is written unless all names, the space they need (else an `OSError`) and, if given, the
    `blobs` have been checked: the path of each file that it has to hold, to its id in git (SHA-1).
    A folder that holds all of the archive is left out, as are empty folders.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
            if not members:
                raise DownloadError(f"{archive} holds no file. Download it again.")
            for member in members:
                _refuse_unsafe(member, archive)
            check_space(folder, sum(member.file_size for member in members))
            paths = [PurePosixPath(member.filename) for member in members]
            if all(len(path.parts) > 1 and path.parts[0] == paths[0].parts[0] for path in paths):
                paths = [path.relative_to(path.parts[0]) for path in paths]
            files = dict(zip(paths, members, strict=True))
            if blobs is not None:
                _refuse_other_than(blobs, files, opened)
            for path, member in files.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(member) as source, target.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
    except _UNREADABLE as error:
        raise DownloadError(f"{archive} is damaged: {error}. Download it again.") from error


def _refuse_unsafe(member: zipfile.ZipInfo, archive: Path) -> None:
    # Windows paths know both separators, drives, and what is absolute in either world.
    name = member.filename
    path = PureWindowsPath(name)
    # A colon would open a stream of another file there.
    elsewhere = path.drive or path.root or ".." in path.parts or any(map(is_device, path.parts))
    if elsewhere or not path.name or "\0" in name or ":" in name:
        raise DownloadError(f"{archive}: {name!r} leads out of the folder; nothing unpacked")
    # Archives from Windows do not say what an entry is, and hold files only.
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        raise DownloadError(f"{archive}: {name!r} is a link or device; nothing unpacked")


def _refuse_other_than(
    blobs: Mapping[str, str],
    files: Mapping[PurePosixPath, zipfile.ZipInfo],
    archive: zipfile.ZipFile,
) -> None:
    held = {str(path): member for path, member in files.items()}
    wrong = sorted(held.keys() ^ blobs.keys()) or [
        path for path, member in held.items() if _blob(archive, member) != blobs[path]
    ]
    if wrong:
        raise DownloadError(
            f"{archive.filename}: {len(wrong)} files, such as {wrong[0]!r}, are not as their "
            "repository has them; nothing unpacked. Download it again."
        )


def _blob(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """Id of a file in git: the SHA-1 of its size and content."""
    digest = hashlib.sha1(f"blob {member.file_size}\0".encode(), usedforsecurity=False)
    with archive.open(member) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
