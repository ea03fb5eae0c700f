"""Runs a revision's SQL."""

from pathlib import Path

import asyncpg
from alembic import op


def run_beside(revision_file: str) -> None:
    """Run `NNNN_name.sql`, which lies beside `NNNN_name.py`, in the transaction of the migration.

    It goes to the driver itself, which takes many statements at once.
    """
    sql = Path(revision_file).with_suffix(".sql").read_text()

    async def run(connection: asyncpg.Connection) -> None:
        await connection.execute(sql)

    op.get_bind().connection.run_async(run)
