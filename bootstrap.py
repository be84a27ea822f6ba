"""Run a command of this project; on first use, make the environment that it needs.

    python3 bootstrap.py tutorial      # on Windows: py bootstrap.py tutorial

It needs nothing but Python, and installs into .venv beside it; what was interrupted is taken up
again. Commands, beside those of `ser-utils`:

    install        nothing but that; what is there is looked through again
    test           run the tests, but for those that need real corpora or a browser
    test-browser   run the tests that need a browser, which is Chromium
    lint           check the code, its format, the notebooks, the prose and the workflow
    python         run Python in the environment

TORCH_INDEX names an index of packages that torch and torchaudio come from; empty, the ordinary one.
"""

# In words that Python 3.6 understands, so that an old one can say that it is too old.

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = str(BIN / ("python.exe" if WINDOWS else "python"))
#: What was installed, once all of it is.
STAMP = VENV / ".installed"

#: The Pythons that the pinned version of torch was built for.
OLDEST, NEWEST = (3, 11), (3, 14)
#: The build of torch without CUDA, by those who make it; that of the ordinary index brings CUDA.
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
#: GB that an installation needs: without CUDA, and with it.
SMALL, LARGE = 4, 9
EXTRAS = ["notebooks", "site", "test", "cluster", "audformat", "huggingface"]
#: What each command needs beside `EXTRAS`.
MORE_EXTRAS = {"test-browser": ["browser"]}

IMPORT_LINTER = "from importlinter.cli import lint_imports_command as main; main()"
#: What a command runs, one after the other; others are those of `ser_utils`.
COMMANDS = {
    "python": [[PYTHON]],
    "test": [
        [PYTHON, "-m", "pytest", "-n2", "--dist=worksteal", "-m", "not corpora and not browser"]
    ],
    "test-browser": [[PYTHON, "-m", "pytest", "tests/browser", "-m", "browser"]],
    "lint": [
        [PYTHON, "-m", "ruff", "check", "."],
        [PYTHON, "-m", "ruff", "format", "--check", "."],
        [PYTHON, "-c", IMPORT_LINTER],
        [PYTHON, "-m", "ser_utils", "check-notebooks"],
        [PYTHON, "tests/support/prose.py"],
        # The scripts of a page call functions of each other.
        [str(BIN / "oxlint"), "--deny-warnings", "--allow=no-unused-vars", "ser_utils"],
        [str(BIN / "zizmor"), "--offline", "--quiet", "--persona=pedantic", ".github/workflows"],
    ],
}

NEEDS_NETWORK = (
    "There is no way to the packages: this computer has no network, or one that needs a proxy "
    "(then set HTTPS_PROXY)."
)
#: What pip says, as a pattern, and what it means.
CAUSES = [
    ("No space left|Errno 28|not enough space", "The disk is full: make some room."),
    (
        "CERTIFICATE_VERIFY_FAILED|SSLError",
        "Something between here and the packages shows a certificate of its own: ask those who "
        "run the network for it, and set PIP_CERT to its file.",
    ),
    ("NewConnection|ConnectTimeout|ReadTimeout|ProxyError|getaddrinfo|unreachable", NEEDS_NETWORK),
    (
        "WinError 206|WinError 3]|path too long|LongPathsEnabled",
        "Windows ends paths at 260 characters: move this folder to a short one, such as C:\\ser.",
    ),
    (
        "Errno 13|WinError 5]|WinError 32]",
        "A file is in use, or may not be written: close what runs in .venv, such as JupyterLab.",
    ),
]


class SetupError(Exception):
    """What is wrong, and what to do about it."""


