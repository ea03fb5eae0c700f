"""The address a request comes from, where an edge that the operator named tells it.

HAProxy in front of the replicas adds no `X-Forwarded-For`, and whatever a caller writes there goes
through as it is. So it counts only in a request that carries the edge's secret, and only its last
entry, the one that the edge itself has added.
"""

import hmac
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

EDGE = b"x-facegraph-edge"
_FORWARDED_FOR = b"x-forwarded-for"
# An edge that names no address must not lift the limit: its requests share one.
UNNAMED = "unnamed"

Header = tuple[bytes, bytes]


class Edge:
    """The secret that the edge shows; without one nobody's word is taken."""

    def __init__(self, secret: str | None) -> None:
        self._secret = secret.encode() if secret is not None else None

    def address(self, headers: Iterable[Header]) -> str | None:
        """Return the caller's IPv4 address or IPv6 /64; None where no edge vouches for it."""
        given = [value for name, value in headers if name == EDGE]
        if self._secret is None or not any(
            hmac.compare_digest(each, self._secret) for each in given
        ):
            return None
        forwarded = [value for name, value in headers if name == _FORWARDED_FOR]
        last = forwarded[-1].rpartition(b",")[2] if forwarded else b""
        return _network(last.decode("latin-1").strip())


def without_secret(headers: Iterable[Header]) -> list[Header]:
    """Return the headers that may be seen by whoever logs or forwards them."""
    return [(name, value) for name, value in headers if name != EDGE]


def _network(written: str) -> str:
    """Return what one subscriber has: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        address = ip_address(written)
    except ValueError:
        return UNNAMED
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((int(address), 64), strict=False))
    return str(address)
