"""Why there is no way to a database: one sentence, which never says how one gets in."""

import os
from socket import gaierror
from ssl import SSLCertVerificationError, SSLError

import asyncpg

NOT_REACHED = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)
"""What `asyncpg.connect` raises; a timeout is an OSError."""


def why(error: Exception) -> str:  # noqa: PLR0911  a kind a line
    """Return what ails the way to a database, by what `asyncpg.connect` raised.

    Hardly ever the error's own text: what it quotes may be a password that was taken for a host.
    """
    match error:
        case SSLCertVerificationError():
            return f"the database's certificate is not accepted: {error.verify_message}"
        case SSLError() | ConnectionError(errno=None):
            return "the database ends the connection, or speaks no TLS: look at sslmode"
        case asyncpg.PostgresError():
            return f"the database refuses: {error}"
        case gaierror():
            return "nobody knows the name of the database's machine"
        case FileNotFoundError():
            return "DATABASE_URL names a certificate or a socket that is not there"
        case TimeoutError():
            return "the database does not answer"
        case OSError(errno=int(number)):
            return f"the database cannot be reached: {os.strerror(number)}"
        case asyncpg.ClientConfigurationError() if "must be one of" in str(error):
            return f"DATABASE_URL: {error}"
    return "DATABASE_URL is no address of a database"