def main(arguments):
    """Run a command; return its exit status."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    command = arguments[0]
    os.chdir(str(ROOT))
    try:
        install(MORE_EXTRAS.get(command, []), again=command == "install")
        if command == "install":
            return 0
        steps = COMMANDS.get(command, [[PYTHON, "-m", "ser_utils", command]])
        for step in steps[:-1]:
            status = subprocess.call(step)
            if status:
                return status
    except SetupError as problem:
        print(f"bootstrap.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbootstrap.py: interrupted. The same command goes on.", file=sys.stderr)
        return 130
    return become([*steps[-1], *arguments[1:]])


def become(command):
    """Run a command in the place of this process, so that signals and status are its own."""
    sys.stdout.flush()
    if not WINDOWS:
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # which the command was sent as well
            pass


# Installation -----------------------------------------------------------------------------------


def install(more_extras, again=False):
    """Install what is not there yet, or not as the files of the project have it; or all `again`."""
    before = installed()
    extras = sorted({*EXTRAS, *more_extras, *before.get("extras", [])})
    given = os.environ.get("TORCH_INDEX")
    index = before.get("torch_index") if given is None else given
    wanted = {"files": digest(), "extras": extras, "torch_index": index}
    if before == wanted and not again:
        return
    check_python()
    optional = index is None
    if optional:
        index = CPU_INDEX if platform.system() == "Linux" and not has_nvidia_driver() else ""
    check_disk(LARGE if platform.system() == "Linux" and not index else SMALL)
    print("Installing into .venv; the first time this takes some minutes and some GB.", flush=True)
    make_venv()
    if index:
        index = install_torch(index, optional)
    pip("-c", "constraints.txt", "-e", f".[{','.join(extras)}]")
    # Numba compiles what UMAP imports once: now, and not while somebody waits for a map.
    if subprocess.call([PYTHON, "-c", "import umap"]):
        raise SetupError("what was installed fails (see above). Remove .venv, and repeat.")
    wanted["torch_index"] = index
    STAMP.write_text(json.dumps(wanted, indent=1), encoding="utf-8", newline="\n")


def installed():
    """Return what the stamp says; nothing where there is none, or no Python any more."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8")) if os.path.exists(PYTHON) else {}
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def digest():
    """Return what changes with what is to be installed, and with the place of this folder."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([*parts, str(ROOT).encode("utf-8", "replace")])).hexdigest()


def check_python():
    """Raise a `SetupError` if this Python cannot make the environment."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        needed = " to ".join(".".join(map(str, version)) for version in (OLDEST, NEWEST))
        here = f"this is {platform.python_version()} ({sys.executable})"
        raise SetupError(f"Python {needed} is needed, and {here}. {another()}")
    built_for = sysconfig.get_platform()
    intel_mac = platform.system() == "Darwin" and platform.machine() == "x86_64"
    if intel_mac or built_for in ("win32", "win-arm64") or sys.maxsize < 2**32:
        raise SetupError(
            f"there is no PyTorch for this Python ({built_for}), but for those of 64 bit for "
            "Linux, for Windows on x86-64, and for macOS on Apple silicon."
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise SetupError(
            f"the modules venv and ensurepip of Python are needed, and {sys.executable} lacks "
            "them. On Debian or Ubuntu: sudo apt install python3-venv"
        ) from None


def another():
    """Say which Python to take."""
    for minor in (13, 12, 11, 14):
        name = f"python3.{minor}"
        if shutil.which(name):
            return f"You have {name}: `{name} bootstrap.py ...`, or `make PYTHON={name} ...`."
    return "Get one from python.org, conda, or the package manager of your system."


def has_nvidia_driver():
    """Return whether CUDA would be of use."""
    return bool(shutil.which("nvidia-smi")) or os.path.exists("/proc/driver/nvidia/version")


def check_disk(needed):
    """Raise a `SetupError` if a first installation would fill the disk."""
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if not VENV.exists() and free < needed:
        raise SetupError(
            f"the installation needs {needed} GB, and {ROOT} is on a disk with {free:.1f} GB. "
            "Make some room."
        )


def make_venv():
    """Make the environment, unless there is one that works."""

    def can(code):
        look = [PYTHON, "-c", code]
        return os.path.exists(PYTHON) and not subprocess.call(look, stderr=subprocess.DEVNULL)

    if can("import pip"):
        return
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if can("import ensurepip"):  # one that uv made, without pip
        command = [PYTHON, "-m", "ensurepip", "--default-pip"]
    if subprocess.call(command):
        raise SetupError(f"{VENV} cannot be made (see above).")


def install_torch(index, optional):
    """Install torch from its index, and nothing else from there; return where it came from.

    Where that is `optional`, the ordinary index stands in for one that cannot be reached.
    """
    try:
        patience = ["--retries", "1", "--timeout", "15"] if optional else ["--upgrade"]
        where = ["--no-deps", "--index-url", index, "-c", "constraints.txt"]
        pip(*where, *patience, "torch", "torchaudio", quiet=optional)
        return index
    except SetupError:
        if not optional:
            raise
        print(f"There is no way to {index}: taking the larger build of torch.", flush=True)
        return ""


def pip(*arguments, quiet=False):
    """Let pip install something; a `SetupError` says what may be the cause of its failure."""
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    process = subprocess.Popen(
        [*command, *arguments], stderr=subprocess.PIPE, universal_newlines=True, errors="replace"
    )
    said = []
    for line in process.stderr:
        said.append(line)
        if not quiet:
            print(line, end="", file=sys.stderr, flush=True)
    if process.wait():
        text = "".join(said)
        causes = (cause for pattern, cause in CAUSES if re.search(pattern, text))
        cause = next(causes, "pip says above why.")
        raise SetupError(f"the installation failed. {cause} Then repeat the command: it goes on.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
