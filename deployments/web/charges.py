"""What each request is charged for, and to whom; every function once a request.

All raise RateLimited where a limit of the caller's own is used up, and Overloaded where one of the
whole service is.
"""

import hashlib

from deployments.messages.limits import Charge, Quota
from deployments.messages.sharing import Flow
from deployments.web.access import Rule
from deployments.web.call import Call
from deployments.web.principal import Principal
from deployments.web.seats import Seat
from deployments.web.services import Services


async def charge_request(
    rule: Rule, caller: Principal | None, address: str | None, services: Services
) -> tuple[tuple[Quota, ...], Seat | None]:
    """Count a request by its head alone, and return how its limits stand, and its place.

    Only work on photos needs a place, and it has to be left.

    Under its caller, and under the address that an edge tells for it; a log-in twice under that, so
    that one address cannot use up the hashes of all. A request that is refused for lack of a token
    has no caller, and its address is charged all the same.
    """
    claims: list[Charge] = []
    if address is not None and rule.limit != "none":
        claims.append(services.limits.claim("address", address))
    if address is not None and rule.limit == "log_in":
        claims.append(services.limits.claim("log_in_address", address))
    if caller is not None and rule.limit in {"image", "other"}:
        claims.append(services.limits.claim(rule.limit, caller.username))
    if caller is not None and rule.limit == "image":
        return await services.limits.admit(Flow(caller.username, rule.priority), *claims)
    return await services.limits.take(*claims), None


async def charge_log_in(call: Call, username: str) -> None:
    """Count a log-in under the account it names.

    The name is whatever was typed, a password in the wrong field included, so its digest counts.
    """
    limits = call.services.limits
    # The hash is counted once the name is known not to be locked. Where all hashes are used up the
    # database is not asked about the name either.
    limits.check(limits.claim("hashing"))
    call.quotas += await limits.take(limits.claim("log_in", _digest(username)))


async def charge_refresh(call: Call, digest: bytes) -> None:
    """Count the use of a refresh token, which was found to be one of ours, by its digest."""
    limits = call.services.limits
    call.quotas += await limits.take(limits.claim("refresh", digest.hex()))


async def charge_hash(call: Call) -> None:
    """Count a password hash that is about to be made."""
    limits = call.services.limits
    await limits.take(limits.claim("hashing"))


async def charge_photos(call: Call, photos: int) -> None:
    """Count the photos of a request beyond the first, for which it was let in.

    More photos than a window holds take all of the window.
    """
    limits, caller = call.services.limits, call.principal.username
    most = min((window.amount for window in limits.windows["image"]), default=photos)
    further = min(photos, most) - 1
    if further:
        counted = await limits.take(limits.claim("image", caller, further))
        others = (quota for quota in call.quotas if quota.limit != "image")
        call.quotas = (*others, *counted)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
