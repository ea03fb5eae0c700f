"""The keys that machines show instead of a token: made once, stored as a hash."""

import hashlib
import secrets
from typing import NamedTuple

PREFIX = "fgk_"  # What scanners for leaked secrets can look for.


class KeySecret(NamedTuple):
    """A new key: its id, what its owner gets, and the only thing of it that is stored."""

    id: str
    secret: str
    digest: bytes


def new_key() -> KeySecret:
    """Return a key of 256 random bits."""
    identifier = secrets.token_hex(6)
    secret = f"{PREFIX}{identifier}_{secrets.token_urlsafe(32)}"
    return KeySecret(identifier, secret, digest(secret))


def id_of(secret: str) -> str:
    """Return the id that a key says it has."""
    return secret.removeprefix(PREFIX).partition("_")[0]


def digest(secret: str) -> bytes:
    """Return the SHA-256 by which a key is known; 256 random bits need no slower one."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
