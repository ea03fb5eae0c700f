"""Who may do what: one row a route, and nothing is served that has none.

A route with `{collection}` in its path is only there for callers who were granted the collection;
for anybody else it is not found, as if the collection did not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from deployments.errors import Forbidden, NotFound, Unauthenticated
from deployments.messages import Role
from deployments.web.callers import Callers
from deployments.web.principal import Principal, Scope


@dataclass(frozen=True, slots=True)
class Rule:
    """The roles a route is for, and a scope it asks for besides; no roles: open to everybody.

    `before_change`: also for those whose password must be changed first.
    """

    roles: frozenset[Role] = frozenset()
    scope: Scope | None = None
    before_change: bool = False

    @property
    def open(self) -> bool:
        """Tell whether the route asks for no token."""
        return not self.roles


def _only(*roles: Role, scope: Scope | None = None) -> Rule:
    return Rule(frozenset(roles), scope)


OPEN = Rule()
EVERYONE = _only("admin", "enroller", "verifier", "auditor")
OWN_ACCOUNT = replace(EVERYONE, before_change=True)
ADMINS = _only("admin")
RECOGNISERS = _only("admin", "enroller", "verifier")
ENROLLERS = _only("admin", "enroller")
EXPORTERS = _only("admin", "enroller", scope="embeddings")

COLLECTION = "/v1/collections/{collection}"
IDENTITIES = f"{COLLECTION}/identities"
IDENTITY = f"{IDENTITIES}/{{identity}}"

RULES: dict[tuple[str, str], Rule] = {
    ("GET", "/v1/health/live"): OPEN,
    ("GET", "/v1/health/ready"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("GET", "/docs"): OPEN,
    ("POST", "/v1/auth/token"): OPEN,
    # The refresh token is the credential of these two.
    ("POST", "/v1/auth/refresh"): OPEN,
    ("POST", "/v1/auth/revoke"): OPEN,
    ("GET", "/v1/users/me"): OWN_ACCOUNT,
    ("POST", "/v1/users/me/password"): OWN_ACCOUNT,
    ("GET", "/v1/users"): ADMINS,
    ("POST", "/v1/users"): ADMINS,
    ("GET", "/v1/users/{username}"): ADMINS,
    ("PATCH", "/v1/users/{username}"): ADMINS,
    ("DELETE", "/v1/users/{username}"): ADMINS,
    ("DELETE", "/v1/users/{username}/attempts"): ADMINS,
    ("GET", "/v1/models"): EVERYONE,
    ("POST", "/v1/faces/detect"): RECOGNISERS,
    ("POST", "/v1/faces/embed"): EXPORTERS,
    ("POST", "/v1/faces/compare"): RECOGNISERS,
    ("GET", "/v1/collections"): EVERYONE,
    ("POST", "/v1/collections"): ADMINS,
    ("GET", COLLECTION): EVERYONE,
    ("PATCH", COLLECTION): ADMINS,
    ("DELETE", COLLECTION): ADMINS,
    ("POST", f"{COLLECTION}/identify"): RECOGNISERS,
    ("GET", IDENTITIES): ENROLLERS,
    ("POST", IDENTITIES): ENROLLERS,
    ("GET", IDENTITY): ENROLLERS,
    ("PATCH", IDENTITY): ENROLLERS,
    ("DELETE", IDENTITY): ENROLLERS,
    ("POST", f"{IDENTITY}/verify"): RECOGNISERS,
    ("DELETE", f"{IDENTITY}/attempts"): ENROLLERS,
    ("GET", f"{IDENTITY}/faces"): ENROLLERS,
    ("POST", f"{IDENTITY}/faces"): ENROLLERS,
    ("DELETE", f"{IDENTITY}/faces/{{face}}"): ENROLLERS,
}


def methods_of(template: str) -> tuple[str, ...]:
    """Return the methods a route template answers to."""
    return tuple(method for method, path in RULES if path == template)


async def authorise(
    rule: Rule, authorization: str | None, path: Mapping[str, Any], callers: Callers
) -> Principal | None:
    """Return the caller if `rule` lets them in; None where it asks nobody.

    Looks at the header and the path only, so that it can go before the body. Raises
    Unauthenticated, TokenExpired, Forbidden, NotFound for a collection not granted, Unavailable.
    """
    if rule.open:
        return None
    principal = await callers.principal(_bearer(authorization))
    if principal.must_change_password and not rule.before_change:
        raise Forbidden("The password must be changed first.")
    if principal.role not in rule.roles:
        raise Forbidden(f"The role {principal.role} does not allow it.")
    if rule.scope is not None and not principal.holds(rule.scope):
        raise Forbidden(f"The scope {rule.scope} is needed.")
    collection = path.get("collection")
    if collection is not None and not principal.sees(collection):
        raise NotFound("There is no such collection.")
    return principal


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("An access token is needed: Authorization: Bearer …")
    return token.strip()
