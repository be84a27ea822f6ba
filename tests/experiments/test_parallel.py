import os

import pytest
import torch

from ser_utils.errors import SettingError
from ser_utils.experiments import parallel


def whereabouts(number: int) -> tuple[int, int, int]:
    return number, os.getpid(), torch.get_num_threads()


def failing(number: int) -> int:
    raise ValueError(f"number {number}")


def test_a_stream_tells_which_item_a_result_of_another_process_of_one_thread_is_of():
    results = dict(parallel.stream(whereabouts, [(n,) for n in range(6)], 2, "test"))
    assert {index: number for index, (number, _, _) in results.items()} == {n: n for n in range(6)}
    assert os.getpid() not in {process for _, process, _ in results.values()}
    assert {threads for _, _, threads in results.values()} == {1}


def test_an_error_reaches_the_caller():
    with pytest.raises(ValueError, match="number 3"):
        list(parallel.stream(failing, [(3,)], 1, "test"))


def test_a_scheduler_that_does_not_answer_is_one_clear_line(monkeypatch):
    distributed = pytest.importorskip("distributed")

    def refuse(address, timeout):
        raise OSError("Timed out trying to connect")

    monkeypatch.setattr(distributed, "Client", refuse)
    with pytest.raises(SettingError, match=r"no Dask scheduler answers at 'tcp://nowhere:1'"):
        list(parallel.stream(whereabouts, [(1,)], 1, "test", scheduler="tcp://nowhere:1"))
    with pytest.raises(SettingError, match="no Dask scheduler"):
        list(parallel.stream(whereabouts, [(1,)], 1, "test", scheduler="no address"))
