"""What is light to import stays light: heavy libraries are imported where they are used."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "torch",
    "torchaudio",
    "sklearn",
    "librosa",
    "soundfile",
    "umap",
    "matplotlib",
    "audformat",
}


def imported(*arguments: str) -> set[str]:
    """Top-level modules that a fresh interpreter has imported when it has run `arguments`."""
    report = "import atexit, json, sys; atexit.register(lambda: print(json.dumps([*sys.modules])))"
    code = f"{report}; import runpy; sys.argv = {['x', *arguments[1:]]!r}; {arguments[0]}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(ran.stdout.splitlines()[-1])}


MAIN = "runpy.run_module('ser_utils', run_name='__main__')"


@pytest.mark.parametrize(
    "arguments",
    [("import ser_utils",), ("import ser_utils.files, ser_utils.errors",), (MAIN, "--help")],
    ids=str,
)
def test_the_package_and_its_help_import_no_heavy_library(arguments):
    modules = imported(*arguments)
    assert "ser_utils" in modules
    assert not modules & (HEAVY | {"numpy", "pandas"})


@pytest.mark.parametrize(
    "arguments",
    [("from ser_utils import labels",), ("from ser_utils import datasets",), (MAIN, "datasets")],
    ids=str,
)
def test_tables_need_pandas_and_nothing_heavier(arguments):
    modules = imported(*arguments)
    assert "pandas" in modules
    assert not modules & (HEAVY - {"soundfile"})
