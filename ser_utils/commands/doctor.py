"""The check of a computer: what it has, what is wrong, and what to do about that.

It has to work where next to nothing does, so each check imports for itself what it looks at.
"""

import argparse
import asyncio
import importlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from ser_utils.errors import CacheError, SerError

#: How bad a finding is; a broken one makes the exit status 1.
OK, BEWARE, BROKEN = "ok", "beware", "broken"
INSTALL = "Remove the folder .venv, then: python3 bootstrap.py install (with uv: uv sync)."
#: The parts of an installation that run the tutorial.
EXTRAS = ("notebooks",)
#: Distributions whose modules have other names.
MODULES = {
    **{"ipython": "IPython", "markdown-it-py": "markdown_it", "pillow": "PIL"},
    **{"scikit-learn": "sklearn", "umap-learn": "umap"},
}
#: GB that should be free, and that have to be: for features, pages and results.
ROOM, LITTLE_ROOM = 2.0, 0.2
#: Seconds after which the training is said to be slow.
SLOW = 15.0
#: Longest path below a cache folder, with room for a temporary name.
BELOW_CACHE = 180


class Finding(NamedTuple):
    """What a check found."""

    check: str
    severity: str
    found: str
    to_do: str = ""


def add(commands: argparse._SubParsersAction) -> None:
    """Add `doctor`."""
    command = commands.add_parser("doctor", help="check this computer, and say what to do")
    command.add_argument("--json", action="store_true", help="print the findings for a program")
    command.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    findings = list(examine())
    if options.json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{finding.severity:7} {finding.check:10} {finding.found}")
            if finding.to_do:
                print(f"{'':18} -> {finding.to_do}")
    return int(any(finding.severity == BROKEN for finding in findings))


def examine() -> Iterator[Finding]:
    """Run all checks; one that fails itself is a finding as well."""
    for name, check in CHECKS.items():
        try:
            with warnings.catch_warnings(action="ignore"):
                severity, found, *to_do = check()
        except Exception as error:  # whatever a damaged installation comes up with
            severity, found = BROKEN, f"{type(error).__name__}: {error}".splitlines()[0]
            to_do = [] if isinstance(error, SerError) else [INSTALL]  # which says it itself
        yield Finding(name, severity, found, *to_do)


def _python() -> tuple[str, ...]:
    return OK, f"{platform.python_version()} in {sys.prefix}, {platform.platform()}"


def _packages() -> tuple[str, ...]:
    """Look for each package that is required, in the version that was tested, and import it."""
    missing, broken, others, versions = [], [], [], {}
    for name in required():
        try:
            versions[name] = metadata.version(name)
            importlib.import_module(MODULES.get(name, name.replace("-", "_")))
        except metadata.PackageNotFoundError:
            missing.append(name)
        except Exception as error:
            broken.append(f"{name} ({str(error).strip().splitlines()[0]})")
    for name, version in tested().items():
        if versions.get(name, version).partition("+")[0] != version:
            others.append(f"{name} {versions[name]} (tested: {version})")
    shown = ", ".join(f"{name} {versions.get(name)}" for name in ("torch", "numpy", "jupyterlab"))
    if missing or broken:
        told = [f"missing: {', '.join(missing)}"] * bool(missing)
        told += [f"cannot be imported: {', '.join(broken)}"] * bool(broken)
        return BROKEN, "; ".join(told), INSTALL
    if others:
        found = f"other versions than were tested: {', '.join(others)}"
        return BEWARE, found, f"If something fails: {INSTALL}"
    return OK, f"{len(versions)} packages, with {shown}"


def required() -> list[str]:
    """Names of the packages that the tutorial needs, as the installed project declares them."""
    try:
        lines = metadata.requires("ser-utils") or []
    except metadata.PackageNotFoundError:
        return ["ser-utils"]
    extras = [re.search(r"extra\s*==\s*['\"](.+?)['\"]", line) for line in lines]
    return [
        re.match(r"[\w.-]+", line)[0]
        for line, extra in zip(lines, extras, strict=True)
        if extra is None or extra[1] in EXTRAS
    ]


def tested() -> dict[str, str]:
    """Versions that were tested together, where there is a checkout that lists them."""
    from ser_utils.files import PROJECT

    try:
        text = (PROJECT / "constraints.txt").read_text(encoding="utf-8")
    except OSError:
        return {}
    return dict(re.findall(r"^([\w.-]+)==(\S+)$", text, re.MULTILINE))


