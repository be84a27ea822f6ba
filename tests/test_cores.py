"""Work takes the cores that this process may use: of a shared machine, fewer than there are."""

import os
from pathlib import Path

import pytest

from ser_utils import features
from ser_utils.__main__ import main
from ser_utils.datasets import audit
from ser_utils.experiments import provenance, runs


@pytest.fixture
def given(monkeypatch):
    """A machine of a million cores; returns the numbers of threads or processes asked for."""
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("this system lends a process all of its cores")
    numbers = []

    class Pool(features.ThreadPoolExecutor):
        def __init__(self, workers):
            numbers.append(workers)
            super().__init__(1)

    for module in (features, audit, provenance):
        monkeypatch.setattr(module, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(runs, "run", lambda *options: numbers.append(options[3]) or 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 10**6)
    return numbers


@pytest.mark.parametrize(
    "work",
    [
        lambda table: features.extract(table, "logmel", progress=False),
        lambda table: audit.check(Path(table["path"].iloc[0]).parent, progress=False),
        provenance.fingerprint,
        lambda table: main(["search"]),
    ],
)
def test_all_cores_are_those_of_this_process(given, tones, work):
    work(tones["tones-en"][:2])
    (number,) = given
    assert 1 <= number <= len(os.sched_getaffinity(0))
