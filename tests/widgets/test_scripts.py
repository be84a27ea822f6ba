import shutil
import subprocess
from pathlib import Path

import pytest

import ser_utils.widgets

SCRIPTS = [*Path(ser_utils.widgets.__file__).parent.rglob("*.js")]


def test_there_is_little_script():
    texts = [script.read_text("utf-8") for script in SCRIPTS]
    assert texts
    assert sum(len(text.splitlines()) for text in texts) < 400
    assert max(len(line) for text in texts for line in text.splitlines()) <= 110


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_are_well_formed(script):
    subprocess.run(["node", "--check", str(script)], check=True)
