"""Which tests stay together on a worker of pytest-xdist: those of a file, or of a shared service.

A service that several files share is started by each worker that gets one of them, and a start
takes two cores for ten seconds and more.
"""

import re
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

# The fixtures of tests/acceptance/conftest.py, as mypy wants them written where they are asked for.
_SHARED = re.compile(r"\b(service|doubled): Running\b")


class Distribution(LoadFileScheduling):  # type: ignore[misc]
    """Give each file to one worker, and all files that share a service to the same one."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        super().__init__(config, log)
        self._root = config.rootpath

    def _split_scope(self, nodeid: str) -> str:
        """Return what the test stays together with; pytest-xdist asks for each, again and again."""
        file: str = super()._split_scope(nodeid)
        return shared_by(self._root / file) or file


@cache
def shared_by(file: Path) -> str | None:
    """Return the name of the service that a file of acceptance tests shares with others."""
    found = _SHARED.search(file.read_text()) if file.parent.name == "acceptance" else None
    return found[1] if found else None
