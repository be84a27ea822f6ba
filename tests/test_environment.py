"""The files that say what is installed, and how, agree with each other and with the code."""

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import ser_utils

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [Requirement(r) for r in sum(EXTRAS.values(), PROJECT["dependencies"])]


def constraints() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins}


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_tested_version_satisfies_requirement(requirement):
    (pin,) = constraints()[canonicalize_name(requirement.name)].specifier
    assert pin.operator == "=="
    assert requirement.specifier.contains(pin.version)


def test_constraints_pin_nothing_that_torch_pins_itself():
    assert not [n for n in constraints() if n.startswith(("nvidia", "cuda", "triton"))]


def test_conda_environment_is_in_step():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, packages = environment["dependencies"]
    assert pip == "pip"
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))
    options, install = packages["pip"]
    assert options == "-c constraints.txt"
    extras = Requirement(install.replace("-e .", PROJECT["name"])).extras
    assert extras == set(EXTRAS)


def test_what_the_package_imports_is_declared():
    of_tests = EXTRAS["test"] + EXTRAS["browser"]
    declared = {canonicalize_name(r.name) for r in REQUIREMENTS if str(r) not in of_tests}
    distributions = packages_distributions()
    for file in (ROOT / "ser_utils").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module]
            for module in {module.split(".")[0] for module in modules}:
                if module == "ser_utils" or module in sys.stdlib_module_names:
                    continue
                names = {canonicalize_name(name) for name in distributions[module]}
                assert names & declared, f"{file.name} imports {module}, which is not declared"


def test_help_names_every_target():
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    (phony,) = (line for line in makefile.splitlines() if line.startswith(".PHONY:"))
    text = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    shown = [line.split()[1] for line in text.splitlines() if line.startswith("make ")]
    assert shown == phony.split()[1:]


def test_make_lets_the_script_install_and_run():
    for target in ("tutorial", "test", "test-browser", "lint", "lab", "data", "doctor"):
        command = ["make", "--dry-run", "--no-print-directory", target, "PYTHON=my-python"]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert ran.stdout.split() == ["my-python", "bootstrap.py", target]


def test_of_two_targets_at_once_one_waits_for_the_other(tmp_path):
    """A fresh clone would have two installations into one folder."""
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\nmkdir "$0.runs" || exit 1\nsleep 0.3\nrmdir "$0.runs"\n', encoding="utf-8"
    )
    python.chmod(0o755)
    command = ["make", "--jobs=2", "--keep-going", "tutorial", "test", f"PYTHON={python}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


# What uv installs -------------------------------------------------------------------------------

LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
LOCKED = {package["name"]: package for package in LOCK}


def test_the_lock_has_the_tested_versions():
    pins = {name: str(pin.specifier) for name, pin in constraints().items()}
    assert {name: f"=={LOCKED[name]['version']}" for name in pins} == pins


def test_each_door_installs_the_same():
    """But for a browser, which conda brings and the others when it is asked for."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (uv,) = map(Requirement, groups["dependency-groups"]["dev"])
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    assert set(bootstrap.EXTRAS) == uv.extras == set(EXTRAS) - {"browser"}


def test_the_lock_is_of_this_project():
    assert LOCKED[PROJECT["name"]]["source"] == {"editable": "."}
    described = LOCKED[PROJECT["name"]]["metadata"]["requires-dist"]
    locked = {
        (entry["name"], entry.get("marker"), SpecifierSet(entry.get("specifier", "")))
        for entry in described
    }
    declared = {
        (canonicalize_name(r.name), marker, r.specifier)
        for marker, lines in [
            (None, PROJECT["dependencies"]),
            *((f"extra == '{extra}'", lines) for extra, lines in EXTRAS.items()),
        ]
        for r in map(Requirement, lines)
    }
    assert locked == declared


def test_the_lock_names_the_public_registry_only():
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([^/\"]+)", text))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    assert "file:" not in text


def test_citation_names_this_version_and_the_paper():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == ser_utils.__version__
    authors = [author["family-names"] for author in citation["preferred-citation"]["authors"]]
    assert authors == ["Cai", "Wu", "Zhong", "Su", "Dai", "Meng"]