def _training() -> tuple[str, ...]:
    """Train a small network on two moons, for about two seconds."""
    from ser_utils import models, training
    from ser_utils.evaluation import held_out_uar
    from ser_utils.lessons import two_moons

    pair, began = two_moons.pair(), time.monotonic()
    trained = training.fit(models.mlp(pair), pair, epochs=40, progress=False)
    recall, seconds = held_out_uar(trained, pair.source), time.monotonic() - began
    found = f"UAR {recall:.2f} on two moons after {seconds:.1f} s"
    if recall < 0.75:
        return BROKEN, found, f"It should have learned them. {INSTALL}"
    if seconds > SLOW:
        return BEWARE, found, "It should take about 2: end what else keeps the computer busy."
    return OK, found


def _sound() -> tuple[str, ...]:
    """Speak a word, store it, read it and describe it, as the tutorial does."""
    import soundfile

    from ser_utils import audio, features
    from ser_utils.datasets.synthetic import espeak

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "word.wav")
        soundfile.write(file, *espeak.speak("does this sound", "en"))
        samples = audio.read(file)
    egemaps = features.compute(samples, "egemaps")
    return OK, f"eSpeak NG spoke, openSMILE gave {len(egemaps)} functionals"


def _notebook() -> tuple[str, ...]:
    """Let a kernel run a cell, by the network of this computer to itself."""
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    from ser_utils.pages.kernels import ThisPython

    cell = nbformat.v4.new_code_cell("6 * 7")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    manager = AsyncKernelManager(kernel_spec_manager=ThisPython())
    quiet = ["--log-level=CRITICAL"]
    client = NotebookClient(notebook, km=manager, timeout=120, extra_arguments=quiet)
    asyncio.run(client.async_execute())  # a loop of its own: its end is that of its signal handlers
    return OK, f"a kernel answered {notebook.cells[0].outputs[0]['data']['text/plain']}"


def _browser() -> tuple[str, ...]:
    import webbrowser

    try:
        return OK, webbrowser.get().name if hasattr(webbrowser.get(), "name") else "there is one"
    except webbrowser.Error:
        to_do = "Open build/tutorial/index.html, and the address that `explore` prints, by hand."
        return BEWARE, "none that Python finds", to_do


def _disk() -> tuple[str, ...]:
    from ser_utils import files

    folders = {"caches": files.cache_folder(), "project": files.PROJECT}
    free = {name: shutil.disk_usage(_existing(path)).free / 1e9 for name, path in folders.items()}
    found = ", ".join(f"{gb:.1f} GB free for {name}" for name, gb in free.items())
    if min(free.values()) < ROOM:
        severity = BROKEN if min(free.values()) < LITTLE_ROOM else BEWARE
        return severity, found, f"Free at least {ROOM:g} GB, or move the caches by SER_CACHE."
    return OK, found


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _cache() -> tuple[str, ...]:
    from ser_utils import files

    folder = files.cache_folder()
    try:
        files.write_text(folder / "doctor.txt", "It can be written.\n")
        (folder / "doctor.txt").unlink()
    except CacheError:
        if not (folder / "features").is_dir():
            raise
        to_do = "What is in it is used, the rest computed each time; to keep that, move SER_CACHE."
        return BEWARE, f"{folder} can be read, not written", to_do
    if os.name == "nt" and len(str(folder)) + BELOW_CACHE > 260:
        return BEWARE, f"{folder} is long", "Windows ends paths at 260 letters: set SER_CACHE."
    return OK, f"{folder} can be written"


def _corpora() -> tuple[str, ...]:
    from ser_utils.datasets import registry
    from ser_utils.files import data_folder

    here = [
        name
        for name, corpus in registry.corpora().items()
        if registry.is_present(corpus) and not corpus.prepare
    ]
    if not set(registry.REAL_PAIR) <= set(here):
        to_do = "`make data`, or `ser-utils data`, downloads RAVDESS and EMO-DB."
        return OK, f"synthetic speech, in {data_folder()}: {', '.join(here) or 'nothing'}", to_do
    return OK, f"in {data_folder()}: {', '.join(here)}"


def _threads() -> tuple[str, ...]:
    import torch
    from joblib import cpu_count

    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    given = {name: os.environ[name] for name in names if os.environ.get(name)}
    cores = cpu_count()
    found = f"{cores} cores, {torch.get_num_threads()} threads of torch"
    found += "".join(f", {name}={value}" for name, value in given.items())
    wrong = [name for name, value in given.items() if not _fits(value, cores)]
    if wrong:
        to_do = f"Unset {', '.join(wrong)}: it should be a number from 1 to {cores}."
        return BEWARE, found, to_do
    return OK, found


def _fits(value: str, cores: int) -> bool:
    return value.isdecimal() and 1 <= int(value) <= cores


CHECKS: dict[str, Callable[[], tuple[str, ...]]] = {
    "python": _python,
    "packages": _packages,
    "threads": _threads,
    "training": _training,
    "sound": _sound,
    "notebook": _notebook,
    "browser": _browser,
    "disk": _disk,
    "cache": _cache,
    "corpora": _corpora,
}
