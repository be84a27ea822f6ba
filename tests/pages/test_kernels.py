import json
import sys

from ser_utils.pages.kernels import ThisPython


def test_there_is_one_kernel_whatever_jupyter_finds(tmp_path, monkeypatch):
    for name in ("python3", "a_better_one"):
        spec = tmp_path / "kernels" / name / "kernel.json"
        spec.parent.mkdir(parents=True)
        command = {"argv": ["/removed/venv/bin/python"], "display_name": "", "language": "python"}
        spec.write_text(json.dumps(command), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    ((name, found),) = ThisPython().get_all_specs().items()
    assert (name, found["spec"]["argv"][0]) == ("python3", sys.executable)
    assert ThisPython().get_kernel_spec("python3").argv[0] == sys.executable
