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
FIRST_SHOWN = ("critical", "error", "warning")

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

    def chunks(self) -> Iterator[list[bytes]]:
        """Yield the lines that were completed since the last time, a bounded number at once."""
        while chunk := self._file.read(_CHUNK_BYTES) or self._next():
            *complete, self._rest = (self._rest + chunk).split(b"\n")
            yield complete

    def skip(self) -> None:
        """Leave out what was added before the last chunk."""
        last = os.fstat(self._file.fileno()).st_size - _CHUNK_BYTES
        if last > self._file.tell():
            self._file.seek(last)
            self._file.readline()
            self._rest = b""

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
    """What is read of a folder of logs, from the moment it is told which one.

    People are shown what happens from then on, and where that is very much the end of it.
    """

    def __init__(self, show: Show, write: Callable[[bytes], None], *, people: bool) -> None:
        self._show = show
        self._write = write
        self._people = people
        self._files: dict[Path, Followed] = {}
        self._ended = Event()
        self._thread: Thread | None = None

    def begin(self, logs: Path) -> None:
        """Read that folder from now on."""
        self._meet(logs, from_end=self._people)
        self._thread = Thread(target=self._run, args=(logs,), name="following", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Look once more and end, but wait no longer than a second for whoever reads."""
        self._ended.set()
        if self._thread:
            self._thread.join(1.0)

    def _run(self, logs: Path) -> None:
        with suppress(BrokenPipeError):  # Nobody reads any more.
            while not self._ended.wait(LOOK_SECONDS):
                self._try_to_look(logs)
            self._try_to_look(logs)
        for file in self._files.values():
            file.close()

    def _try_to_look(self, logs: Path) -> None:
        try:
            self._look(logs)
        except BrokenPipeError:
            raise
        except OSError:  # A full disk, too many open files: that may pass, and lines come again.
            pass

    def _look(self, logs: Path) -> None:
        self._meet(logs)
        chunks = (chunk for file in self._files.values() for chunk in file.chunks())
        if self._people:
            for file in self._files.values():
                file.skip()
            self._pass_on([line for chunk in chunks for line in chunk])
            return
        # Where nobody takes them for long, many come at once.
        for chunk in chunks:
            self._pass_on(chunk)

    def _pass_on(self, lines: list[bytes]) -> None:
        # Ray's own marks, and what is no line of a log, stay in the files.
        events = [line for line in lines if line[:1] == b"{" and line[-1:] == b"}"]
        self._write(b"".join(line + b"\n" for line in self._show(events)))

    def _meet(self, logs: Path, *, from_end: bool = False) -> None:
        there = set(logs.glob(FILES))
        for path in there - self._files.keys():
            with suppress(FileNotFoundError):
                self._files[path] = Followed(path, from_end=from_end)
        for path in self._files.keys() - there:
            self._files.pop(path).close()


def in_colour(lines: list[bytes], *, colors: bool) -> Iterator[bytes]:
    """Yield lines as people read them, in the order of their times; of very many the gravest."""
    events = list(_events(lines))
    shown = sorted(sorted(events, key=_when), key=_how_grave)[:SHOWN_LINES]
    for event in sorted(shown, key=_when):
        yield readable(event, colors=colors).encode(errors="backslashreplace")
    if left_out := len(events) - len(shown):
        yield f"… and {left_out} more lines".encode()


def _when(event: dict[str, Any]) -> str:
    return str(event.get("timestamp"))


def _how_grave(event: dict[str, Any]) -> int:
    """Return a rank by level; what is below a warning shares the last."""
    level = event.get("level")
    return FIRST_SHOWN.index(level) if level in FIRST_SHOWN else len(FIRST_SHOWN)


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
    following = Following(show, partial(_write, sys.stdout.fileno()), people=people)
    try:
        yield following
    finally:
        following.end()


def _write(number: int, text: bytes) -> None:
    """Write all of it past Python's buffer, whose lock a stuck thread would keep to the end."""
    while text:
        text = text[os.write(number, text) :]
