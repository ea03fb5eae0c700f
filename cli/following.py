"""The log of a service that `facegraph up` runs, on its standard output while it runs.

Ray gives each replica files of its own, which come and go. One thread reads what was added to them
and passes it on: no replica knows of it, and where nobody takes what it writes it alone waits.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, BinaryIO, Literal

from cli.readable import readable

LOOK_SECONDS = 0.5
SHOWN_LINES = 50  # Of one look, to people: who can read more?
FILES = "worker-*.err"
_CHUNK_BYTES = 2**20

Show = Callable[[list[bytes]], Iterable[bytes]]


class Followed:
    """One file, as far as it was read; a file that takes its place is read from its beginning."""

    def __init__(self, path: Path, *, from_end: bool = False) -> None:
        self._path = path
        self._file: BinaryIO = path.open("rb", buffering=0)
        self._rest = b""
        if from_end:
            self._file.seek(0, os.SEEK_END)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that were completed since the last time."""
        while chunk := self._file.read(_CHUNK_BYTES) or self._next():
            *complete, self._rest = (self._rest + chunk).split(b"\n")
            yield from complete

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _next(self) -> bytes:
        """Return how the file goes on that stands in the place of this one, or that was emptied."""
        with suppress(FileNotFoundError):
            found, mine = self._path.stat(), os.fstat(self._file.fileno())
            if found.st_ino != mine.st_ino:
                self._file.close()
                self._file = self._path.open("rb", buffering=0)
            elif found.st_size < self._file.tell():
                self._file.seek(0)
            return self._file.read(_CHUNK_BYTES)
        return b""


class Following:
    """What is read of a folder of logs, from the moment it is told which one."""

    def __init__(self, show: Show, write: Callable[[bytes], None], *, from_end: bool) -> None:
        self._show = show
        self._write = write
        self._from_end = from_end
        self._files: dict[Path, Followed] = {}
        self._ended = Event()
        self._thread: Thread | None = None

    def begin(self, logs: Path) -> None:
        """Read that folder from now on; with `from_end` only what is added to what is there."""
        self._meet(logs, from_end=self._from_end)
        self._thread = Thread(target=self._run, args=(logs,), name="following", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Look once more and end, but wait no longer than a second for whoever reads."""
        self._ended.set()
        if self._thread:
            self._thread.join(1.0)

    def _run(self, logs: Path) -> None:
        with suppress(OSError):  # Nobody reads any more.
            while not self._ended.wait(LOOK_SECONDS):
                self._look(logs)
            self._look(logs)
        for file in self._files.values():
            file.close()

    def _look(self, logs: Path) -> None:
        self._meet(logs)
        added = [line for file in self._files.values() for line in file.lines()]
        # Ray's own marks, and what is no line of a log, stay in the files.
        shown = self._show([line for line in added if line[:1] == b"{" and line[-1:] == b"}"])
        self._write(b"".join(line + b"\n" for line in shown))

    def _meet(self, logs: Path, *, from_end: bool = False) -> None:
        there = set(logs.glob(FILES))
        for path in there - self._files.keys():
            with suppress(FileNotFoundError):
                self._files[path] = Followed(path, from_end=from_end)
        for path in self._files.keys() - there:
            self._files.pop(path).close()


def in_colour(lines: list[bytes], *, colors: bool) -> Iterator[bytes]:
    """Yield lines as people read them, in the order of their times; of very many the first."""
    events = sorted(_events(lines), key=lambda event: str(event.get("timestamp")))
    for event in events[:SHOWN_LINES]:
        yield readable(event, colors=colors).encode(errors="backslashreplace")
    if len(events) > SHOWN_LINES:
        yield f"… and {len(events) - SHOWN_LINES} more lines".encode()


def _events(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        with suppress(ValueError):  # What looked like an event, and is none.
            yield json.loads(line)


@contextmanager
def following(log_format: Literal["json", "console"] | None) -> Iterator[Following | None]:
    """Follow to standard output, if there is one: for people where a terminal is, else as JSON."""
    if sys.stdout is None:
        yield None
        return
    people = log_format == "console" or (log_format is None and sys.stdout.isatty())
    show: Show = partial(in_colour, colors=sys.stdout.isatty()) if people else list
    following = Following(show, partial(_write, sys.stdout.fileno()), from_end=people)
    try:
        yield following
    finally:
        following.end()


def _write(number: int, text: bytes) -> None:
    """Write all of it past Python's buffer, whose lock a stuck thread would keep to the end."""
    while text:
        text = text[os.write(number, text) :]
