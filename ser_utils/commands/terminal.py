"""What a command owes to whoever runs it: text that they can show, and an end when they want it."""

import errno
import functools
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: What a shell adds to the number of the signal that ended a process, for its exit status.
BY_SIGNAL = 128
BROKEN_PIPE = BY_SIGNAL + 13
INTERRUPTED = BY_SIGNAL + signal.SIGINT


def courteous(command: Callable[..., int]) -> Callable[..., int]:
    """Let a command, a function that returns an exit status, behave as its caller expects.

    A letter that the terminal lacks is printed by its number. A reader who goes away (`| head`), a
    closed terminal and every signal that asks for an end are obeyed: child processes and temporary
    files go, and nothing but an interruption is said. Output that cannot be written is an error.
    """

    @functools.wraps(command)
    def run(*arguments: object) -> int:
        _prepare_streams()
        with _signals_that_exit():
            try:
                try:
                    return command(*arguments)
                finally:
                    for stream in _streams():
                        stream.flush()
            except KeyboardInterrupt:
                return _failed("\nser_utils: interrupted\n", INTERRUPTED)
            except OSError as error:
                # On Windows a pipe whose reader has gone is an invalid argument.
                gone = os.name == "nt" and error.errno == errno.EINVAL and not error.filename
                if gone or isinstance(error, BrokenPipeError):
                    return _failed("", BROKEN_PIPE)
                where = f"{error.filename}: " if error.filename else ""
                return _failed(f"ser_utils: {where}{error.strerror or error}\n", 2)

    return run


def _prepare_streams() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed (2>&-) before Python began
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for good
    for stream in _streams():
        stream.reconfigure(errors="backslashreplace")


def _streams() -> list[io.TextIOWrapper]:
    """Return the standard output and error of this process, but for those of a notebook."""
    both = sys.stdout, sys.stderr
    return [each for each in both if isinstance(each, io.TextIOWrapper) and not each.closed]


@contextmanager
def _signals_that_exit() -> Iterator[None]:
    """Let signals unwind the stack, so that whatever was opened is closed, as by Ctrl-C."""
    wanted = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]
    # One that is ignored (nohup) stays so; and only the main thread may ask for any.
    mine = threading.current_thread() is threading.main_thread()
    taken = [each for each in wanted if each and mine and signal.getsignal(each) is signal.SIG_DFL]
    for each in taken:
        signal.signal(each, _exit)
    try:
        yield
    finally:
        for each in taken:
            signal.signal(each, signal.SIG_DFL)


def _exit(number: int, frame: object) -> None:
    sys.exit(BY_SIGNAL + number)


def _failed(message: str, status: int) -> int:
    """Say why a command ended, and drop what cannot be written: Python would try again at exit."""
    with suppress(OSError):
        print(message, end="", file=sys.stderr, flush=True)
    for stream in _streams():
        try:
            stream.flush()
        except OSError:
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())
    return status
