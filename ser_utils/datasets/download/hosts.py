"""Where corpora are published: hosts that tell, over https, what a download has to be."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from ser_utils.errors import DownloadError

#: Seconds without a sign of life after which a host counts as gone.
TIMEOUT = 30.0


@dataclass(frozen=True)
class Archive:
    """An archive, as its host describes it."""

    url: str
    checksum: str | None = None  # as in "md5:0123..."
    #: Path of each file in it to its id in git, where the host makes the archive on demand and so
    #: knows no checksum of it.
    blobs: Mapping[str, str] | None = None


# Not by pooch, which takes an error of the host for an answer, asks zenodo.org only, so that no
# server of a test can stand in for it, and leaves archives under random names when it is killed.
@dataclass(frozen=True)
class ZenodoFile:
    """A file of a record of Zenodo, which lists its checksum."""

    licence: str  # that a user has to accept, in one line
    record: str  # its number; a record never changes: a new version has a new number
    name: str  # of the file
    address: str = "https://zenodo.org"

    @property
    def page(self) -> str:
        """Address of the page for people."""
        return f"{self.address}/records/{self.record}"

    def archive(self) -> Archive:
        """Ask the host for the address and the checksum; without both, raise `DownloadError`."""
        with _answer(f"{self.address}/api/records/{self.record}") as answer:
            (file,) = (file for file in answer["files"] if file["key"] == self.name)
            if not re.fullmatch(r"(md5|sha1|sha256|sha512):[0-9a-f]+", file["checksum"]):
                raise ValueError("a checksum that cannot be checked")
            return Archive(file["links"]["self"], checksum=file["checksum"])


@dataclass(frozen=True)
class GitHubCommit:
    """A public repository at one commit, whose tree lists the id of each file."""

    licence: str  # that a user has to accept, in one line
    repository: str  # as in "owner/name"
    commit: str  # its hash
    folders: tuple[str, ...]  # that the corpus cannot be without
    address: str = "https://github.com"
    api: str = "https://api.github.com"

    @property
    def page(self) -> str:
        """Address of the page for people."""
        return f"{self.address}/{self.repository}/tree/{self.commit}"

    def archive(self) -> Archive:
        """Ask the host for all files and their ids; without them, raise `DownloadError`."""
        url = f"{self.api}/repos/{self.repository}/git/trees/{self.commit}?recursive=1"
        with _answer(url) as answer:
            blobs = {file["path"]: file["sha"] for file in answer["tree"] if file["type"] == "blob"}
            whole = not answer["truncated"]
        lacking = set(self.folders) - {path.partition("/")[0] for path in blobs}
        if lacking or not whole:
            what = f"the folder {', '.join(sorted(lacking))}" if lacking else "some of its files"
            raise DownloadError(f"{url} does not list {what}. See {self.page}.")
        return Archive(f"{self.address}/{self.repository}/archive/{self.commit}.zip", blobs=blobs)


#: How a corpus may be downloaded.
Download = ZenodoFile | GitHubCommit


@contextmanager
def _answer(url: str) -> Iterator[dict]:
    """Yield the JSON at `url`; a part that it lacks is an error."""
    import requests

    try:
        response = requests.get(url, timeout=TIMEOUT)
        response.raise_for_status()
        yield response.json()
    except requests.RequestException as error:
        raise DownloadError(
            f"cannot learn from {url} what the download has to be: {error}. Try again later."
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise DownloadError(
            f"{url} no longer describes the download as it did, so that it cannot be checked."
        ) from error
