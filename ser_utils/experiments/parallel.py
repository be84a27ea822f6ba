"""Many calls of one function at once: on every core of this machine, or on a Dask cluster."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from joblib import Parallel, delayed, parallel_config
from tqdm import tqdm

from ser_utils.datasets import workers
from ser_utils.errors import SettingError


def stream(
    function: Callable,
    items: Sequence[tuple],
    jobs: int,
    what: str,
    done: int = 0,
    scheduler: str | None = None,
) -> Iterator[tuple[int, object]]:
    """Apply `function` to the arguments in each of `items`, on one thread of another process each.

    Yields the index of an item and its result, as they are ready. `jobs` is the number of processes
    on this machine, unless a Dask `scheduler`, as in "tcp://10.0.0.1:8786", has workers. A progress
    bar with the title `what` counts on from `done` and estimates the time left.
    """
    calls = [delayed(_on_one_thread)(function, index, item) for index, item in enumerate(items)]
    total = done + len(items)
    bar = tqdm(total=total, initial=done, desc=what, unit="training", dynamic_ncols=True)
    with _client(scheduler) if scheduler else nullcontext(), bar:
        with parallel_config("dask", n_jobs=-1) if scheduler else workers.on_processes(jobs):
            parallel = Parallel(return_as="generator_unordered")
        for result in parallel(calls):
            bar.update()
            yield result


def _client(scheduler: str) -> AbstractContextManager:
    """Connect to a Dask scheduler, or raise `SettingError`."""
    try:
        from distributed import Client

        return Client(scheduler, timeout="10s")
    except ImportError:
        raise SettingError(
            "a scheduler needs the package distributed: pip install 'ser-utils[cluster]'."
        ) from None
    except (OSError, ValueError) as error:
        raise SettingError(
            f"no Dask scheduler answers at {scheduler!r} ({error}). Start one with "
            "`dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`."
        ) from error


def _on_one_thread(function: Callable, index: int, arguments: tuple) -> tuple[int, object]:
    torch.set_num_threads(1)
    return index, function(*arguments)
