import json
import os
import subprocess
import sys

import ipykernel.kernelspec
import psutil
import pytest
from nbformat.v4 import new_code_cell

from ser_utils.pages import execution, sources, watchdog
from ser_utils.pages.execution import execute


def texts(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs)


@pytest.fixture
def run(project, parameters):
    """Execute a notebook of cells of code, or the failing one after a change of its cells."""

    def run(*cells, change=None):
        folder = project(**{"02_second": "failing"})
        notebook = sources.read(folder / "02_second.py")
        if cells:
            notebook.cells = [new_code_cell(code) for code in cells]
        for position, code in (change or {}).items():
            notebook.cells[position].source += code
        return execute(notebook, "02_second", parameters, folder)

    return run


def test_a_notebook_runs_in_this_python_whatever_kernels_there_are(run, tmp_path, monkeypatch):
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    removed = ["/removed/venv/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": removed, "display_name": "", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    executed = run("import sys; print(sys.executable)", "1 / 0")
    assert texts(executed.notebook) == f"{execution.sys.executable}\n"
    assert executed.failure.startswith("cell 2 failed with ZeroDivisionError: division by zero")
    assert executed.seconds > 0
    assert executed.attempts == 1


def test_a_cell_before_the_parameters_is_counted_as_in_the_source(run):
    executed = run(change={1: "\nraise ValueError('here')"})
    assert executed.failure.startswith("cell 2 failed with ValueError: here")


def test_a_killed_kernel_is_a_failure(run):
    executed = run(change={2: "\nimport os; os.kill(os.getpid(), 9)"})
    assert "died" in executed.failure
    assert texts(executed.notebook) == "before\n"
    assert executed.attempts == 1


SCRIPT = """
import sys
from pathlib import Path
from nbformat.v4 import new_code_cell, new_notebook
from ser_utils.pages.execution import execute
from ser_utils.pages.parameters import Parameters

notebook = new_notebook(cells=[new_code_cell(sys.argv[1])])
execute(notebook, "", Parameters("a", "b", "arousal"), Path.cwd())
"""


def test_a_killed_run_leaves_no_kernel_and_no_file_for_ever(run, tmp_path, monkeypatch):
    runtime, pipe = tmp_path / "runtime", tmp_path / "pipe"
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    os.mkfifo(pipe)
    cell = f"import os; open('{pipe}', 'w').write(str(os.getpid())); os.read(0, 1); open('{pipe}')"
    with subprocess.Popen([sys.executable, "-c", SCRIPT, cell]) as client:
        kernel = psutil.Process(int(pipe.read_text()))
        client.kill()
    kernel.wait(30)
    assert len(list(runtime.iterdir())) == 1  # so that there is something to remove
    assert not run("1").failure
    assert not list(runtime.iterdir())


# --- What never ends ----------------------------------------------------------------------------

#: From here on the kernel sends no reply, and a thread of it computes for a while.
NO_MORE_REPLIES = """
import threading, time

def compute(until=time.monotonic() + 20):
    while time.monotonic() < until:
        sum(range(10_000))

def send(stream, message, *arguments, send=get_ipython().kernel.session.send, **options):
    return None if message == "execute_reply" else send(stream, message, *arguments, **options)

get_ipython().kernel.session.send = send
threading.Thread(target=compute, daemon=True).start()
"""


@pytest.fixture
def impatient(monkeypatch):
    """Let a kernel wait for a second only."""
    monkeypatch.setattr(watchdog, "IDLE_SECONDS", 1.0)
    monkeypatch.setattr(watchdog, "REPLY_SECONDS", 1.0)
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.1)


def test_a_kernel_that_waits_is_started_once_more_and_named(run, impatient, tmp_path, capsys):
    executed = run(
        "print('before')",
        f"open('{tmp_path}/starts', 'a').write('.')",
        "input_ = 1",
        "import time; time.sleep(3600)",
    )
    reason = "cell 4 waited for ever: for 1 s it neither computed nor sent anything"
    assert executed.failure == reason
    assert (tmp_path / "starts").read_text() == ".."
    assert executed.attempts == 2
    assert texts(executed.notebook) == "before\n"
    assert f"{reason}; once more" in capsys.readouterr().out


def test_a_kernel_that_computes_is_not_ended_but_one_whose_reply_is_lost(
    run, impatient, monkeypatch
):
    monkeypatch.setattr(execution, "ATTEMPTS", 1)
    compute = "import time\nend = time.monotonic() + 2.5\nwhile time.monotonic() < end: pass"
    executed = run(compute, f"print('computed')\n{NO_MORE_REPLIES}")
    assert texts(executed.notebook) == "computed\n"
    assert executed.failure.startswith(
        "cell 2 waited for ever: it has ended, but for 1 s its reply"
    )


def test_a_kernel_that_does_not_start_is_started_once_more(run, monkeypatch):
    no_kernel = {"argv": [execution.sys.executable, "-c", "pass"], "language": "python"}
    monkeypatch.setattr(ipykernel.kernelspec, "get_kernel_dict", lambda: no_kernel)
    executed = run("1")
    assert executed.failure.startswith("the kernel did not start: Kernel died")
    assert executed.attempts == 2
