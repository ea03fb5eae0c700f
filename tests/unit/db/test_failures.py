"""What the database's failures become."""

import asyncpg
import pytest

from db.pool import _domain_error, open_pool
from deployments.errors import DeadlineExceeded, FacegraphError, Unavailable, ValidationFailed


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.QueryCanceledError("x"), DeadlineExceeded),
        (asyncpg.AdminShutdownError("x"), Unavailable),
        (asyncpg.CannotConnectNowError("x"), Unavailable),
        (asyncpg.ConnectionDoesNotExistError("x"), Unavailable),
        (asyncpg.TooManyConnectionsError("x"), Unavailable),
        (asyncpg.DiskFullError("x"), Unavailable),
        (asyncpg.DeadlockDetectedError("x"), Unavailable),
        (asyncpg.ReadOnlySQLTransactionError("x"), Unavailable),
        (asyncpg.InvalidPasswordError("x"), Unavailable),
        (ConnectionRefusedError(), Unavailable),
        (FileNotFoundError(), Unavailable),
        (TimeoutError(), Unavailable),
        (asyncpg.UntranslatableCharacterError("x"), ValidationFailed),
        (asyncpg.CharacterNotInRepertoireError("x"), ValidationFailed),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
async def test_a_failure_is_told_in_the_domains_words(
    error: Exception, told: type[FacegraphError]
) -> None:
    """It is a whole sentence, and holds neither address nor query."""
    found = _domain_error(error, open_pool("postgresql://secret@/x", max_size=1))
    assert type(found) is told
    assert found is not None
    assert "secret" not in found.detail
    assert found.detail[0].isupper()
    assert found.detail.endswith(".")


@pytest.mark.parametrize(
    "error",
    [asyncpg.UndefinedColumnError("x"), asyncpg.InterfaceError("x"), asyncpg.DataError("x")],
    ids=lambda value: type(value).__name__,
)
async def test_a_mistake_of_ours_has_no_other_name(error: Exception) -> None:
    """It goes on as it is, to be logged as the bug it is."""
    assert _domain_error(error, open_pool("postgresql://secret@/x", max_size=1)) is None
