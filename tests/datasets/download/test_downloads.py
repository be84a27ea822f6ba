"""Downloads from a server on this machine, which can fail in the ways that hosts do."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from download_host import COMMIT, LICENCE, RECORD, ZIP, Host, recording, zipped
from filelock import FileLock

from ser_utils import datasets
from ser_utils.__main__ import main
from ser_utils.datasets.download import downloads
from ser_utils.datasets.download.hosts import GitHubCommit, ZenodoFile
from ser_utils.files import PROJECT

FILES = {
    f"Actor_{actor:02}/03-01-05-01-01-01-{actor:02}.wav": recording(actor) for actor in (1, 2, 3)
}


@pytest.fixture
def host():
    host = Host()
    thread = threading.Thread(target=host.serve_forever, args=(0.01,))
    thread.start()
    yield host
    host.go.set()
    host.shutdown()
    thread.join()
    host.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache" / "downloads"


@pytest.fixture
def zenodo(host, ser_data, cache, monkeypatch):
    """The host, which publishes three utterances of RAVDESS as Zenodo would."""
    host.publish(zipped(FILES))
    corpus = datasets.CORPORA["ravdess"]
    download = ZenodoFile(LICENCE, "7", "corpus.zip", host.address)
    monkeypatch.setitem(datasets.CORPORA, "ravdess", replace(corpus, download=download))
    return host


@pytest.fixture
def github(host, ser_data, cache, monkeypatch):
    """The host, which publishes them as GitHub would."""
    host.commit(FILES)
    source = GitHubCommit(
        LICENCE, "owner/corpus", "0123abc", ("Actor_01",), host.address, host.address
    )
    corpus = replace(datasets.CORPORA["ravdess"], download=source)
    monkeypatch.setitem(datasets.CORPORA, "ravdess", corpus)
    return host


def download(*arguments):
    return main(["download", "ravdess", *arguments, "--accept-licence"])


def tree(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def assert_nothing_but_a_message(capsys, ser_data, *messages):
    """Nothing counts as a corpus, nothing is left in the data folder, the error is one line."""
    assert list(ser_data.iterdir()) == []
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("ser_utils:")]
    assert len(lines) == 1
    for message in messages:
        assert message in lines[0]


# What goes well ---------------------------------------------------------------------------------


@pytest.mark.parametrize("published", ["zenodo", "github"])
def test_a_corpus_is_downloaded_and_counted(published, request, ser_data, cache, capsys):
    request.getfixturevalue(published)
    assert download() == 0
    assert tree(ser_data) == {f"ravdess/{name}": content for name, content in FILES.items()}
    printed = capsys.readouterr()
    assert f"licence: {LICENCE}" in printed.out
    assert f"ravdess: 3 utterances of 3 speakers, in {ser_data / 'ravdess'}" in printed.out
    assert printed.err.count("ravdess: 100%") >= 1  # the progress bar, and nothing else
    assert "ser_utils" not in printed.err
    assert {path.suffix for path in cache.iterdir()} <= {".txt", ".lock"}


def test_an_existing_corpus_is_left_alone(zenodo, ser_data, capsys):
    folder = ser_data / "ravdess" / "mine"
    folder.mkdir(parents=True)
    (folder / "03-01-05-01-01-01-01.wav").write_bytes(recording())
    before = tree(ser_data)
    assert main(["download", "ravdess"]) == 0  # no licence to accept, where nothing is downloaded
    assert tree(ser_data) == before
    assert not zenodo.asked
    assert f"ravdess: already in {ser_data / 'ravdess'}" in capsys.readouterr().out


@pytest.mark.parametrize("file", ["notes.txt", ".hidden"])
def test_a_folder_of_something_else_is_never_overwritten(zenodo, ser_data, capsys, file):
    (ser_data / "ravdess").mkdir()
    (ser_data / "ravdess" / file).write_text("mine")
    assert download() == 1
    assert tree(ser_data) == {f"ravdess/{file}": b"mine"}
    assert f"something else in {ser_data / 'ravdess'}" in capsys.readouterr().err
    assert not zenodo.asked


def test_an_empty_folder_is_filled(zenodo, ser_data):
    (ser_data / "ravdess").mkdir()
    assert download() == 0
    assert len(tree(ser_data)) == len(FILES)


def test_what_cannot_be_downloaded_says_how_to_ask_and_holds_up_nothing(zenodo, ser_data, capsys):
    assert download("emovo", "synthetic-en") == 1
    printed = capsys.readouterr().out
    assert f"To get it, {datasets.CORPORA['emovo'].how_to_get}." in printed
    assert "synthetic-en: built in" in printed
    assert len(tree(ser_data)) == len(FILES)


def test_an_unknown_name_is_refused_before_anything_is_downloaded(zenodo, ser_data, capsys):
    assert download("ravdes") == 2
    assert "did you mean 'ravdess'" in capsys.readouterr().err
    assert not zenodo.asked


# Both corpora of the tutorial -------------------------------------------------------------------

EMODB = {f"wav/{speaker}a01Wa.wav": recording(int(speaker)) for speaker in ("03", "08")}


@pytest.fixture
def both(zenodo, monkeypatch):
    """The host, which publishes three utterances of RAVDESS and two of EMO-DB."""
    zenodo.commit(EMODB)
    address = zenodo.address
    download = GitHubCommit("CC0", "owner/corpus", "0123abc", ("wav",), address, address)
    corpus = replace(datasets.CORPORA["emodb"], download=download)
    monkeypatch.setitem(datasets.CORPORA, "emodb", corpus)
    return zenodo


def test_the_corpora_of_the_tutorial_are_downloaded_and_taken(both, ser_data, capsys):
    assert datasets.choose() == ("synthetic-en", "synthetic-de")
    assert main(["data", "--yes"]) == 0
    printed = capsys.readouterr().out
    assert [f"licence: {licence}" in printed for licence in (LICENCE, "CC0")] == [True, True]
    assert "now runs on real speech, as long as SER_DATA says so" in printed.splitlines()[-1]
    assert datasets.choose() == ("ravdess", "emodb")
    assert len(tree(ser_data)) == len(FILES) + len(EMODB)
    assert main(["data"]) == 0  # with nothing left to accept
    assert "licence" not in capsys.readouterr().out


def test_both_licences_of_the_tutorial_are_asked_for(both, ser_data, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("yes\nyes\n"))
    assert main(["data"]) == 0
    assert capsys.readouterr().out.count("Do you accept this licence?") == 2


def test_one_licence_refused_and_nothing_is_downloaded(both, ser_data, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("yes\nno\n"))
    assert main(["data"]) == 2
    assert_nothing_but_a_message(capsys, ser_data, "licence of emodb is not accepted", "--yes")
    assert not both.asked


def test_a_corpus_of_the_tutorial_that_fails_is_no_success(both, capsys):
    del both.contents[ZIP]
    assert main(["data", "--yes"]) == 1
    assert "real speech" not in capsys.readouterr().out


# Licences ---------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stdin", [io.StringIO("yes\n"), None], ids=["a file", "closed"])
def test_without_a_terminal_the_licence_has_to_be_accepted_by_the_command(
    zenodo, ser_data, capsys, monkeypatch, stdin
):
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["download", "ravdess"]) == 2
    assert_nothing_but_a_message(capsys, ser_data, "licence of ravdess", "--accept-licence")
    assert not zenodo.asked


@pytest.mark.parametrize("answer", ["no\n", "\n", "", "y\n"])
def test_a_licence_refused_at_the_terminal(zenodo, ser_data, capsys, monkeypatch, answer):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert main(["download", "ravdess"]) == 2
    assert_nothing_but_a_message(capsys, ser_data, "is not accepted")
    assert not zenodo.asked


def test_an_answer_in_another_encoding_is_no_acceptance(zenodo, ser_data, capsys, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO("yés\n".encode("latin-1")), "utf-8")
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["download", "ravdess"]) == 2
    assert_nothing_but_a_message(capsys, ser_data, "is not accepted")


def test_a_licence_is_accepted_once(zenodo, ser_data, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal("Yes\n"))
    assert main(["download", "ravdess"]) == 0
    shutil.rmtree(ser_data / "ravdess")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["download", "ravdess"]) == 0
    other = replace(datasets.CORPORA["ravdess"].download, licence="other terms")
    corpus = replace(datasets.CORPORA["ravdess"], download=other)
    monkeypatch.setitem(datasets.CORPORA, "ravdess", corpus)
    shutil.rmtree(ser_data / "ravdess")
    assert main(["download", "ravdess"]) == 2


# Connections ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ranges", [True, False], ids=["resumed", "repeated"])
def test_a_cut_connection_leaves_nothing_and_is_made_good(zenodo, ser_data, capsys, ranges):
    zenodo.publish(zipped({**FILES, "noise.bin": np.random.default_rng(0).bytes(10**6)}))
    whole = len(zenodo.contents[ZIP])
    zenodo.cut_after, zenodo.ranges = whole // 2, ranges
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, "cannot download", "Repeat the command")
    zenodo.cut_after = None
    assert download() == 0
    assert len(tree(ser_data)) == len(FILES) + 1
    assert (zenodo.sent[-1] < whole) == ranges


def test_a_download_that_ended_just_before_it_was_checked(zenodo, ser_data, cache):
    cache.mkdir(parents=True)
    (cache / "ravdess.part").write_bytes(zenodo.contents[ZIP])
    assert download() == 0
    assert len(tree(ser_data)) == len(FILES)


def test_what_a_kill_has_kept_of_a_corpus_that_is_here_is_removed(zenodo, ser_data, cache):
    assert download() == 0
    for name in ("ravdess.archive", "ravdess.part"):
        (cache / name).write_bytes(zenodo.contents[ZIP])
    assert download() == 0
    assert {path.suffix for path in cache.iterdir()} <= {".txt", ".lock"}


@pytest.mark.parametrize("damaged", [False, True])
def test_a_kill_before_the_check_of_a_whole_download(zenodo, ser_data, cache, capsys, damaged):
    cache.mkdir(parents=True)
    whole = zenodo.contents[ZIP]
    (cache / "ravdess.archive").write_bytes(whole[:-1] if damaged else whole)
    if damaged:
        assert download() == 1
        assert_nothing_but_a_message(capsys, ser_data, "its checksum is not the same")
    assert download() == 0
    assert zenodo.asked[ZIP] == damaged
    assert len(tree(ser_data)) == len(FILES)


def test_a_kept_part_of_another_file_is_found_out(zenodo, ser_data, cache, capsys):
    cache.mkdir(parents=True)
    (cache / "ravdess.part").write_bytes(b"of an older version")
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, "its checksum is not the same")
    assert download() == 0


@pytest.mark.parametrize("path", [RECORD, ZIP])
def test_a_file_that_is_gone(zenodo, ser_data, capsys, path):
    del zenodo.contents[path]
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, "404", zenodo.address + path)


def test_a_host_that_is_gone(zenodo, ser_data, capsys, monkeypatch):
    nobody = ZenodoFile(LICENCE, "7", "corpus.zip", "http://127.0.0.1:9")
    corpus = replace(datasets.CORPORA["ravdess"], download=nobody)
    monkeypatch.setitem(datasets.CORPORA, "ravdess", corpus)
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, "cannot learn from http://127.0.0.1:9/api")


@pytest.mark.parametrize("checksum", [None, "", "md5:", "none:00"])
def test_without_a_checksum_nothing_is_fetched(zenodo, ser_data, capsys, checksum):
    record = json.loads(zenodo.contents[RECORD])
    record["files"][1]["checksum"] = checksum
    zenodo.contents[RECORD] = json.dumps(record).encode()
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, "cannot be checked", "By hand: ")
    assert not zenodo.asked[ZIP]


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"files": []}', b'{"files": 1}'])
def test_a_host_that_answers_something_else(zenodo, ser_data, capsys, answer):
    zenodo.contents[RECORD] = answer
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, RECORD)


# Contents ---------------------------------------------------------------------------------------


def test_a_wrong_checksum_is_found_before_anything_is_unpacked(zenodo, ser_data, cache, capsys):
    right = zenodo.contents[ZIP]
    zenodo.publish(zipped({**FILES, "more.txt": b""}), f"md5:{hashlib.md5(right).hexdigest()}")
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, "its checksum is not the same", zenodo.address)
    assert {path.suffix for path in cache.iterdir()} <= {".txt", ".lock"}
    zenodo.publish(right)
    assert download() == 0


@pytest.mark.parametrize("name", ["../evil.wav", "/evil.wav", "..\\evil.wav"])
def test_a_hostile_archive_is_refused(zenodo, tmp_path, ser_data, capsys, name):
    zenodo.publish(zipped({**FILES, name: b"evil"}))
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, "leads out of the folder")
    assert not list(tmp_path.rglob("*evil*"))


def test_a_commit_whose_archive_differs_from_its_files(github, ser_data, cache, capsys):
    first, *_ = FILES
    github.commit(FILES, {**FILES, first: recording(99)})
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, first, "not as their repository has them")
    github.commit(FILES)
    assert download() == 0  # and so the archive was fetched again


@pytest.mark.parametrize(
    ("files", "truncated", "message"),
    [({"README.md": b""}, False, "the folder Actor_01"), (FILES, True, "some of its files")],
)
def test_a_commit_that_is_not_the_whole_corpus(github, ser_data, capsys, files, truncated, message):
    github.commit(files, truncated=truncated)
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, f"does not list {message}")
    assert not github.asked[COMMIT]


def test_an_archive_of_another_corpus_is_said_to_be(zenodo, capsys):
    zenodo.publish(zipped({"a/song.wav": recording(), "b/song.wav": recording()}))
    assert download() == 1
    assert "is named as in the official release" in capsys.readouterr().err


# Disks ------------------------------------------------------------------------------------------


def test_too_little_space_is_noticed_before_the_download(zenodo, ser_data, capsys, monkeypatch):
    usage = shutil.disk_usage(ser_data)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert download() == 1
    assert_nothing_but_a_message(capsys, ser_data, "cannot write", "it needs 0.000 GB", "SER_DATA")


#: The command, in a process of its own, on the corpus of this server; files have a largest size.
SCRIPT = """
import resource, sys
from dataclasses import replace
from ser_utils import datasets
from ser_utils.__main__ import main
from ser_utils.datasets.download.hosts import ZenodoFile

