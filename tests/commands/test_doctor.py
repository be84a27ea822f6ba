"""The check of a computer finds what is wrong with it, and says what to do."""

import errno
import json
import os
import shutil
import subprocess
import sys
import webbrowser
from importlib import metadata
from pathlib import Path

import pytest

from ser_utils import evaluation, files
from ser_utils.__main__ import main
from ser_utils.commands import doctor
from ser_utils.datasets.synthetic import espeak
from ser_utils.errors import SerError

ROOT = Path(__file__).parents[2]


def one(monkeypatch, name):
    """Return the finding of one check, as the command has it."""
    monkeypatch.setattr(doctor, "CHECKS", {name: doctor.CHECKS[name]})
    (finding,) = doctor.examine()
    assert finding.check == name
    return finding


@pytest.mark.parametrize("name", [*doctor.CHECKS])
def test_nothing_is_broken_where_the_tests_run(monkeypatch, name):
    assert one(monkeypatch, name).severity != doctor.BROKEN


def test_where_nothing_is_installed_each_check_is_a_finding_and_none_a_crash(tmp_path):
    modules = {doctor.MODULES.get(name, name.replace("-", "_")) for name in doctor.required()}
    modules |= {"jupyter_client", "packaging"}
    assert {"torch", "numpy", "platformdirs", "IPython", "sklearn"} <= modules
    block = f"import sys; sys.modules.update(dict.fromkeys({sorted(modules)!r}))"
    run = "from ser_utils.__main__ import main; sys.exit(main(['doctor', '--json']))"
    ran = subprocess.run(
        [sys.executable, "-c", f"{block}; {run}"],
        cwd=ROOT,
        env=os.environ | {"SER_CACHE": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert ran.returncode == 1, ran.stderr
    assert ran.stderr == ""
    found = {finding["check"]: finding for finding in json.loads(ran.stdout)}
    assert [*found] == [*doctor.CHECKS]
    assert found["python"]["severity"] == doctor.OK
    assert "torch (" in found["packages"]["found"]
    for name in ("packages", "threads", "training", "sound", "notebook", "corpora"):
        assert found[name]["severity"] == doctor.BROKEN
        assert "bootstrap.py install" in found[name]["to_do"]


def test_text_says_what_to_do_below_each_finding(monkeypatch, capsys):
    checks = {
        "good": lambda: (doctor.OK, "here"),
        "bad": lambda: (doctor.BEWARE, "odd", "Mend it."),
    }
    monkeypatch.setattr(doctor, "CHECKS", checks)
    assert main(["doctor"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["ok", "good", "here"], ["beware", "bad", "odd"], ["->", "Mend", "it."]]


def test_a_broken_part_is_the_exit_status(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "CHECKS", {"bad": lambda: (doctor.BROKEN, "gone", "Get it.")})
    assert main(["doctor", "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding == {"check": "bad", "severity": "broken", "found": "gone", "to_do": "Get it."}


# What each check finds ----------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch):
    """Only these packages are required."""
    monkeypatch.setattr(doctor, "required", lambda: ["platformdirs", "tqdm"])
    monkeypatch.setattr(doctor, "tested", lambda: {"tqdm": metadata.version("tqdm")})


def test_a_missing_package(few, monkeypatch):
    monkeypatch.setattr(doctor, "required", lambda: ["tqdm", "no-such-package"])
    finding = one(monkeypatch, "packages")
    assert (finding.severity, finding.found) == (doctor.BROKEN, "missing: no-such-package")
    assert finding.to_do == doctor.INSTALL


def test_a_package_that_cannot_be_imported(few, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    finding = one(monkeypatch, "packages")
    assert finding.severity == doctor.BROKEN
    assert finding.found.startswith("cannot be imported: tqdm (")


def test_another_version_than_was_tested(few, monkeypatch):
    monkeypatch.setattr(doctor, "tested", lambda: {"tqdm": "0.1", "not-installed": "1"})
    finding = one(monkeypatch, "packages")
    assert finding.severity == doctor.BEWARE
    assert f"tqdm {metadata.version('tqdm')} (tested: 0.1)" in finding.found
    assert "not-installed" not in finding.found


def test_a_build_of_the_tested_version_is_that_version(few, monkeypatch):
    monkeypatch.setattr(doctor, "tested", lambda: {"tqdm": "1.0"})
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "1.0+cpu")
    assert one(monkeypatch, "packages").severity == doctor.OK


def test_a_project_that_is_not_installed(monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "requires", absent)
    monkeypatch.setattr(doctor.metadata, "version", absent)
    assert one(monkeypatch, "packages").found == "missing: ser-utils"


def test_what_is_tested_is_what_constraints_say():
    assert doctor.tested()["torch"] == "2.11.0"
    assert {"jupyterlab", "numpy"} <= doctor.tested().keys()


@pytest.mark.parametrize(
    ("value", "severity"), [("1", "ok"), ("0", "beware"), ("many", "beware"), ("99999", "beware")]
)
def test_settings_of_threads(monkeypatch, value, severity):
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    finding = one(monkeypatch, "threads")
    assert finding.severity == severity
    assert f"OMP_NUM_THREADS={value}" in finding.found
    assert ("Unset OMP_NUM_THREADS" in finding.to_do) is (severity == doctor.BEWARE)


def test_a_network_that_learns_nothing(monkeypatch):
    monkeypatch.setattr(evaluation, "held_out_uar", lambda *arguments: 0.5)
    finding = one(monkeypatch, "training")
    assert (finding.severity, finding.found[:8]) == (doctor.BROKEN, "UAR 0.50")
    assert "should have learned" in finding.to_do


def test_a_computer_that_is_busy(monkeypatch):
    monkeypatch.setattr(doctor, "SLOW", 0.0)
    finding = one(monkeypatch, "training")
    assert finding.severity == doctor.BEWARE
    assert "busy" in finding.to_do


def test_an_error_of_ours_says_itself_what_to_do(monkeypatch):
    def silent(*arguments):
        raise SerError("cannot load eSpeak NG. Reinstall it.")

    monkeypatch.setattr(espeak, "speak", silent)
    finding = one(monkeypatch, "sound")
    assert finding.severity == doctor.BROKEN
    assert finding.found == "SerError: cannot load eSpeak NG. Reinstall it."
    assert finding.to_do == ""


def test_a_kernel_that_does_not_start(monkeypatch):
    monkeypatch.setattr(doctor.sys, "executable", os.devnull)
    assert one(monkeypatch, "notebook").severity == doctor.BROKEN


def test_no_browser(monkeypatch):
    def none():
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", none)
    finding = one(monkeypatch, "browser")
    assert finding.severity == doctor.BEWARE
    assert "index.html" in finding.to_do


@pytest.mark.parametrize(("gb", "severity"), [(0.1, "broken"), (1, "beware"), (3, "ok")])
def test_space_on_the_disk(monkeypatch, gb, severity):
    usage = shutil.disk_usage(ROOT)._replace(free=gb * 1e9)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    finding = one(monkeypatch, "disk")
    assert finding.severity == severity
    assert ("SER_CACHE" in finding.to_do) is (severity != doctor.OK)


def test_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "file" / "below"))
    finding = one(monkeypatch, "cache")
    assert finding.severity == doctor.BROKEN
    assert "SER_CACHE moves the caches" in finding.found


def test_a_cache_that_a_class_shares_to_read(monkeypatch, tmp_path):
    (tmp_path / "features").mkdir()
    monkeypatch.setenv("SER_CACHE", str(tmp_path))

    def read_only(path):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(files, "temporary_beside", read_only)
    finding = one(monkeypatch, "cache")
    assert finding.severity == doctor.BEWARE
    assert finding.found == f"{tmp_path.resolve()} can be read, not written"


def test_a_cache_is_left_as_it_was(monkeypatch, tmp_path):
    monkeypatch.setenv("SER_CACHE", str(tmp_path))
    assert one(monkeypatch, "cache").severity == doctor.OK
    assert list(tmp_path.iterdir()) == []


def test_real_corpora(monkeypatch, ser_data):
    assert "make data" in one(monkeypatch, "corpora").to_do
    for name in ("ravdess/Actor_01", "emodb/wav"):
        (ser_data / name).mkdir(parents=True)
    for name in ("ravdess/Actor_01/03-01-05-01-01-01-01.wav", "emodb/wav/03a01Wa.wav"):
        (ser_data / name).touch()
    finding = one(monkeypatch, "corpora")
    assert "ravdess" in finding.found
    assert "emodb" in finding.found
    assert finding.to_do == ""


def test_it_looks_where_the_caches_are(monkeypatch, tmp_path):
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "not" / "there"))
    assert doctor._existing(files.cache_folder()) == tmp_path.resolve()
