import errno
import os
from pathlib import Path

import pytest

from ser_utils import files
from ser_utils.errors import CacheError

# Each writes a file or a folder that holds `text`.
WRITERS = {
    "file": (files.written_whole, lambda target, text: target.write_text(text)),
    "folder": (
        files.folder_written_whole,
        lambda target, text: (target / "part").write_text(text),
    ),
}


def text_of(target):
    return (target / "part" if target.is_dir() else target).read_text()


@pytest.fixture(params=WRITERS)
def writer(request):
    return WRITERS[request.param]


# Folders --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "folder"), [("SER_DATA", files.data_folder), ("SER_CACHE", files.cache_folder)]
)
def test_folders_by_environment(tmp_path, monkeypatch, variable, folder):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for value, expected in {
        str(tmp_path / "absolute"): tmp_path / "absolute",
        "relative": tmp_path / "relative",
        "~/speech": tmp_path / "home" / "speech",
    }.items():
        monkeypatch.setenv(variable, value)
        assert folder() == expected.resolve()


@pytest.mark.parametrize("unset", [True, False])
def test_folders_by_default(tmp_path, monkeypatch, unset):
    for variable in ("SER_DATA", "SER_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, "")
        if unset:
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert files.data_folder() == Path(__file__).parents[1] / "data"
    assert tmp_path.resolve() in files.cache_folder().parents
    assert "ser_utils" in files.cache_folder().parts


# Whole or absent ------------------------------------------------------------------------------


def test_target_appears_when_the_block_ends(tmp_path, writer):
    whole, write = writer
    target = tmp_path / "new" / "folders" / "target"
    with whole(target) as temporary:
        write(temporary, "whole")
        assert not target.exists()
        assert temporary.parent == target.parent, "to move it must not cross file systems"
    assert text_of(target) == "whole"
    assert list(target.parent.iterdir()) == [target]


def fail_half_way(writer, target, error):
    whole, write = writer
    with whole(target) as temporary:
        write(temporary, "half")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failure_in_the_block_leaves_nothing(tmp_path, writer, error):
    with pytest.raises(error):
        fail_half_way(writer, tmp_path / "target", error)
    assert list(tmp_path.iterdir()) == []


def test_failure_in_the_block_keeps_what_was_there(tmp_path, writer):
    whole, write = writer
    target = tmp_path / "target"
    with whole(target) as temporary:
        write(temporary, "old")
    with pytest.raises(ValueError, match="wrong"):
        fail_half_way(writer, target, ValueError("wrong"))
    assert text_of(target) == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_file_is_replaced(tmp_path):
    target = tmp_path / "target"
    target.write_text("old")
    with files.written_whole(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


def test_folder_of_another_process_is_kept(tmp_path):
    target = tmp_path / "target"
    with files.folder_written_whole(target) as temporary:
        (temporary / "part").write_text("mine")
        target.mkdir()
        (target / "part").write_text("of the other")
    assert text_of(target) == "of the other"
    assert list(tmp_path.iterdir()) == [target]


def test_two_writers_at_once_do_not_share_a_temporary_path(tmp_path, writer):
    whole, write = writer
    with whole(tmp_path / "target") as one, whole(tmp_path / "target") as two:
        write(one, "one")
        write(two, "two")
    assert text_of(tmp_path / "target") in ("one", "two")
    assert list(tmp_path.iterdir()) == [tmp_path / "target"]


# Disks ----------------------------------------------------------------------------------------


def test_place_that_cannot_be_written(tmp_path, writer):
    whole, write = writer
    (tmp_path / "file").write_text("no folder")
    target = tmp_path / "file" / "below" / "target"
    with pytest.raises(CacheError) as refused, whole(target) as temporary:
        write(temporary, "anything")
    message = str(refused.value)
    assert f"cannot write {target}: Not a directory." in message
    assert "Free some space, or choose a folder that can be written (SER_CACHE" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="no folder is read-only to root")
def test_read_only_folder(tmp_path, writer):
    whole, write = writer
    tmp_path.chmod(0o500)
    try:
        with (
            pytest.raises(CacheError, match="Permission denied"),
            whole(tmp_path / "target") as temporary,
        ):
            write(temporary, "anything")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"),
        (OSError("88 requested and 43 written"), "88 requested and 43 written"),
    ],
)
def test_full_disk(tmp_path, writer, error, reason):
    with pytest.raises(CacheError, match=reason):
        fail_half_way(writer, tmp_path / "target", error)
    assert list(tmp_path.iterdir()) == []
