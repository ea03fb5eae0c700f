"""What is said of a database that cannot be reached."""

from socket import EAI_NONAME, gaierror
from ssl import SSLError

import asyncpg
import pytest

from db.unreached import why

SECRET = "p4ssw0rd"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(111, SECRET), "cannot be reached: Connection refused"),
        (FileNotFoundError(2, SECRET), "names a certificate or a socket that is not there"),
        (gaierror(EAI_NONAME, SECRET), "nobody knows the name"),
        (TimeoutError(), "does not answer"),
        (SSLError(1, f"[SSL: WRONG_VERSION_NUMBER] {SECRET}"), "look at sslmode"),
        (ConnectionError(f'server at "{SECRET}" rejected SSL upgrade'), "look at sslmode"),
        (asyncpg.InvalidPasswordError("no"), "refuses: no"),
        (asyncpg.ClientConfigurationError(f"invalid DSN, got {SECRET}"), "is no address"),
        (asyncpg.ClientConfigurationError("`sslmode` parameter must be one of: x"), "`sslmode`"),
        (asyncpg.InterfaceError(SECRET), "is no address"),
        (ValueError(SECRET), "is no address"),
    ],
)
def test_why(error: Exception, told: str) -> None:
    """One sentence, and nothing that may be a password which was taken for something else."""
    sentence = why(error)

    assert told in sentence
    assert SECRET not in sentence
