"""How a caller's limits stand, in the fields of draft-ietf-httpapi-ratelimit-headers-10."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deployments.messages.limits import Quota


def rate_limit_fields(quotas: "Sequence[Quota]") -> dict[str, str]:
    """Return `RateLimit-Policy` and `RateLimit`, one item a window; nothing without quotas.

    `t` is when more of the quota is free again, in whole seconds and rounded up: a moving window
    gives it back request by request, as it was used.
    """
    if not quotas:
        return {}
    policies = (
        f'"{each.policy}";q={each.window.amount};w={each.window.seconds}' for each in quotas
    )
    states = (
        f'"{each.policy}";r={each.remaining};t={whole_seconds(each.reset)}' for each in quotas
    )
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}


def whole_seconds(seconds: float) -> int:
    """Return a wait as headers tell it: rounded up, but not for the few milliseconds on top."""
    return max(1, math.ceil(seconds - 0.005))
