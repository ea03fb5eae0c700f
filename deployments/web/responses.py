"""The answers of each operation in the OpenAPI document: headers, and one problem a status.

All of it follows from the error table and from what the operation takes, so a new row is told
without a word here.
"""

from collections.abc import Mapping
from typing import Any

from deployments.web.problem import MEDIA_TYPE, TABLE

STATUSES = sorted({row.status for row in TABLE.values()})

# The guard looks at every request alike, and any route may be too busy, too slow or broken.
_ANY = {400, 401, 408, 413, 429, 500, 503, 504}
_WITH_RETRY_AFTER = {423, 429, 503}
_PASSWORDS = {"/v1/auth/token", "/v1/users/me/password"}
_STATELESS = "/v1/faces/"
_BY_POLICY = "/v1/faces/compare"  # A policy may be of another model.

HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "description": "The caller's id where it is well-formed, else a new one.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,128}$"},
    },
    "Server-Timing": {
        "description": "The stages that ran, and their total, in milliseconds.",
        "required": True,
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {"required": True, "schema": {"type": "string", "pattern": "^Bearer"}},
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "RateLimit-Policy": {
        "description": 'The limits that count this request: `"image";q=300;w=1` is 300 in any '
        "second (draft-ietf-httpapi-ratelimit-headers-10).",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'What is left of them: `"image";r=299;t=1`, and the seconds until more is.',
        "schema": {"type": "string"},
    },
}
_LIMITS = ("RateLimit", "RateLimit-Policy")
_EVERYWHERE = ("X-Request-ID", "Server-Timing")


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*_EVERYWHERE, *names)}


def _headers_of(status: int) -> dict[str, Any]:
    own = ["WWW-Authenticate"] if status == 401 else []  # noqa: PLR2004  read by its number
    if status in _WITH_RETRY_AFTER:
        own.append("Retry-After")
    if status == 429:  # noqa: PLR2004
        own += _LIMITS
    return _headers(*own)


def _problem(status: int) -> dict[str, Any]:
    codes = sorted({row.code for row in TABLE.values() if row.status == status})
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]}
    return {
        "description": f"A problem: {', '.join(codes)}",
        "headers": _headers_of(status),
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def problem_responses() -> dict[str, Any]:
    """Return the answer of each status of the error table, by the name it is referred to."""
    return {f"Problem{status}": _problem(status) for status in STATUSES}


def answers(
    path: str, method: str, operation: Mapping[str, Any], *, counted: bool
) -> dict[str, Any]:
    """Return what an operation answers: its own successes, and the problems it may come to.

    Where requests are counted, successes say how the limits stand.
    """
    headers = _headers(*(_LIMITS if counted else ()))
    successes = {
        status: {**answer, "headers": headers}
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    }
    problems = {
        str(status): {"$ref": f"#/components/responses/Problem{status}"}
        for status in STATUSES
        if status in _possible(path, method, operation)
    }
    return successes | problems


def _possible(path: str, method: str, operation: Mapping[str, Any]) -> set[int]:
    possible = set(_ANY)
    if operation["security"]:
        possible.add(403)
    if "{" in path:
        possible.add(404)
    changes = method != "get" and not path.startswith(_STATELESS)
    if (changes and operation["security"]) or path == _BY_POLICY:
        possible.add(409)
    if "requestBody" in operation:
        possible.add(415)
    if "requestBody" in operation or operation.get("parameters"):
        possible.add(422)
    if path in _PASSWORDS:
        possible.add(423)
    return possible
