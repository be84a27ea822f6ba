"""Many calls of one function at once: on every core of this machine, or on a Dask cluster."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from joblib import Parallel, delayed, parallel_config
from tqdm import tqdm

from ser_utils.errors import SettingError


def stream(
    function: Callable,
    items: Sequence[tuple],
    jobs: int,
    what: str,
    done: int = 0,
    scheduler: str | None = None,
) -> Iterator[tuple[int, object]]:
    """Apply `function` to each tuple of `items`, on one thread of another process each.

    Parameters
    ----------
    function : callable
    items : sequence of tuple
        Its arguments.
    jobs : int
        Processes on this machine.
    what : str
        Title of the progress bar, which estimates the time left.
    done : int
        How many were done before, for the bar.
    scheduler : str, optional
        Address of a Dask scheduler, as in "tcp://10.0.0.1:8786", whose workers do the work.

    Yields
    ------
    index : int
        Which of `items`; results come as they are ready.
    result : object

    Raises
    ------
    SettingError
        If nothing answers at the address, or the package for it is not installed.
    """
    calls = [delayed(_on_one_thread)(function, index, item) for index, item in enumerate(items)]
    bar = tqdm(
        total=done + len(items), initial=done, desc=what, unit="training", dynamic_ncols=True
    )
    with _workers(jobs, scheduler) as parallel, bar:
        for result in parallel(calls):
            bar.update()
            yield result


@contextmanager
def _workers(jobs: int, scheduler: str | None) -> Iterator[Parallel]:
    if scheduler is None:
        with parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1):
            parallel = Parallel(return_as="generator_unordered")
        yield parallel
        return
    with _client(scheduler), parallel_config("dask", n_jobs=-1):
        yield Parallel(return_as="generator_unordered")


def _client(scheduler: str):
    """Connect to a Dask scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise SettingError(
            "a scheduler needs the package distributed: pip install 'ser-utils[cluster]'."
        ) from None
    try:
        return Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        raise SettingError(
            f"no Dask scheduler answers at {scheduler!r} ({error}). Start one with "
            "`dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`."
        ) from error


def _on_one_thread(function: Callable, index: int, arguments: tuple) -> tuple[int, object]:
    torch.set_num_threads(1)
    return index, function(*arguments)
