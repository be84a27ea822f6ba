"""Download corpora: licence accepted, archive checked, folder moved into place when it is whole.

Whatever goes wrong, there is a corpus in its folder or there is none. What has arrived is kept in
the cache folder, and continued when the download is repeated.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ser_utils import files
from ser_utils.datasets import registry
from ser_utils.datasets.corpus import Corpus
from ser_utils.datasets.download import archives
from ser_utils.datasets.download.hosts import TIMEOUT, Archive
from ser_utils.errors import DownloadError, SerError, unknown_name

#: Seconds that another process may take for a corpus, while this one waits.
PATIENCE = 2 * 3600.0


def download(names: Sequence[str], accept_licence: bool = False) -> bool:
    """Download corpora that are not on this machine, and print what came of each.

    It returns whether all are here now. For those that cannot be downloaded, it prints how to get
    them. Unless licences are accepted once for all, it asks at the terminal, if there is one;
    without an acceptance, a `DownloadError` tells, and no corpus has been downloaded.
    """
    known = registry.corpora()
    for name in names:
        if name not in known:
            raise unknown_name("corpus", name, known)
    corpora = [known[name] for name in dict.fromkeys(names)]
    for corpus in corpora:
        if corpus.download and not registry.is_present(corpus):
            _accept(corpus, accept_licence)
    here = [_obtain(corpus) for corpus in corpora]
    return all(here)


def _accept(corpus: Corpus, accepted: bool) -> None:
    """Show the licence; go on if it is accepted now, or was before."""
    licence = corpus.download.licence
    print(f"{corpus.name}: {corpus.title}\n  licence: {licence}\n  source:  {corpus.download.page}")
    remembered = _cache() / f"{corpus.name}-licence.txt"
    if remembered.is_file() and remembered.read_text(encoding="utf-8") == licence:
        return
    if not accepted and sys.stdin and sys.stdin.isatty():
        print("  Do you accept this licence? [yes/no] ", end="", flush=True)
        with suppress(UnicodeDecodeError):  # of letters that are no UTF-8
            accepted = sys.stdin.readline().strip().lower() == "yes"
    if not accepted:
        raise DownloadError(
            f"the licence of {corpus.name} is not accepted. Read it; if you agree, repeat the "
            "command with --accept-licence (or --yes)."
        )
    files.write_text(remembered, licence)


def _obtain(corpus: Corpus) -> bool:
    """Download one corpus, if it can be; print what came of it."""
    try:
        if registry.is_present(corpus):
            _forget(corpus)
            where = "built in" if corpus.prepare else f"already in {corpus.locate()}"
            print(f"{corpus.name}: {where}")
        elif corpus.download is None:
            print(f"{corpus.name}: cannot be downloaded from here. To get it, {corpus.how_to_get}.")
            return False
        else:
            _download(corpus)
            table = registry.load(corpus.name)
            print(
                f"{corpus.name}: {len(table)} utterances of {table['speaker'].nunique()} speakers, "
                f"in {corpus.locate()}"
            )
    except SerError as error:  # the next corpus may be had
        by_hand = f" By hand: {corpus.how_to_get}." if isinstance(error, DownloadError) else ""
        print(f"ser_utils: {corpus.name}: {error}{by_hand}", file=sys.stderr)
        return False
    return True


def _download(corpus: Corpus) -> None:
    with _alone(corpus):
        if registry.is_present(corpus):  # by a process that was faster
            return
        folder = corpus.locate()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise DownloadError(
                f"there is something else in {folder}, which is never overwritten. Move it away."
            )
        published = corpus.download.archive()
        archive = _fetch(published, corpus.name)
        with files.folder_written_whole(folder) as temporary:
            try:
                archives.unpack(archive, temporary, published.blobs)
            except DownloadError:
                archive.unlink()  # a repetition fetches it anew
                raise
        _forget(corpus)


def _forget(corpus: Corpus) -> None:
    """Remove what was kept of the download of a corpus that is here now."""
    for kept in (_archive(corpus.name), _archive(corpus.name).with_suffix(".part")):
        kept.unlink(missing_ok=True)


@contextmanager
def _alone(corpus: Corpus) -> Iterator[None]:
    """Wait for other processes that download the same corpus."""
    from filelock import FileLock, Timeout

    lock = FileLock(_cache() / f"{corpus.name}.lock")
    try:
        _cache().mkdir(parents=True, exist_ok=True)
        held = lock.acquire(blocking=False)
    except Timeout:
        print(f"{corpus.name}: another process downloads it; waiting for that", flush=True)
        try:
            held = lock.acquire(timeout=PATIENCE)
        except Timeout:
            raise DownloadError(
                f"another process has been downloading it for {PATIENCE / 3600:g} h: let it end, "
                "or end it, and repeat the command, which goes on from there."
            ) from None
    except OSError as error:
        raise files.cannot_write(_cache(), error) from error
    with held:
        yield


def _fetch(published: Archive, name: str) -> Path:
    """Download an archive into the cache folder, and check it where there is a checksum of it."""
    import requests

    archive = _archive(name)
    try:
        if not archive.is_file():
            _continue(published.url, archive.with_suffix(".part"), name)
            os.replace(archive.with_suffix(".part"), archive)
        right = published.checksum is None or _has_checksum(archive, published.checksum)
    except requests.RequestException as error:
        raise DownloadError(
            f"cannot download {published.url}: {error}. Repeat the command to go on."
        ) from error
    except OSError as error:
        raise files.cannot_write(archive, error) from error
    if not right:
        archive.unlink()
        raise DownloadError(
            f"what arrived from {published.url} is not what the host published: its checksum is "
            "not the same. Nothing was unpacked, and it was deleted. Repeat the command."
        )
    return archive


def _has_checksum(archive: Path, checksum: str) -> bool:
    algorithm, _, digest = checksum.partition(":")
    with archive.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == digest


def _continue(url: str, part: Path, name: str) -> None:
    """Download what `part` lacks.

    What was kept may be of an older file: the check that follows finds that out.
    """
    import requests
    from tqdm import tqdm

    start = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if response.status_code != requests.codes.range_not_satisfiable:  # else it is whole
            response.raise_for_status()
            if response.status_code != requests.codes.partial_content:
                start = 0
            length = int(response.headers.get("Content-Length", 0))
            files.check_space(part.parent, length)
            known = {"total": start + length or None, "initial": start}
            with (
                part.open("ab" if start else "wb") as file,
                tqdm(desc=name, unit="B", unit_scale=True, **known) as bar,
            ):
                for chunk in response.iter_content(1 << 18):
                    file.write(chunk)
                    bar.update(len(chunk))


def _archive(name: str) -> Path:
    return _cache() / f"{name}.archive"


def _cache() -> Path:
    return files.cache_folder() / "downloads"
