"""What is measured of the database: queries by their names, failures by theirs, and the pools."""

import re
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from db import metering
from db.pool import connection, open_pool
from db.queries import FOLDER, name_of, queries
from deployments.errors import FacegraphError
from tests.unit.measured import counted, growth

TOPICS = sorted(path.stem for path in FOLDER.glob("*.sql"))
_NUMBER = re.compile(r"{\w+:d}")


@pytest.mark.parametrize(
    ("topic", "name"), [(topic, name) for topic in TOPICS for name in queries(topic)]
)
def test_a_query_is_known_by_its_text(topic: str, name: str) -> None:
    """Whatever numbers are put into it."""
    assert name_of(_NUMBER.sub("7", queries(topic)[name])) == f"{topic}.{name}"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("BEGIN;", "begin"),
        ("COMMIT;", "commit"),
        ("ROLLBACK;", "rollback"),
        ("SELECT 1", "ping"),
        ("SELECT secret FROM somewhere", "other"),
        ("/* invented.by_somebody */ SELECT 1", "other"),
        ("/* never closed", "other"),
        ("", "other"),
    ],
)
def test_a_text_of_no_file(text: str, name: str) -> None:
    """It has a name of four, or none: what it holds is never told."""
    assert name_of(text) == name


class Connection:
    """Keeps who wants to hear of its queries."""

    def __init__(self) -> None:
        self.loggers: list[Any] = []

    def add_query_logger(self, callback: Any) -> None:
        """Keep one."""
        self.loggers.append(callback)


def test_each_query_is_timed() -> None:
    """It counts under its name, by the seconds its caller waited."""
    queried = Connection()
    metering.watch(queried)  # type: ignore[arg-type]
    grown = growth("facegraph_db_seconds_sum", query="faces.delete_face")
    (heard,) = queried.loggers
    text = queries("faces")["delete_face"]
    heard(SimpleNamespace(query=text, elapsed=0.25, exception=None))

    assert grown() == 0.25


def test_nothing_is_watched_where_nothing_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver then measures nothing either."""
    monkeypatch.setattr(metering, "counting", lambda: False)
    queried = Connection()
    metering.watch(queried)  # type: ignore[arg-type]

    assert queried.loggers == []


@pytest.mark.parametrize(
    ("error", "times"),
    [(ConnectionRefusedError(), 1), (asyncpg.CharacterNotInRepertoireError("x"), 0)],
)
async def test_failures_are_counted_by_their_names(error: Exception, times: int) -> None:
    """Those of the database are; a text it cannot hold is its caller's."""
    grown = growth("facegraph_db_errors_total", error=type(error).__name__)
    pool = open_pool("postgresql://nobody@/x", max_size=1)
    pool.acquire = _failing(error)  # type: ignore[method-assign]
    with pytest.raises(FacegraphError):
        async with connection(pool):
            pass

    assert grown() == times


def _failing(error: Exception) -> Any:
    async def fail() -> None:
        raise error

    return fail


class Pool:
    """A pool of eight, of which five are open and two at rest, and three wait besides."""

    def __init__(self) -> None:
        self.waiting = self
        self.inside = 11

    def get_size(self) -> int:
        """Return how many are open."""
        return 5

    def get_idle_size(self) -> int:
        """Return how many of them are at rest."""
        return 2

    def get_max_size(self) -> int:
        """Return how many there may be."""
        return 8


def test_pools_are_added_up() -> None:
    """A deployment's connections are told by what they do, with all that wait for one."""
    metering.look("Matcher", Pool(), Pool())  # type: ignore[arg-type]
    found = {
        state: counted("facegraph_db_connections", deployment="Matcher", state=state)
        for state in ("used", "idle", "most")
    }

    assert found == {"used": 6, "idle": 4, "most": 16}
    assert counted("facegraph_queue_depth", deployment="Matcher") == 6
