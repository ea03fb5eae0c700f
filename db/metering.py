"""What is measured of the database: how long named queries take, and how the pools are used.

Where spans are made, each query is one: its name, and neither its text nor a value.
"""

from typing import TYPE_CHECKING

import asyncpg

from db.queries import name_of
from deployments import instruments, tracing
from deployments.counters import counting
from deployments.instruments import Deployment

if TYPE_CHECKING:
    from asyncpg.connection import LoggedQuery

    from db.pool import Pool


def watch(connection: asyncpg.Connection) -> None:
    """Measure every query on a connection from now on, where that is asked for."""
    if counting() or tracing.Tracing.spans:
        connection.add_query_logger(_observe)


def _observe(query: "LoggedQuery") -> None:
    """Asyncpg calls it after each, in the context of whoever asked."""
    name = name_of(query.query)
    instruments.db_seconds.labels(name).observe(query.elapsed)
    tracing.queried(name, query.elapsed, query.exception)


def count(error: Exception) -> None:
    """Count a failure of the database, or of the way there."""
    instruments.db_errors.labels(type(error).__name__).inc()


def look(deployment: Deployment, *pools: "Pool") -> None:
    """Set how many connections a deployment has and uses, and how many wait for one."""
    open_ones = sum(pool.get_size() for pool in pools)
    idle = sum(pool.get_idle_size() for pool in pools)
    most = sum(pool.get_max_size() for pool in pools)
    for state, connections in ("used", open_ones - idle), ("idle", idle), ("most", most):
        instruments.connections.labels(deployment, state).set(connections)
    waiting = sum(max(0, pool.waiting.inside - pool.get_max_size()) for pool in pools)
    instruments.queue_depth.labels(deployment).set(waiting)
