"""Access tokens that carry their own answer, and refresh tokens that are only ever random.

An access token is checked without asking anybody, so what it says of role and grants holds until
it expires: a disabled account is out after at most `access_token_seconds`.
"""

import hashlib
import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import uuid4

import jwt

from deployments.errors import TokenExpired, Unauthenticated
from deployments.messages import Account
from deployments.web.principal import Principal

ALGORITHM = "HS256"
ISSUER = "facegraph"
AUDIENCE = "facegraph-api"
CLAIMS = ("iss", "aud", "sub", "iat", "nbf", "exp", "jti", "role", "collections", "scopes")

# Two machines never agree on the second, and a token is used right after it was issued.
CLOCK_SKEW_SECONDS = 2


class RefreshToken(NamedTuple):
    """A new refresh token: what the caller gets, and the only thing that is stored of it."""

    secret: str
    digest: bytes


class Tokens:
    """Issues and reads access tokens signed with one key of at least 32 characters."""

    def __init__(self, key: str, lifetime_seconds: float) -> None:
        self._key = key
        self.lifetime_seconds = lifetime_seconds
        # A caller sends the same token with every request, and to check one costs as much as a
        # tenth of an identification.
        self._verified = lru_cache(maxsize=1024)(self._verify)

    def issue(self, account: Account) -> str:
        """Return an access token for `account`, valid from now on."""
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": account.username,
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(seconds=self.lifetime_seconds),
            "jti": uuid4().hex,
            "role": account.role,
            "collections": account.collections,
            "scopes": account.scopes,
        }
        if account.must_change_password:
            claims["must_change"] = True
        return jwt.encode(claims, self._key, ALGORITHM)

    def principal(self, token: str) -> Principal:
        """Return whom `token` speaks for.

        Raises TokenExpired for one that was good once, Unauthenticated for any other.
        """
        claims = self._verified(token)
        if claims["exp"] + CLOCK_SKEW_SECONDS <= time.time():
            raise TokenExpired("The access token has expired.")
        return Principal(
            username=claims["sub"],
            role=claims["role"],
            collections=tuple(claims["collections"]),
            scopes=tuple(claims["scopes"]),
            must_change_password="must_change" in claims,
        )

    def _verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token of ours, expired or not."""
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": list(CLAIMS), "verify_exp": False},
            )
        except jwt.InvalidTokenError as error:
            raise Unauthenticated("The access token is not one of this service.") from error


def new_refresh_token() -> RefreshToken:
    """Return a refresh token of 256 random bits."""
    secret = secrets.token_urlsafe(32)
    return RefreshToken(secret, refresh_digest(secret))


def refresh_digest(secret: str) -> bytes:
    """Return the SHA-256 by which a refresh token is known to the database."""
    return hashlib.sha256(secret.encode()).digest()
