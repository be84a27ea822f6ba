import re
import shutil
import subprocess
from pathlib import Path

import pytest

import ser_utils

PACKAGE = Path(ser_utils.__file__).parent
SCRIPTS = [*PACKAGE.rglob("*.js")]


def test_there_is_little_script():
    lines = {script.name: script.read_text("utf-8").splitlines() for script in SCRIPTS}
    assert len(lines) == len(SCRIPTS)
    assert len(lines.pop("slides.js")) < 30
    assert 0 < sum(map(len, lines.values())) < 400


def test_all_script_stands_in_files_which_a_linter_reads():
    for script in SCRIPTS:
        assert max(map(len, script.read_text("utf-8").splitlines())) <= 110, script
    for template in PACKAGE.rglob("*.j2"):
        for inline in re.findall(r"(?s)<script[^>]*>(.*?)</script>", template.read_text("utf-8")):
            assert re.fullmatch(r"\s*(\{\{[^}]*\}\}\s*)?", inline), template


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_are_well_formed(script):
    subprocess.run(["node", "--check", str(script)], check=True)
