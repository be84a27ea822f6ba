import os

import pytest
import torch

from ser_utils.errors import SettingError
from ser_utils.experiments import parallel


def whereabouts(number: int) -> tuple[int, int, int]:
    return number, os.getpid(), torch.get_num_threads()


def failing(number: int) -> int:
    raise ValueError(f"number {number}")


def test_results_come_from_other_processes_of_one_thread_in_order():
    results = parallel.in_order(whereabouts, [(n,) for n in range(6)], 2, "test")
    assert [number for number, _, _ in results] == list(range(6))
    assert os.getpid() not in {process for _, process, _ in results}
    assert {threads for _, _, threads in results} == {1}


def test_a_stream_tells_which_item_a_result_is_of():
    results = dict(parallel.stream(whereabouts, [(n,) for n in "abc"], 2, "test"))
    assert {index: result[0] for index, result in results.items()} == {0: "a", 1: "b", 2: "c"}


def test_an_error_reaches_the_caller():
    with pytest.raises(ValueError, match="number 3"):
        parallel.in_order(failing, [(3,)], 1, "test")


def test_a_dask_cluster_does_the_same_work():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        results = dict(
            parallel.stream(whereabouts, [(n,) for n in range(6)], 1, "test", scheduler=address)
        )
    assert {index: result[0] for index, result in results.items()} == {n: n for n in range(6)}
    assert os.getpid() not in {process for _, process, _ in results.values()}


def test_a_scheduler_that_does_not_answer_is_one_clear_line(monkeypatch):
    distributed = pytest.importorskip("distributed")

    def refuse(address, timeout):
        raise OSError("Timed out trying to connect")

    monkeypatch.setattr(distributed, "Client", refuse)
    with pytest.raises(SettingError, match=r"no Dask scheduler answers at 'tcp://nowhere:1'"):
        list(parallel.stream(whereabouts, [(1,)], 1, "test", scheduler="tcp://nowhere:1"))
    with pytest.raises(SettingError, match="no Dask scheduler"):
        list(parallel.stream(whereabouts, [(1,)], 1, "test", scheduler="no address"))
