"""The sources of photos, cameras and sites, that are told apart: never more than so many.

A caller names the source, so the names may be any: first come, first told apart, and nobody who
comes later pushes out who is known. Who was silent for a day makes room.
"""

import time
from collections.abc import Callable
from typing import Final

OTHER: Final = "other"
"""Under this name are counted those for whom there was no room."""

SILENT_SECONDS: Final = 86400.0


class Sources:
    """Who is told apart; `clock` is monotonic, and `most` may be changed at any time."""

    def __init__(self, most: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self._clock = clock
        self._heard_at: dict[str, float] = {}

    def told(self, name: str) -> str:
        """Return the name that a source is counted under, and remember that it was heard."""
        if name == OTHER or (name not in self._heard_at and len(self._heard_at) >= self.most):
            return OTHER
        self._heard_at[name] = self._clock()
        return name

    def forget_the_silent(self) -> set[str]:
        """Make room, and return who is no longer told apart."""
        oldest = self._clock() - SILENT_SECONDS
        silent = {name for name, heard_at in self._heard_at.items() if heard_at <= oldest}
        for name in silent:
            del self._heard_at[name]
        return silent
