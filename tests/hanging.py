"""Processes that hang: stopped by a signal, they keep every connection and answer nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psutil


def server_of(data_dir: Path) -> list[psutil.Process]:
    """Return the built-in server of a data directory, and all that works for it."""
    postmaster = (data_dir / "postgres/postmaster.pid").read_text().split()[0]
    process = psutil.Process(int(postmaster))
    return [process, *process.children(recursive=True)]


@contextmanager
def hung(processes: list[psutil.Process]) -> Iterator[None]:
    """Stop processes, and let those that are still there go on afterwards."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def stuttering(
    found: Callable[[], list[psutil.Process]], stopped_seconds: float, going_seconds: float
) -> Iterator[None]:
    """Let processes hang for a moment, again and again: whoever asks them waits, and is answered.

    They are looked for each time, for a database server has another process for each connection.
    """
    ended = Event()

    def stutter() -> None:
        while not ended.wait(going_seconds):
            with hung(found()):
                ended.wait(stopped_seconds)

    thread = Thread(target=stutter)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
