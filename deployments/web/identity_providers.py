"""Tokens of a company's own identity provider: its keys, and what its claims are worth here."""

import asyncio
import json
import math
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import Context
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import jwt
import structlog

from deployments.arguments import Grant, IdentityProviderArguments
from deployments.errors import Forbidden, TokenExpired, Unauthenticated, Unavailable
from deployments.web.principal import Principal
from deployments.web.schemas.base import ID_PATTERN

Fetch = Callable[[str], Awaitable[bytes]]

FETCH_SECONDS = 5.0
MOST_BYTES = 2**20
# Keys are read anew this often, and sooner for a token of a key that is not known yet, but for no
# flood of tokens more often than the second of the two.
RENEW_SECONDS = 300.0
RETRY_SECONDS = 10.0
# Keys that could not be read anew for so long may have been withdrawn long ago.
OLDEST_SECONDS = 86400.0
CLOCK_SKEW_SECONDS = 5
LONGEST_SUBJECT = 256

log = structlog.get_logger("facegraph.web")


def issuer_of(token: str) -> str:
    """Return whose token it says it is, unverified; empty where it says nothing."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else ""


async def fetch(place: str) -> bytes:
    """Return the key set at an address, or in a file."""
    if not place.startswith(("https://", "http://")):
        return await asyncio.to_thread(Path(place).read_bytes)
    async with httpx.AsyncClient(timeout=FETCH_SECONDS) as client:
        answer = await client.get(place)
        answer.raise_for_status()
        return answer.content


class IdentityProvider:
    """One issuer and its public keys; lives until the configuration changes.

    Its tokens cannot be revoked here: they are good until they expire, so only short ones are
    taken (`longest_lifetime_seconds`).
    """

    def __init__(
        self,
        arguments: IdentityProviderArguments,
        fetch: Fetch = fetch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.arguments = arguments
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = self._tried_at = -math.inf
        self._reading: asyncio.Task[None] | None = None
        self._verified = lru_cache(maxsize=1024)(self._verify)

    async def principal(self, token: str) -> Principal:
        """Return whom `token` speaks for, by the first grant that fits its claims.

        Raises Unauthenticated, TokenExpired, Forbidden where no grant fits, and Unavailable while
        there are no keys to check it with.
        """
        await self._know(_key_id(token))
        claims = self._verified(token)
        if claims["exp"] + CLOCK_SKEW_SECONDS <= time.time():
            raise TokenExpired("The access token has expired.")
        for grant in self.arguments.grants:
            if grant.value in _texts(_claim(claims, grant.claim)):
                return self._granted(claims, grant)
        raise Forbidden("The identity provider's token grants no role here.")

    def _granted(self, claims: Mapping[str, Any], grant: Grant) -> Principal:
        collections = grant.collections
        if grant.collections_claim is not None:
            # Names only: that a claim grants all of them is for the configuration to say.
            named = _texts(_claim(claims, grant.collections_claim))
            collections += tuple(each for each in named if re.match(ID_PATTERN, each))
        username = f"{self.arguments.name}:{claims['sub']}"
        return Principal(username, grant.role, collections, grant.scopes, kind="identity_provider")

    def _verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token of this issuer, expired or not."""
        try:
            claims = jwt.decode(
                token,
                self._keys[_key_id(token)],
                algorithms=list(self.arguments.algorithms),
                audience=self.arguments.audience,
                issuer=self.arguments.issuer,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": ["iss", "aud", "sub", "iat", "exp"], "verify_exp": False},
            )
            claims["exp"] = int(claims["exp"])
            lifetime = claims["exp"] - int(claims["iat"])
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, OverflowError) as error:
            raise Unauthenticated("The access token is not the identity provider's.") from error
        if lifetime > self.arguments.longest_lifetime_seconds:
            raise Unauthenticated("The access token lives longer than is taken here.")
        if not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
            raise Unauthenticated("The access token names no subject that can be kept.")
        return claims

    async def _know(self, key_id: str) -> None:
        """Have the keys read where that may help; Unavailable where there are none to go by."""
        if key_id not in self._keys or self._age() > RENEW_SECONDS:
            reading = self._read_again()
            if reading is not None and (key_id not in self._keys or self._age() > OLDEST_SECONDS):
                await asyncio.wait([reading])
        if self._age() > OLDEST_SECONDS:
            raise Unavailable("The identity provider's keys cannot be read.", RETRY_SECONDS)

    def _age(self) -> float:
        return self._clock() - self._read_at

    def _read_again(self) -> asyncio.Task[None] | None:
        """Return the reading under way, or a new one; None shortly after the last."""
        if self._reading is None or self._reading.done():
            if self._clock() - self._tried_at < RETRY_SECONDS:
                return None
            self._tried_at = self._clock()
            # Not in the name of the request that happened to find the keys old.
            self._reading = asyncio.create_task(self._read(), context=Context())
        return self._reading

    async def _read(self) -> None:
        try:
            keys = _usable(await self._fetch(self.arguments.jwks), self.arguments.algorithms)
        except Exception as error:  # noqa: BLE001  whatever it is, the keys at hand stay good
            log.warning("keys not read", provider=self.arguments.name, error=type(error).__name__)
            return
        self._keys, self._read_at = keys, self._clock()
        self._verified.cache_clear()

    def close(self) -> None:
        """Give up what is being read."""
        if self._reading is not None:
            self._reading.cancel()


def _usable(document: bytes, algorithms: Iterable[str]) -> dict[str, jwt.PyJWK]:
    """Return the keys that sign with one of the algorithms, by their id; none is an answer too."""
    if len(document) > MOST_BYTES:
        raise ValueError("a key set of that size is none")
    found: dict[str, jwt.PyJWK] = {}
    for described in json.loads(document)["keys"]:
        if described.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(described)
        except jwt.PyJWTError:
            continue  # Of a kind this library does not know; others of the set may do.
        if key.algorithm_name in algorithms:
            found[str(described.get("kid", ""))] = key
    return found


def _key_id(token: str) -> str:
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except jwt.InvalidTokenError as error:
        raise Unauthenticated("The access token is not the identity provider's.") from error


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """Return the claim a dotted path names, such as `realm_access.roles`; None for none."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _texts(value: Any) -> list[str]:
    """Return a claim that is a text, or a list of texts, as a list."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]
