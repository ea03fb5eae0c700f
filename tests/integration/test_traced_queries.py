"""Queries as spans: by their names, below whoever asked, without a value."""

import asyncio

import pytest

from db.gallery import Gallery
from db.pool import connection, open_pool
from deployments import tracing
from deployments.errors import DeadlineExceeded
from deployments.messages.sharing import Origin
from tests.conftest import AMBIGUITY_MARGIN
from tests.integration.people import MODEL, person, search, strangers
from tests.recorded import Recorded, told

ORIGIN = Origin("a-request", f"00-{'ab' * 16}-{'cd' * 8}-01")
(PROBE,) = strangers(1, seed=42)


async def test_the_queries_of_a_search(database_url: str, recorded: Recorded) -> None:
    """Each has the name it has in db/sql, and lies below the node's span, as the wait before."""
    async with open_pool(database_url, max_size=1) as pool:
        gallery = Gallery(pool, AMBIGUITY_MARGIN)
        await gallery.enrol("default", person("somebody", PROBE), MODEL)
        assert recorded.names() == []
        with tracing.received("matcher.identify", ORIGIN):
            await gallery.search(search(PROBE))
            await asyncio.sleep(0)  # asyncpg tells of a query a moment after it
    wait, *queries, node = recorded.all()

    assert (wait.name, node.name) == ("connection", "matcher.identify")
    assert [each.name for each in queries] == [
        "collections.find_collection",
        "search.find_nearest_exactly",
    ]
    assert [parent for _, parent in recorded.parents()] == [*[node.name] * 3, None]
    assert [told(each) for each in queries] == [
        {"db.system.name": "postgresql", "db.operation.name": each.name} for each in queries
    ]
    assert "somebody" not in "".join(each.to_json() for each in recorded.all())


async def test_a_query_that_failed(database_url: str, recorded: Recorded) -> None:
    """It says what kind of error it was; a statement that is no named query is `other`."""
    async with open_pool(database_url, max_size=1, statement_timeout_seconds=0.05) as pool:
        with tracing.received("matcher.identify", ORIGIN), pytest.raises(DeadlineExceeded):
            async with connection(pool) as held:
                await held.execute("SELECT pg_sleep(60)")
        await asyncio.sleep(0)

    assert told(recorded.one("other"))["error.type"] == "QueryCanceledError"
