"""Processes that hang: stopped by a signal, they keep every connection and answer nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()
