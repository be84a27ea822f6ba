import hashlib
import shutil
import stat
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ser_utils.datasets.download import archives
from ser_utils.errors import DownloadError

FILES = {"a/1.wav": b"one", "a/b/2.wav": b"two" * 1000, "labels.tsv": b"", "a/ü.wav": b"\x00\xff"}


def make_zip(path, files, kind=stat.S_IFREG):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (kind | 0o644) << 16
            file.writestr(info, content)


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "a.archive"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in" / "folder").mkdir(parents=True)
    return tmp_path / "in" / "folder"


def tree(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def git_blob(content):
    return hashlib.sha1(b"blob " + str(len(content)).encode() + b"\0" + content).hexdigest()


def test_files_are_unpacked_as_they_are(archive, folder):
    make_zip(archive, FILES)
    archives.unpack(archive, folder)
    assert tree(folder) == FILES


def test_the_folder_that_holds_all_is_left_out(archive, folder):
    make_zip(archive, {f"./corpus-1.0/{name}": content for name, content in FILES.items()})
    archives.unpack(archive, folder)
    assert tree(folder) == FILES


def test_a_lone_file_keeps_its_name(archive, folder):
    make_zip(archive, {"1.wav": b"one"})
    archives.unpack(archive, folder)
    assert tree(folder) == {"1.wav": b"one"}


# Hostile ----------------------------------------------------------------------------------------

OUTSIDE = ["../evil", "a/../../evil", "/tmp/evil", "..\\evil", "C:\\evil", "C:evil", "\\evil", ".."]
#: On Windows they are devices, and a second content of another file.
OUTSIDE += ["aux.wav", "a/NUL", "lpt1.txt/evil", "good.wav:evil"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_that_lead_out_are_refused_and_nothing_written(archive, folder, tmp_path, name):
    make_zip(archive, {"good.wav": b"good", name: b"evil"})
    with pytest.raises(DownloadError, match=r"leads out of the folder") as refused:
        archives.unpack(archive, folder)
    assert repr(name) in str(refused.value)
    assert tree(tmp_path).keys() == {archive.name}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
@pytest.mark.parametrize("target", [b"../../secret", b"/etc/passwd", b"good.wav"])
def test_links_and_devices_are_refused_wherever_they_point(archive, folder, kind, target):
    make_zip(archive, {"link": target}, kind)
    with pytest.raises(DownloadError, match="'link' is a link or device"):
        archives.unpack(archive, folder)
    assert list(folder.iterdir()) == []


def test_more_than_the_disk_holds_is_refused_before_it_is_written(archive, folder, monkeypatch):
    usage = shutil.disk_usage(folder)._replace(free=3 * 10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    make_zip(archive, {f"{i}.wav": bytes(10**6) for i in range(4)})
    assert archive.stat().st_size < 10**5
    with pytest.raises(OSError, match=r"it needs 0\.004 GB, and 0\.003 GB are free"):
        archives.unpack(archive, folder)
    assert list(folder.iterdir()) == []


def test_a_file_larger_than_it_says_is_cut_off(archive, folder):
    make_zip(archive, {"bomb.wav": bytes(10**6)})
    content = archive.read_bytes()
    small = content.replace((10**6).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert small != content
    archive.write_bytes(small)
    with pytest.raises(DownloadError, match="is damaged"):
        archives.unpack(archive, folder)
    assert sum(map(len, tree(folder).values())) <= 10


# Damaged ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>not found</html>", bytes(10**4)])
def test_what_is_no_archive(archive, folder, content):
    archive.write_bytes(content)
    with pytest.raises(DownloadError, match=r"a\.archive (is damaged|holds no file)"):
        archives.unpack(archive, folder)


@settings(max_examples=75, deadline=None)
@given(
    keep=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=4),
)
def test_damage_is_an_error_or_harmless(tmp_path_factory, keep, flips):
    where = tmp_path_factory.mktemp("damaged")
    archive, folder = where / "archive", where / "in" / "folder"
    folder.mkdir(parents=True)
    make_zip(archive, FILES)
    content = bytearray(archive.read_bytes())
    content = content[: int(keep * len(content)) if not flips else None]
    for place, change in flips:
        content[int(place * len(content))] ^= change
    archive.write_bytes(content)
    with suppress(DownloadError, OSError):
        archives.unpack(archive, folder)
    assert set(where.iterdir()) == {archive, where / "in"}
    assert list((where / "in").iterdir()) == [folder]


# The files of a repository ----------------------------------------------------------------------

BLOBS = {name: git_blob(content) for name, content in FILES.items()}


def test_ids_are_those_of_git():
    assert git_blob(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_an_archive_that_holds_what_its_repository_does(archive, folder):
    make_zip(archive, {f"repository-0123/{name}": content for name, content in FILES.items()})
    archives.unpack(archive, folder, BLOBS)
    assert tree(folder) == FILES


@pytest.mark.parametrize(
    ("change", "blamed"),
    [
        ({"a/1.wav": b"onE"}, "a/1.wav"),
        ({"a/new.wav": b"new"}, "a/new.wav"),
        ({"labels.tsv": None}, "labels.tsv"),
    ],
)
def test_a_file_changed_added_or_missing_is_refused(archive, folder, change, blamed):
    files = {name: content for name, content in (FILES | change).items() if content is not None}
    make_zip(archive, {f"repository-0123/{name}": content for name, content in files.items()})
    with pytest.raises(DownloadError, match=f"1 files, such as '{blamed}', are not as"):
        archives.unpack(archive, folder, BLOBS)
    assert list(folder.iterdir()) == []
