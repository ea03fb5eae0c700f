"""What an answer leads to: the links of the OpenAPI document, by which a client walks on."""

from typing import Any

_HERE = "$request.path.collection"
_PERSON = "$request.path.identity"

_IN_COLLECTION = (
    "read_collection",
    "change_collection",
    "delete_collection",
    "list_identities",
    "enrol",
    "identify",
)
_OF_IDENTITY = (
    "read_identity",
    "change_identity",
    "erase_identity",
    "verify",
    "forget_attempts",
    "list_faces",
    "add_faces",
)
_OF_ACCOUNT = ("read_account", "change_account", "unlock_account", "delete_account")


def _to(operation: str, **parameters: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": parameters}


def _collection(pointer: str) -> list[dict[str, Any]]:
    return [_to(name, collection=f"$response.body#{pointer}") for name in _IN_COLLECTION]


def _identity(pointer: str) -> list[dict[str, Any]]:
    found = f"$response.body#{pointer}"
    return [_to(name, collection=_HERE, identity=found) for name in _OF_IDENTITY]


def _face(pointer: str, identity: str = _PERSON) -> list[dict[str, Any]]:
    face = f"$response.body#{pointer}"
    return [_to("delete_face", collection=_HERE, identity=identity, face=face)]


def _account(pointer: str) -> list[dict[str, Any]]:
    return [_to(name, username=f"$response.body#{pointer}") for name in _OF_ACCOUNT]


def _policy(pointer: str) -> list[dict[str, Any]]:
    return [_to("read_policy", policy=f"$response.body#{pointer}")]


def _next(operation: str, **parameters: str) -> list[dict[str, Any]]:
    return [_to(operation, cursor="$response.body#/next_cursor", **parameters)]


def _token(operation: str) -> dict[str, Any]:
    body = {"refresh_token": "$response.body#/refresh_token"}
    return {"operationId": operation, "requestBody": body}


LINKS: dict[str, list[dict[str, Any]]] = {
    "create_collection": _collection("/id"),
    "list_collections": _collection("/items/0/id") + _next("list_collections"),
    "enrol": _identity("/id") + _face("/faces/0/id", identity="$response.body#/id"),
    "list_identities": _identity("/items/0/id") + _next("list_identities", collection=_HERE),
    "add_faces": _face("/faces/0/id"),
    "list_faces": _face("/items/0/id") + _next("list_faces", collection=_HERE, identity=_PERSON),
    "create_account": _account("/username"),
    "list_accounts": _account("/items/0/username") + _next("list_accounts"),
    "list_policies": _policy("/items/0/name") + _next("list_policies"),
    "store_policy": _policy("/name"),
    "log_in": [_token("refresh"), _token("revoke")],
    "refresh": [_token("refresh"), _token("revoke")],
}


def links_of(operation: str) -> dict[str, Any]:
    """Return the links of an operation's answer, each named like the operation it leads to."""
    return {each["operationId"]: each for each in LINKS.get(operation, ())}