download = ZenodoFile("free", "7", "corpus.zip", sys.argv[1])
corpus = replace(datasets.CORPORA["ravdess"], download=download)
datasets.CORPORA["ravdess"] = corpus
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
sys.exit(main(["download", "ravdess", "--accept-licence"]))
"""


def start(host, *limit):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, host.address, *map(str, limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
@pytest.mark.parametrize(
    ("samples", "fails_at"), [(None, ".archive"), (10**5, "ravdess")], ids=["fetch", "unpack"]
)
def test_a_disk_that_is_full_in_the_middle(zenodo, ser_data, cache, samples, fails_at):
    if samples:  # silence, which needs no space as long as it is compressed
        silence = io.BytesIO()
        soundfile.write(silence, np.zeros(samples), 48000, format="WAV")
        zenodo.publish(zipped(dict.fromkeys(FILES, silence.getvalue())))
    process = start(zenodo, 20_000)
    _, printed = process.communicate(timeout=60)
    assert process.returncode == 1, printed
    (line,) = (line for line in printed.splitlines() if line.startswith("ser_utils: ravdess"))
    assert re.search(rf"cannot write \S+{fails_at}: File too large\. Free some space", line)
    assert list(ser_data.iterdir()) == []
    assert download() == 0
    assert len(tree(ser_data)) == len(FILES)
    assert zenodo.asked[ZIP] == (1 if samples else 2)  # what has arrived is kept


# Two at once ------------------------------------------------------------------------------------


def test_two_processes_download_once_and_both_end_well(zenodo, ser_data):
    zenodo.go.clear()  # the first is in the middle of its download ...
    processes = [start(zenodo), start(zenodo)]
    lines = {process: [] for process in processes}
    waits = threading.Event()

    def read(process):
        for line in process.stdout:
            lines[process].append(line)
            if "another process downloads it" in line:
                waits.set()

    readers = [threading.Thread(target=read, args=(process,)) for process in processes]
    for reader in readers:
        reader.start()
    assert waits.wait(60)
    zenodo.go.set()  # ... until the second waits for it
    for process, reader in zip(processes, readers, strict=True):
        reader.join(60)
        assert process.wait(60) == 0, process.stderr.read()
        process.stderr.close()
        process.stdout.close()
        assert "3 utterances of 3 speakers" in lines[process][-1]
    assert zenodo.asked[ZIP] == 1
    assert tree(ser_data) == {f"ravdess/{name}": content for name, content in FILES.items()}


def test_nobody_waits_for_another_process_without_a_limit(
    zenodo, ser_data, cache, monkeypatch, capsys
):
    monkeypatch.setattr(downloads, "PATIENCE", 0.1)
    cache.mkdir(parents=True)
    with FileLock(cache / "ravdess.lock"):
        assert download() == 1
    message = "ravdess: another process has been downloading it"
    assert_nothing_but_a_message(capsys, ser_data, message, "end it, and repeat the command")
    assert not zenodo.asked
    assert download() == 0


# Descriptions -----------------------------------------------------------------------------------


def described():
    return {name: c.download for name, c in datasets.CORPORA.items() if c.download}


def test_the_page_of_the_corpora_lists_them():
    page = (PROJECT / "data" / "README.md").read_text()
    section = page.partition("\n## Downloads\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\S+)`", section, re.MULTILINE) == sorted(described())
    for name, source in described().items():
        (line,) = (line for line in section.splitlines() if line.startswith(f"| `{name}` "))
        told = (
            (source.repository, source.commit)
            if hasattr(source, "commit")
            else (source.record, source.name)
        )
        assert all(part in line for part in told)


def test_sources_are_pinned():
    assert {"ravdess", "emodb"} <= described().keys()
    for source in described().values():
        assert source.page.startswith("https://")
        if isinstance(source, GitHubCommit):
            assert re.fullmatch("[0-9a-f]{40}", source.commit)
        else:
            assert source.record.isdigit()
