"""The spans of queries, by their names: neither their text nor a value leaves the process."""

from typing import TYPE_CHECKING

import asyncpg

from db.queries import name_of
from deployments import tracing

if TYPE_CHECKING:
    from asyncpg.connection import LoggedQuery


def watch(connection: asyncpg.Connection) -> None:
    """Make a span of every query on a connection from now on, where spans are made."""
    if tracing.Tracing.spans:
        connection.add_query_logger(_tell)


def _tell(query: "LoggedQuery") -> None:
    """Asyncpg calls it after each, in the context of whoever asked."""
    tracing.queried(name_of(query.query), query.elapsed, query.exception)
