"""Bytes on disk of a collection: vectors with their indexes, their signs, and people's rows."""

from db import catalogue
from db.pool import Connection

TABLE = "SELECT pg_table_size($1::text::regclass)"
TABLE_AND_KEY = "SELECT pg_total_relation_size($1::text::regclass)"
INDEXES = """
    SELECT method.amname AS kind, pg_relation_size(index.oid) AS bytes
    FROM pg_index
    JOIN pg_class AS index ON index.oid = pg_index.indexrelid
    JOIN pg_am AS method ON method.oid = index.relam
    WHERE pg_index.indrelid = $1::text::regclass
"""
# Of all collections, for they share these tables.
PEOPLE = """
    SELECT (pg_total_relation_size('identities') + pg_total_relation_size('faces'))
        / greatest(sum(identity_count), 1)::float AS bytes
    FROM collections
"""
NAMES = {"hnsw": "vector index", "btree": "keys of vectors"}


async def sizes(connection: Connection, collection: str) -> dict[str, float]:
    """Return bytes by what they hold; of people's rows, with their indexes, those of one person."""
    number = (await catalogue.find(connection, collection))["number"]
    table = f"templates_{number}"
    indexes = await connection.fetch(INDEXES, table)
    return {
        "vectors": await connection.fetchval(TABLE, table),
        **{NAMES[index["kind"]]: index["bytes"] for index in indexes},
        "signs with their key": await connection.fetchval(TABLE_AND_KEY, f"signs_{number}"),
        "rows of a person": await connection.fetchval(PEOPLE),
    }
