"""The script that installs, with a pip that does as it is told, and once with a real one."""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "bootstrap.py"

#: Stands in for pip: it notes what it is asked for, and may fail with a message.
PIP = """
import os, pathlib, sys
with open(os.environ["ASKED"], "a", encoding="utf-8") as file:
    print(*sys.argv[1:], file=file)
if os.environ.get("FAILS_AT", "\\0") in sys.argv:
    sys.exit(os.environ["MESSAGE"])
"""


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The script in a project of its own, whose environment is this Python with that pip."""
    for name in ("bootstrap.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    spec = importlib.util.spec_from_file_location("bootstrap", tmp_path / "bootstrap.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    site = tmp_path / "site"
    for package, code in {"pip": PIP, "umap": ""}.items():
        (site / package).mkdir(parents=True)
        (site / package / "__init__.py").touch()
        (site / package / "__main__.py").write_text(code, encoding="utf-8")
    (tmp_path / ".venv").mkdir()
    script.asked = tmp_path / "asked.txt"
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("ASKED", str(script.asked))
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    monkeypatch.setattr(script, "PYTHON", sys.executable)
    monkeypatch.setattr(script, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(script, "become", lambda command: 0)
    monkeypatch.chdir(tmp_path)
    return script


def asked(bootstrap):
    """Return what pip has been asked for since the last question, a line a call."""
    lines = (
        bootstrap.asked.read_text(encoding="utf-8").splitlines() if bootstrap.asked.exists() else []
    )
    bootstrap.asked.unlink(missing_ok=True)
    return lines


def pip_fails(monkeypatch, at, message):
    monkeypatch.setenv("FAILS_AT", at)
    monkeypatch.setenv("MESSAGE", message)


# What is installed, and when ----------------------------------------------------------------------


def test_it_installs_once_and_again_if_it_is_told_to(bootstrap):
    assert bootstrap.main(["tutorial"]) == 0
    (line,) = asked(bootstrap)
    assert "-c constraints.txt -e .[audformat,cluster,huggingface,notebooks,site,test]" in line
    assert bootstrap.main(["tutorial"]) == 0
    assert asked(bootstrap) == []
    assert bootstrap.main(["install"]) == 0
    assert asked(bootstrap) == [line]


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_it_installs_again_when_a_list_of_packages_has_changed(bootstrap, tmp_path, changed):
    bootstrap.main(["tutorial"])
    with (tmp_path / changed).open("a", encoding="utf-8") as file:
        file.write("# more\n")
    bootstrap.main(["tutorial"])
    assert len(asked(bootstrap)) == 2


def test_it_installs_again_when_the_folder_was_moved(bootstrap, tmp_path, monkeypatch):
    before = bootstrap.digest()
    moved = tmp_path.with_name(tmp_path.name + " moved")
    monkeypatch.chdir(ROOT)  # Windows moves no folder that a process is in
    tmp_path.rename(moved)
    monkeypatch.setattr(bootstrap, "ROOT", moved)
    assert bootstrap.digest() != before


def test_a_browser_is_added_once_and_stays(bootstrap):
    for command in ("test", "test-browser", "test"):
        assert bootstrap.main([command]) == 0
    first, second = asked(bootstrap)
    assert "browser" not in first
    assert "audformat,browser,cluster" in second


def test_an_interrupted_installation_is_taken_up_again(bootstrap, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(bootstrap, "pip", interrupted)
        assert bootstrap.main(["tutorial"]) == 130
    assert "The same command goes on" in capsys.readouterr().err
    assert bootstrap.main(["tutorial"]) == 0
    assert len(asked(bootstrap)) == 1


def test_an_environment_without_a_python_is_made_anew(bootstrap, tmp_path, monkeypatch):
    bootstrap.main(["tutorial"])
    made, call = [], subprocess.call

    def spy(command, **options):
        if "venv" in command:
            made.append(command)
            monkeypatch.setattr(bootstrap, "PYTHON", sys.executable)
            return 0
        return call(command, **options)

    monkeypatch.setattr(bootstrap, "PYTHON", str(tmp_path / "removed"))
    monkeypatch.setattr(bootstrap.subprocess, "call", spy)
    assert bootstrap.main(["tutorial"]) == 0
    assert made == [[sys.executable, "-m", "venv", "--clear", str(tmp_path / ".venv")]]
    assert len(asked(bootstrap)) == 2


def test_an_environment_of_uv_is_given_a_pip_and_kept(bootstrap, monkeypatch):
    ran, call = [], subprocess.call

    def spy(command, **options):
        ran.append(command)
        if "import pip" in command:
            return 1
        return 0 if "ensurepip" in command else call(command, **options)

    monkeypatch.setattr(bootstrap.subprocess, "call", spy)
    assert bootstrap.main(["tutorial"]) == 0
    assert [sys.executable, "-m", "ensurepip", "--default-pip"] in ran
    assert not [command for command in ran if "venv" in command]


# Where torch comes from ---------------------------------------------------------------------------


def test_an_index_of_torch_serves_torch_and_nothing_else_and_is_remembered(bootstrap, monkeypatch):
    monkeypatch.setenv("TORCH_INDEX", "file:///torch")
    assert bootstrap.main(["tutorial"]) == 0
    torch, rest = asked(bootstrap)
    assert "--no-deps --index-url file:///torch" in torch
    assert torch.endswith(" torch torchaudio")
    assert "file:///torch" not in rest
    monkeypatch.delenv("TORCH_INDEX")
    assert bootstrap.main(["tutorial"]) == 0
    assert asked(bootstrap) == []


def test_an_index_that_was_asked_for_has_to_be_reached(bootstrap, monkeypatch, capsys):
    monkeypatch.setenv("TORCH_INDEX", "file:///torch")
    pip_fails(monkeypatch, "torchaudio", "ERROR: No matching distribution found for torch")
    assert bootstrap.main(["tutorial"]) == 1
    assert "the installation failed" in capsys.readouterr().err
    assert not bootstrap.STAMP.exists()


@pytest.mark.parametrize(
    ("system", "driver", "small"),
    [("Linux", False, True), ("Linux", True, False), ("Darwin", False, False)],
)
def test_without_a_driver_for_cuda_linux_gets_the_small_build(
    bootstrap, monkeypatch, system, driver, small
):
    monkeypatch.setattr(bootstrap.platform, "system", lambda: system)
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(bootstrap, "has_nvidia_driver", lambda: driver)
    assert bootstrap.main(["tutorial"]) == 0
    *torch, _ = asked(bootstrap)
    assert [bootstrap.CPU_INDEX in line for line in torch] == [True] * small


def test_the_ordinary_index_stands_in_for_the_small_build(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "has_nvidia_driver", lambda: False)
    pip_fails(monkeypatch, "torchaudio", "NewConnectionError")
    assert bootstrap.main(["tutorial"]) == 0
    told = capsys.readouterr()
    assert f"no way to {bootstrap.CPU_INDEX}: taking the larger build" in told.out
    assert not told.err
    assert json.loads(bootstrap.STAMP.read_text(encoding="utf-8"))["torch_index"] == ""


# What is said where it cannot be done -------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("ERROR: [Errno 28] No space left on device", "The disk is full"),
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "no network"),
        ("ProxyError('Cannot connect to proxy.')", "HTTPS_PROXY"),
        ("SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')", "PIP_CERT"),
        ("[WinError 206] The filename or extension is too long", "260 characters"),
        ("[WinError 32] another process is using the file", "close what runs in .venv"),
        ("error: something else", "pip says above why"),
    ],
)
def test_a_failure_of_pip_is_explained(bootstrap, monkeypatch, capsys, message, told):
    pip_fails(monkeypatch, "-e", message)
    assert bootstrap.main(["tutorial"]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert told in error.splitlines()[-1]
    assert "repeat the command: it goes on" in error.splitlines()[-1]


@pytest.mark.parametrize("version", [(3, 8, 1), (3, 10, 9), (3, 15, 0)])
def test_another_python_is_named(bootstrap, monkeypatch, capsys, version):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: name if "3.12" in name else None)
    with monkeypatch.context() as context:
        context.setattr(sys, "version_info", version)
        status = bootstrap.main(["tutorial"])
    error = capsys.readouterr().err
    assert status == 1
    assert "Python 3.11 to 3.14 is needed, and this is" in error
    assert "`python3.12 bootstrap.py ...`" in error
    assert asked(bootstrap) == []


@pytest.mark.parametrize("lacking", ["venv", "ensurepip"])
def test_a_python_without_venv_says_what_to_install(bootstrap, monkeypatch, capsys, lacking):
    monkeypatch.setitem(sys.modules, lacking, None)
    assert bootstrap.main(["tutorial"]) == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("system", "machine", "built_for"),
    [
        ("Darwin", "x86_64", "macosx-11.0-universal2"),
        ("Windows", "AMD64", "win32"),
        ("Windows", "ARM64", "win-arm64"),
    ],
)
def test_a_computer_without_pytorch_is_told(
    bootstrap, monkeypatch, capsys, system, machine, built_for
):
    monkeypatch.setattr(bootstrap.platform, "system", lambda: system)
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: machine)
    monkeypatch.setattr(bootstrap.sysconfig, "get_platform", lambda: built_for)
    assert bootstrap.main(["tutorial"]) == 1
    assert f"no PyTorch for this Python ({built_for})" in capsys.readouterr().err


def test_a_disk_without_room_is_told_before_anything_is_installed(bootstrap, monkeypatch, capsys):
    shutil.rmtree(bootstrap.VENV)
    usage = shutil.disk_usage(".")._replace(free=1e9)
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda folder: usage)
    assert bootstrap.main(["tutorial"]) == 1
    assert "is on a disk with 1.0 GB" in capsys.readouterr().err
    assert asked(bootstrap) == []


def test_old_pythons_can_read_it_and_it_needs_no_package():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {getattr(node, "module", None) or node.names[0].name for node in imported}
    assert modules <= set(sys.stdlib_module_names)


# The command --------------------------------------------------------------------------------------


def test_other_commands_are_those_of_the_package(bootstrap, monkeypatch):
    ran = []
    monkeypatch.setattr(bootstrap, "become", lambda command: ran.append(command) or 3)
    assert bootstrap.main(["tutorial", "--source", "a b"]) == 3
    assert ran == [[sys.executable, "-m", "ser_utils", "tutorial", "--source", "a b"]]


def test_the_first_check_that_fails_ends_the_others(bootstrap, monkeypatch):
    steps = [[sys.executable, "-c", f"import sys; sys.exit({status})"] for status in (0, 4, 5)]
    monkeypatch.setitem(bootstrap.COMMANDS, "lint", steps)
    assert bootstrap.main(["lint"]) == 4


def test_without_a_command_it_tells_them(capsys, bootstrap):
    assert bootstrap.main([]) == 0
    assert "bootstrap.py tutorial" in capsys.readouterr().out
    assert asked(bootstrap) == []


# A real pip, and indices on this disk -------------------------------------------------------------

#: A build backend of a dozen lines, so that nothing has to be fetched to build the project.
BACKEND = """
import pathlib, zipfile

