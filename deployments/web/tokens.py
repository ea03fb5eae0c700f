"""Access tokens that carry their own answer, and refresh tokens that tell a stranger's at once.

An access token is checked without a query. It names the generation of its account and the log-in
it goes back to; whether either has ended since is what `standing.py` knows.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import jwt

from deployments.errors import InvalidCredentials, TokenExpired, Unauthenticated
from deployments.messages.accounts import Account
from deployments.web.principal import Principal

ALGORITHM = "HS256"
ISSUER = "facegraph"
AUDIENCE = "facegraph-api"
CLAIMS = (
    *("iss", "aud", "sub", "iat", "nbf", "exp", "jti"),
    *("sid", "gen", "role", "collections", "scopes"),
)

# Two machines never agree on the second, and a token is used right after it was issued.
CLOCK_SKEW_SECONDS = 2


class AccessToken(NamedTuple):
    """Whom a token speaks for, and what it goes back to."""

    principal: Principal
    generation: int
    session: str


class RefreshToken(NamedTuple):
    """A new refresh token: what the caller gets, and the only thing that is stored of it."""

    secret: str
    digest: bytes


class Tokens:
    """Issues tokens with the first of its keys and reads those of any, told apart by `kid`.

    Keys have at least 32 characters. While one is replaced by another both are given: tokens of
    the old one stay good, and new ones are of the new one.
    """

    def __init__(self, keys: Sequence[str], lifetime_seconds: float) -> None:
        self._keys = {key_id(key): key for key in keys}
        self._signing = key_id(keys[0])
        self._seals = [
            hashlib.sha256(b"facegraph refresh\0" + key.encode()).digest() for key in keys
        ]
        self.lifetime_seconds = lifetime_seconds
        # A caller sends the same token with every request, and to check one costs as much as a
        # tenth of an identification.
        self._verified = lru_cache(maxsize=1024)(self._verify)

    def issue(self, account: Account, session: UUID) -> str:
        """Return an access token for `account`, valid from now on, of the log-in `session`."""
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": account.username,
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(seconds=self.lifetime_seconds),
            "jti": uuid4().hex,
            "sid": str(session),
            "gen": account.generation,
            "role": account.role,
            "collections": account.collections,
            "scopes": account.scopes,
        }
        if account.must_change_password:
            claims["must_change"] = True
        headers = {"kid": self._signing}
        return jwt.encode(claims, self._keys[self._signing], ALGORITHM, headers)

    def read(self, token: str) -> AccessToken:
        """Return what `token` says.

        Raises TokenExpired for one that was good once, Unauthenticated for any other.
        """
        claims = self._verified(token)
        if claims["exp"] + CLOCK_SKEW_SECONDS <= time.time():
            raise TokenExpired("The access token has expired.")
        principal = Principal(
            username=claims["sub"],
            role=claims["role"],
            collections=tuple(claims["collections"]),
            scopes=tuple(claims["scopes"]),
            must_change_password="must_change" in claims,
        )
        return AccessToken(principal, claims["gen"], claims["sid"])

    def _verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token of ours, expired or not."""
        try:
            return jwt.decode(
                token,
                self._keys[jwt.get_unverified_header(token)["kid"]],
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": list(CLAIMS), "verify_exp": False},
            )
        except (jwt.InvalidTokenError, KeyError) as error:
            raise Unauthenticated("The access token is not one of this service.") from error

    def new_refresh_token(self) -> RefreshToken:
        """Return a refresh token of 256 random bits, sealed so that an invented one is told."""
        random = secrets.token_urlsafe(32)
        secret = f"{random}.{_seal(self._seals[0], random)}"
        return RefreshToken(secret, _digest(secret))

    def refresh_digest(self, secret: str) -> bytes:
        """Return the SHA-256 by which a refresh token is known to the database.

        InvalidCredentials for one that none of the keys sealed: inventing them costs no query.
        """
        random, _, seal = secret.partition(".")
        expected = (_seal(key, random) for key in self._seals)
        if not any(
            hmac.compare_digest(each.encode(), seal.encode(errors="surrogatepass"))
            for each in expected
        ):
            raise InvalidCredentials("The refresh token is not valid.")
        return _digest(secret)


def key_id(key: str) -> str:
    """Return the `kid` of a signing key, which tells nothing of it."""
    return hashlib.sha256(b"facegraph kid\0" + key.encode()).hexdigest()[:16]


def _seal(key: bytes, random: str) -> str:
    return hmac.digest(key, random.encode(errors="surrogatepass"), "sha256").hex()[:32]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
