import errno
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from ser_utils import files
from ser_utils.errors import CacheError, SerError

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


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a function that asks a package that lies in no checkout, in a folder."""
    site = tmp_path_factory.mktemp("site-packages")
    shutil.copytree(
        Path(files.__file__).parent,
        site / "ser_utils",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SER_", "XDG_"))}

    def ask(question: str, folder: Path) -> subprocess.CompletedProcess:
        code = f"import sys; sys.path[0] = {str(site)!r}; from ser_utils import files; {question}"
        return subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment | {"HOME": str(site.parent / "home"), "PYTHONPATH": ""},
        )

    return ask


def test_data_of_an_installed_package(installed, tmp_path):
    def data_folder(folder):
        return Path(installed("print(files.data_folder())", folder).stdout.strip())

    of_user = data_folder(tmp_path)
    assert of_user.name == "ser_utils"
    assert "home" in of_user.parts
    (tmp_path / "data").mkdir()
    assert data_folder(tmp_path) == tmp_path / "data"
    for name in ("ser_utils", "notebooks/data"):
        (tmp_path / name).mkdir(parents=True)
    assert data_folder(tmp_path / "notebooks") == tmp_path / "data"  # of the checkout


def test_what_only_a_checkout_has(installed, tmp_path):
    question = "print(files.in_checkout('results', 'x.csv'))"
    refused = installed(question, tmp_path).stderr.splitlines()[-1]
    assert f"there is no {tmp_path / 'results/x.csv'}. It comes with the repository" in refused
    for name in ("ser_utils", "notebooks", "results"):
        (tmp_path / name).mkdir()
    (tmp_path / "results/x.csv").touch()
    found = installed(question, tmp_path / "notebooks").stdout.strip()
    assert found == str(tmp_path / "results/x.csv")


# No home --------------------------------------------------------------------------------------


@pytest.fixture
def homeless(tmp_path):
    """Return a function that uses libraries in a process whose home is a file, and no folder."""
    (tmp_path / "home").touch()
    (tmp_path / "library.py").write_text(
        "import numba\n\n\n@numba.njit(cache=True)\ndef one():\n    return 1\n"
    )
    code = (
        "import os, ser_utils, library, matplotlib; from ser_utils import files; library.one(); "
        "print(files.cache_folder(), os.environ['NUMBA_CACHE_DIR'], matplotlib.get_configdir())"
    )
    unset = ("SER_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR")
    environment = {name: value for name, value in os.environ.items() if name not in unset} | {
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
        # As if the folder of the package were read-only, which no folder is to root.
        "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator,UserWideCacheLocator",
    }

    def use(**variables) -> tuple[list[Path], str]:
        run = subprocess.run(
            [sys.executable, "-c", code],
            env=environment | variables,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        return list(map(Path, run.stdout.split())), run.stderr

    return use


def test_without_a_home_libraries_keep_their_caches_where_ours_are(homeless, tmp_path):
    cache = tmp_path / "cache"
    (own, numba, matplotlib), said = homeless(SER_CACHE=str(cache))
    assert (own, numba, matplotlib) == (cache, cache / "numba", cache / "matplotlib")
    assert list(numba.rglob("library.one-*.nbc"))
    assert said == ""
    (_, numba, _), _ = homeless(SER_CACHE=str(cache), NUMBA_CACHE_DIR=str(tmp_path / "chosen"))
    assert numba == tmp_path / "chosen"


def test_without_a_home_and_a_cache_a_line_says_what_to_set(homeless, tmp_path):
    (own, numba, _), said = homeless()
    assert numba == own / "numba"
    assert not own.exists()  # any more
    assert "no home folder that can be written" in said
    assert "set SER_CACHE to a folder that can be written" in said
    (tmp_path / "file").touch()
    (own, numba, _), said = homeless(SER_CACHE=str(tmp_path / "file"))
    assert own == tmp_path / "file"
    assert numba.parent != own
    assert "set SER_CACHE to a folder that can be written" in said


def test_with_a_home_libraries_are_left_alone(homeless, tmp_path):
    (tmp_path / "home").unlink()
    (tmp_path / "home").mkdir()
    with pytest.raises(AssertionError, match="KeyError: 'NUMBA_CACHE_DIR'"):
        homeless()


@pytest.mark.parametrize(
    ("variable", "folder"), [("SER_DATA", files.data_folder), ("SER_CACHE", files.cache_folder)]
)
def test_a_home_that_nobody_knows(monkeypatch, variable, folder):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.setenv(variable, "~/speech")
    with pytest.raises(SerError, match=f"no home folder: set {variable} to a folder"):
        folder()


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


def write_in_another_process(target, kind, then):
    """Write a target there, up to a line of code; what is printed is returned."""
    code = "\n".join(
        [
            "import os, signal",
            "from pathlib import Path",
            "from ser_utils import files",
            f"with files.{kind.__name__}(Path({str(target)!r})) as temporary:",
            "    part = temporary / 'part' if temporary.is_dir() else temporary",
            "    part.write_text('half')",
            "    print(flush=True)",
            f"    {then}",
        ]
    )
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", code], **streams)
    process.stdout.readline()
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="there it stays")
def test_what_a_killed_process_left_is_removed_by_the_next_that_writes_beside_it(tmp_path, writer):
    whole, write = writer
    mine = tmp_path / ".mine.tmp"
    mine.write_text("of somebody else")
    with write_in_another_process(
        tmp_path / "target", whole, "os.kill(os.getpid(), signal.SIGKILL)"
    ) as killed:
        killed.wait()
    assert len(list(tmp_path.iterdir())) == 2  # so that there is something to remove
    with whole(tmp_path / "other") as temporary:
        write(temporary, "whole")
    assert sorted(tmp_path.iterdir()) == [mine, tmp_path / "other"]


def test_what_another_process_writes_now_is_not_removed(tmp_path, writer):
    whole, write = writer
    with write_in_another_process(tmp_path / "target", whole, "input()") as other:
        with whole(tmp_path / "mine") as temporary:
            write(temporary, "whole")
        other.communicate(b"\n")
    assert other.returncode == 0
    assert text_of(tmp_path / "target") == "half"
    assert sorted(tmp_path.iterdir()) == [tmp_path / "mine", tmp_path / "target"]


def test_what_is_written_while_others_come_and_go_is_not_removed(tmp_path, writer):
    whole, write = writer
    with ExitStack() as early:
        write(early.enter_context(whole(tmp_path / "early")), "early")
        with whole(tmp_path / "late") as late:
            write(late, "late")
            early.close()
            with whole(tmp_path / "between") as between:
                write(between, "between")
    assert {path.name: text_of(path) for path in tmp_path.iterdir()} == {
        name: name for name in ("early", "late", "between")
    }


# Windows --------------------------------------------------------------------------------------


def in_use():
    """Build what Windows raises where a program has a file open."""
    error = PermissionError(errno.EACCES, "The process cannot access the file")
    error.winerror = 32
    return error


@pytest.fixture
def held(monkeypatch, writer):
    """Return a function that lets a target be held for some seconds, which pass at once."""
    pauses = []
    monkeypatch.setattr(files.time, "sleep", pauses.append)

    def hold(seconds):
        name = "replace" if writer is WRITERS["file"] else "rename"
        move = getattr(os, name)

        def refuse(temporary, path):
            if sum(pauses) < seconds:
                raise in_use()
            move(temporary, path)

        monkeypatch.setattr(files.os, name, refuse)
        return pauses

    return hold


def test_a_file_that_a_program_has_open_for_a_moment_is_waited_for(tmp_path, writer, held):
    whole, write = writer
    pauses = held(seconds=0.3)
    with whole(tmp_path / "target") as temporary:
        write(temporary, "new")
    assert text_of(tmp_path / "target") == "new"
    assert len(pauses) >= 2


def test_a_program_that_keeps_a_file_open_is_told_of(tmp_path, writer, held):
    whole, write = writer
    pauses = held(seconds=1000)
    with pytest.raises(CacheError, match="Close the program"), whole(tmp_path / "target") as new:
        write(new, "new")
    assert sum(pauses) < 5
    assert list(tmp_path.iterdir()) == []


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
