"""Who may do what: one row a route, and nothing is served that has none.

A route with `{collection}` in its path is only there for callers who were granted the collection;
for anybody else it is not found, as if the collection did not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from deployments.errors import Forbidden, NotFound, Unauthenticated
from deployments.messages.accounts import Role
from deployments.messages.sharing import Priority
from deployments.web.callers import Callers
from deployments.web.principal import Principal, Scope

Limit = Literal["image", "log_in", "refresh", "other", "address", "none"]
"""What a route is counted under. All but `none` are counted by address as well, behind an edge;
`image` and `other` by the caller, `log_in` and `refresh` by what the body names."""

Roles = frozenset[Role]


@dataclass(frozen=True, slots=True)
class Rule:
    """The roles a route is for, what it is counted under, and a scope it asks for besides.

    No roles: open to everybody. `before_change`: also for those whose password must be changed
    first. `priority`: of the work on photos, where there is any. `stateless`: it touches nothing
    stored, and serves on while the database is away.
    """

    roles: Roles
    limit: Limit
    scope: Scope | None = None
    before_change: bool = False
    priority: Priority = "interactive"
    stateless: bool = False

    @property
    def open(self) -> bool:
        """Tell whether the route asks for no token."""
        return not self.roles


ANYBODY: Roles = frozenset()
EVERYONE: Roles = frozenset({"admin", "enroller", "verifier", "auditor"})
ADMINS: Roles = frozenset({"admin"})
RECOGNISERS: Roles = frozenset({"admin", "enroller", "verifier"})
ENROLLERS: Roles = frozenset({"admin", "enroller"})

COLLECTION = "/v1/collections/{collection}"
IDENTITIES = f"{COLLECTION}/identities"
IDENTITY = f"{IDENTITIES}/{{identity}}"

RULES: dict[tuple[str, str], Rule] = {
    ("GET", "/v1/health/live"): Rule(ANYBODY, "none"),
    ("GET", "/v1/health/ready"): Rule(ANYBODY, "none"),
    ("GET", "/openapi.json"): Rule(ANYBODY, "address"),
    ("GET", "/docs"): Rule(ANYBODY, "address"),
    # It may ask for a token of its own.
    ("GET", "/metrics"): Rule(ANYBODY, "address"),
    ("POST", "/v1/auth/token"): Rule(ANYBODY, "log_in"),
    # The refresh token is the credential of these two.
    ("POST", "/v1/auth/refresh"): Rule(ANYBODY, "refresh"),
    ("POST", "/v1/auth/revoke"): Rule(ANYBODY, "refresh"),
    ("GET", "/v1/users/me"): Rule(EVERYONE, "other", before_change=True),
    ("POST", "/v1/users/me/password"): Rule(EVERYONE, "other", before_change=True),
    ("GET", "/v1/users"): Rule(ADMINS, "other"),
    ("POST", "/v1/users"): Rule(ADMINS, "other"),
    ("GET", "/v1/users/{username}"): Rule(ADMINS, "other"),
    ("PATCH", "/v1/users/{username}"): Rule(ADMINS, "other"),
    ("DELETE", "/v1/users/{username}"): Rule(ADMINS, "other"),
    ("DELETE", "/v1/users/{username}/attempts"): Rule(ADMINS, "other"),
    ("GET", "/v1/models"): Rule(EVERYONE, "other", stateless=True),
    ("GET", "/v1/policies"): Rule(EVERYONE, "other"),
    ("GET", "/v1/policies/{policy}"): Rule(EVERYONE, "other"),
    ("PUT", "/v1/policies/{policy}"): Rule(ADMINS, "other"),
    ("POST", "/v1/faces/detect"): Rule(RECOGNISERS, "image", stateless=True),
    ("POST", "/v1/faces/embed"): Rule(ENROLLERS, "image", scope="embeddings", stateless=True),
    ("POST", "/v1/faces/compare"): Rule(RECOGNISERS, "image", stateless=True),
    ("GET", "/v1/collections"): Rule(EVERYONE, "other"),
    ("POST", "/v1/collections"): Rule(ADMINS, "other"),
    ("GET", COLLECTION): Rule(EVERYONE, "other"),
    ("PATCH", COLLECTION): Rule(ADMINS, "other"),
    ("DELETE", COLLECTION): Rule(ADMINS, "other"),
    ("POST", f"{COLLECTION}/identify"): Rule(RECOGNISERS, "image"),
    ("GET", IDENTITIES): Rule(ENROLLERS, "other"),
    ("POST", IDENTITIES): Rule(ENROLLERS, "image", priority="bulk"),
    ("GET", IDENTITY): Rule(ENROLLERS, "other"),
    ("PATCH", IDENTITY): Rule(ENROLLERS, "other"),
    ("DELETE", IDENTITY): Rule(ENROLLERS, "other"),
    ("POST", f"{IDENTITY}/verify"): Rule(RECOGNISERS, "image"),
    ("DELETE", f"{IDENTITY}/attempts"): Rule(ENROLLERS, "other"),
    ("GET", f"{IDENTITY}/faces"): Rule(ENROLLERS, "other"),
    ("POST", f"{IDENTITY}/faces"): Rule(ENROLLERS, "image", priority="bulk"),
    ("DELETE", f"{IDENTITY}/faces/{{face}}"): Rule(ENROLLERS, "other"),
}


def methods_of(template: str) -> tuple[str, ...]:
    """Return the methods a route template answers to."""
    return tuple(method for method, path in RULES if path == template)


async def identify(rule: Rule, authorization: str | None, callers: Callers) -> Principal | None:
    """Return who asks; None where the route asks nobody.

    Unauthenticated, TokenExpired, Unavailable, and Forbidden for whom nobody here gave a role.
    """
    if rule.open:
        return None
    return await callers.principal(bearer(authorization), stateless=rule.stateless)


def permit(rule: Rule, principal: Principal | None, path: Mapping[str, Any]) -> None:
    """Let a caller do what they ask; Forbidden, and NotFound for a collection not granted."""
    if principal is None:
        return
    if principal.must_change_password and not rule.before_change:
        raise Forbidden("The password must be changed first.")
    if principal.role not in rule.roles:
        raise Forbidden(f"The role {principal.role} does not allow it.")
    if rule.scope is not None and not principal.holds(rule.scope):
        raise Forbidden(f"The scope {rule.scope} is needed.")
    collection = path.get("collection")
    if collection is not None and not principal.sees(collection):
        raise NotFound("There is no such collection.")


def bearer(authorization: str | None) -> str:
    """Return the token that a request shows; Unauthenticated."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("An access token is needed: Authorization: Bearer …")
    return token.strip()