def build_editable(folder, settings=None, metadata=None):
    name = "ser_utils-0-py3-none-any.whl"
    about = "Metadata-Version: 2.1\\nName: ser-utils\\nVersion: 0\\n"
    about += "Requires-Dist: torch==2.11.*\\nRequires-Dist: umap-learn\\n"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("here.pth", str(pathlib.Path.cwd()))
        wheel.writestr("ser_utils-0.dist-info/METADATA", about)
        wheel.writestr("ser_utils-0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr("ser_utils-0.dist-info/RECORD", "here.pth,,\\n")
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "ser-utils"
version = "0"
"""


MAIN = "import sys, torch, umap; print(torch.version, umap.version, sys.argv[1:])"


def publish(index, name, version, requires=""):
    """Add a package of one module, which knows its version, to an index in a folder."""
    module, folder = name.split("-")[0], index / name
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}.py", f"version = {version!r}\n")
        wheel.writestr(f"{stem}.dist-info/METADATA", about)
        wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{stem}.dist-info/RECORD", f"{module}.py,,\n")
    links = (f'<a href="{file.name}">{file.name}</a>' for file in folder.glob("*.whl"))
    (folder / "index.html").write_text("\n".join(links), encoding="utf-8")


def test_from_a_fresh_clone_to_a_command_with_the_small_torch(tmp_path):
    ordinary, small = tmp_path / "ordinary", tmp_path / "small"
    publish(ordinary, "torch", "2.11.0", "Requires-Dist: cuda\n")
    for name, version in {"torchaudio": "2.11.0", "umap-learn": "1", "cuda": "1"}.items():
        publish(ordinary, name, version)
    for name, version in {
        "torch": "2.11.0+cpu",
        "torchaudio": "2.11.0+cpu",
        "umap-learn": "2",
    }.items():
        publish(small, name, version)
    clone = tmp_path / "a clone, über spaces"
    (clone / "ser_utils").mkdir(parents=True)
    shutil.copy(SCRIPT, clone)
    for name, text in {
        "pyproject.toml": PROJECT,
        "backend.py": BACKEND,
        "constraints.txt": "torch==2.11.0\n",
        "ser_utils/__main__.py": MAIN,
    }.items():
        (clone / name).write_text(text, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHONPATH"))}
    environment |= {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": ordinary.as_uri(),
        "TORCH_INDEX": small.as_uri(),
    }
    command = [sys.executable, str(clone / "bootstrap.py"), "tutorial", "--source", "a b"]
    for installs in (True, False):
        ran = subprocess.run(
            command,
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        *told, printed = ran.stdout.splitlines()
        assert printed == "2.11.0+cpu 1 ['tutorial', '--source', 'a b']"
        assert bool(told) is installs
    found = {path.name for path in (clone / ".venv").rglob("cuda.py")}
    assert not found, "the small build needs no CUDA"
