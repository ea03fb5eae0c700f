"""A service that several files of tests share: the first starts it, the last in a row ends it.

A fixture of the session would keep it to the end of the run, beside thousands of tests that need
none, and a service takes a tenth of a core at rest.
"""

import tempfile
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Generic, TypeVar

Service = TypeVar("Service")


class Shared(Generic[Service]):
    """The one service that this process keeps from file to file, by the name of its fixture."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._kept: tuple[str, Service] | None = None

    def get(self, name: str, start: Callable[[Path], AbstractContextManager[Service]]) -> Service:
        """Return the service of this name, started in a folder of its own if it is not there."""
        if self._kept is None or self._kept[0] != name:
            self.end()
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="fg-"))
            self._kept = name, self._stack.enter_context(start(Path(folder)))
        return self._kept[1]

    def end_unless(self, wanted: Collection[str]) -> None:
        """End what is kept, unless its name is among what is wanted next."""
        if self._kept is None or self._kept[0] not in wanted:
            self.end()

    def end(self) -> None:
        """End what is kept, and what is left of a start that failed."""
        self._kept = None
        self._stack.close()
