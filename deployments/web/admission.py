"""Who is let through, and how often: the caller first, then what they have left, never the body.

Each function counts once, so it is called once a request.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from deployments.errors import FacegraphError
from deployments.messages import Claim, Quota
from deployments.web.access import Rule, authorise
from deployments.web.call import Call
from deployments.web.principal import Principal
from deployments.web.services import Services
from deployments.web.tokens import refresh_digest


class Admitted(NamedTuple):
    """The caller of a route that is not open, and how their limits stand with this request."""

    caller: Principal | None
    quotas: tuple[Quota, ...]


async def admit(
    rule: Rule,
    authorization: str | None,
    path: Mapping[str, Any],
    address: str | None,
    services: Services,
) -> Admitted:
    """Let a request in by its headers and path alone, before anything reads its body.

    `address` is None where no edge vouches for one. Raises what `authorise` raises, RateLimited
    and Overloaded; who is turned away for lack of a token is counted by address all the same.
    """
    allowance = services.allowance
    claims: list[Claim] = []
    if address is not None and rule.limit != "none":
        claims.append(allowance.claim("address", address))
    try:
        caller = authorise(rule, authorization, path, services.tokens)
    except FacegraphError:
        await allowance.take(*claims)
        raise
    if caller is not None and rule.limit in {"image", "other"}:
        claims.append(allowance.claim(rule.limit, caller.username))
    return Admitted(caller, await allowance.take(*claims))


async def admit_log_in(call: Call, username: str) -> None:
    """Count a log-in under the account it names, and under the hashes of the whole service.

    The name is whatever was typed, a password in the wrong field included, so its digest counts.
    """
    digest = hashlib.sha256(username.encode(errors="surrogatepass")).hexdigest()
    allowance = call.services.allowance
    call.quotas = await allowance.take(
        allowance.claim("log_in", digest), allowance.claim("hashing")
    )


async def admit_refresh(call: Call, refresh_token: str) -> None:
    """Count the use of a refresh token under the token, and under those of the whole service."""
    allowance = call.services.allowance
    call.quotas = await allowance.take(
        allowance.claim("refresh", refresh_digest(refresh_token).hex()),
        allowance.claim("rotation"),
    )


async def admit_hashes(call: Call, hashes: int = 1) -> None:
    """Count password hashes of a caller who is known; raises Overloaded."""
    allowance = call.services.allowance
    await allowance.take(allowance.claim("hashing", cost=hashes))


async def admit_photos(call: Call, photos: int) -> None:
    """Count the photos of a request beyond the first, for which it was let in.

    More photos than a window holds take all of the window.
    """
    allowance = call.services.allowance
    first = allowance.claim("image", call.principal.username)
    most = min((window.amount for window in first.windows), default=photos)
    further = min(photos, most) - 1
    if further:
        call.quotas = await allowance.take(
            allowance.claim("image", call.principal.username, further)
        )
