"""Who may do what."""

from collections.abc import Callable
from typing import get_args
from uuid import UUID

import httpx
import pytest

from deployments.errors import TokenExpired
from deployments.messages.accounts import Role, ServiceKey
from deployments.web.access import RULES, methods_of
from deployments.web.routing import router
from deployments.web.service_keys import new_key
from tests.unit.web.conftest import SESSION, Service
from tests.unit.web.in_memory.toys import NOW

ROLES: tuple[Role, ...] = get_args(Role)

# As the contract has it: a for admin, e for enroller, v for verifier, u for auditor; * is open.
# Written once more by hand, so that a slip in the table of the code shows.
EXPECTED = {
    "GET /v1/health/live": "*",
    "GET /v1/health/ready": "*",
    "GET /openapi.json": "*",
    "GET /docs": "*",
    "GET /metrics": "*",
    "POST /v1/auth/token": "*",
    "POST /v1/auth/refresh": "*",
    "POST /v1/auth/revoke": "*",
    "GET /v1/users/me": "aevu",
    "POST /v1/users/me/password": "aevu",
    "GET /v1/users": "a",
    "POST /v1/users": "a",
    "GET /v1/users/{username}": "a",
    "PATCH /v1/users/{username}": "a",
    "DELETE /v1/users/{username}": "a",
    "DELETE /v1/users/{username}/attempts": "a",
    "GET /v1/models": "aevu",
    "GET /v1/policies": "aevu",
    "GET /v1/policies/{policy}": "aevu",
    "PUT /v1/policies/{policy}": "a",
    "POST /v1/faces/detect": "aev",
    "POST /v1/faces/embed": "ae",
    "POST /v1/faces/compare": "aev",
    "GET /v1/collections": "aevu",
    "POST /v1/collections": "a",
    "GET /v1/collections/{collection}": "aevu",
    "PATCH /v1/collections/{collection}": "a",
    "DELETE /v1/collections/{collection}": "a",
    "POST /v1/collections/{collection}/identify": "aev",
    "GET /v1/collections/{collection}/identities": "ae",
    "POST /v1/collections/{collection}/identities": "ae",
    "GET /v1/collections/{collection}/identities/{identity}": "ae",
    "PATCH /v1/collections/{collection}/identities/{identity}": "ae",
    "DELETE /v1/collections/{collection}/identities/{identity}": "ae",
    "POST /v1/collections/{collection}/identities/{identity}/verify": "aev",
    "DELETE /v1/collections/{collection}/identities/{identity}/attempts": "ae",
    "GET /v1/collections/{collection}/identities/{identity}/faces": "ae",
    "POST /v1/collections/{collection}/identities/{identity}/faces": "ae",
    "DELETE /v1/collections/{collection}/identities/{identity}/faces/{face}": "ae",
}
LETTERS: dict[str, Role] = dict(zip("aevu", ROLES, strict=True))
GUARDED = [route for route, roles in EXPECTED.items() if roles != "*"]
OPEN = [route for route, roles in EXPECTED.items() if roles == "*"]
BEFORE_CHANGE = {"GET /v1/users/me", "POST /v1/users/me/password"}
ONLY_ACCOUNTS = "Only an account has a password."
IN_COLLECTIONS = [route for route in GUARDED if "{collection}" in route]


def filled(route: str, collection: str = "default") -> tuple[str, str]:
    """Return the method, and the path with a name in every place."""
    method, template = route.split()
    nobody = UUID(int=7)
    names = {"username": "nobody", "policy": "nothing"}
    path = template.format(collection=collection, identity=nobody, face=nobody, **names)
    return method, path


def test_every_route_is_in_the_expectation() -> None:
    """The table of the code and the one of the contract name the same routes."""
    assert {f"{method} {path}" for method, path in RULES} == set(EXPECTED)


# What an otherwise good caller may be, and what each answers wherever the role alone lets in.
STATES = {
    "granted": None,
    "granted all": None,
    "not granted": (404, "not_found"),
    "disabled": (401, "token_expired"),
    "expired": (401, "token_expired"),
    "logged out": (401, "token_expired"),
    "forged": (401, "unauthenticated"),
}


def caller(service: Service, role: Role, state: str) -> dict[str, str]:
    """Return the header of a caller of this role in this state."""
    collections = {"granted all": ("*",), "not granted": ("mine",)}.get(state, ("default",))
    tokens = service.services.tokens
    tokens.lifetime_seconds = -60 if state == "expired" else 900
    who = service.token(role, collections, scopes=("embeddings",))
    tokens.lifetime_seconds = 900
    if state == "disabled":
        service.ledger.generations[f"account:{role}"] = 1
    if state == "logged out":
        service.ledger.generations[f"session:{SESSION}"] = 1
    if state == "forged":
        head, payload, _ = who["authorization"].split(".")
        who["authorization"] = f"{head}.{payload}.{'A' * 43}"
    return who


def expected(route: str, role: Role, state: str) -> tuple[int, str] | None:
    """Return the refusal that the contract asks for; None where there is none."""
    told = STATES[state]
    if told is not None and told[0] == 401:
        return told
    if role not in {LETTERS[letter] for letter in EXPECTED[route]}:
        return (403, "forbidden")
    sees_all = role in {"admin", "auditor"} or "{collection}" not in route
    return None if sees_all else told


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", GUARDED)
async def test_matrix(service: Service, route: str, role: Role, state: str) -> None:
    """Every route, for every role, in every state, lets in exactly whom the contract lets in."""
    method, path = filled(route)
    answer = await service.client.request(method, path, headers=caller(service, role, state))

    refused = answer.status_code in {401, 403} or answer.text.find("no such collection") > 0
    told = (answer.status_code, answer.json()["code"]) if refused else None
    assert told == expected(route, role, state)


@pytest.mark.parametrize("route", GUARDED)
async def test_nobody(service: Service, route: str) -> None:
    """Without a token there is no way in, and the answer says which kind of token is missing."""
    answer = await service.client.request(*filled(route))

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("route", GUARDED)
async def test_a_password_that_must_be_changed(service: Service, route: str) -> None:
    """Whoever must change their password can do that and read their account, nothing else."""
    who = service.token("admin", must_change_password=True)
    answer = await service.client.request(*filled(route), headers=who)

    refused = answer.status_code == 403
    assert refused is (route not in BEFORE_CHANGE)
    assert not refused or answer.json()["detail"] == "The password must be changed first."


@pytest.mark.parametrize("route", OPEN)
async def test_open(service: Service, route: str) -> None:
    """An open route asks nobody for a token."""
    answer = await service.client.request(*filled(route))

    assert answer.status_code not in {401, 403}


@pytest.mark.parametrize("route", IN_COLLECTIONS)
async def test_collection_not_granted(service: Service, route: str) -> None:
    """For who was not granted a collection it looks the same whether it exists or not."""
    service.shelf.add("theirs")
    who = service.token("enroller", collections=("mine",))
    identity = {"x-request-id": "the-same-id"}
    theirs = await service.client.request(*filled(route, "theirs"), headers=who | identity)
    absent = await service.client.request(*filled(route, "absent"), headers=who | identity)

    assert theirs.status_code in {403, 404}
    assert (theirs.status_code, theirs.json()) == (absent.status_code, absent.json())
    assert shown(theirs) == shown(absent)


def shown(answer: httpx.Response) -> dict[str, str]:
    """Return the headers of an answer, without what differs between any two of them."""
    return {
        name: value
        for name, value in answer.headers.items()
        if name not in {"server-timing", "ratelimit"}
    }


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", GUARDED)
async def test_matrix_of_keys(service: Service, route: str, role: Role) -> None:
    """A machine's key is let in exactly where an account of its role is."""
    made = new_key()
    service.ledger.keys[made.id] = ServiceKey(
        made.id,
        made.digest,
        "machine",
        role,
        ("default",),
        ("embeddings",),
        created_at=NOW,
        revoked_at=None,
    )
    who = {"authorization": f"Bearer {made.secret}"}
    answer = await service.client.request(*filled(route), headers=who)

    refused = answer.status_code in {401, 403} and answer.json()["detail"] != ONLY_ACCOUNTS
    told = (answer.status_code, answer.json()["code"]) if refused else None
    assert told == expected(route, role, "granted")


async def test_grant(service: Service) -> None:
    """A collection that was granted is there."""
    service.shelf.add("mine")
    who = service.token("verifier", collections=("mine",))
    answer = await service.client.get("/v1/collections/mine", headers=who)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("scopes", "status"), [((), 403), (("scores",), 403), (("embeddings",), 200)]
)
async def test_embeddings_need_their_scope(
    service: Service, scopes: tuple[str, ...], status: int
) -> None:
    """An enroller gets raw vectors only with the scope for them."""
    who = service.token("enroller", scopes=scopes) | {"content-type": "image/jpeg"}
    answer = await service.client.post("/v1/faces/embed", headers=who, content=b"photo")

    assert answer.status_code == status


async def test_body_is_not_read_before_the_caller_is_known(service: Service) -> None:
    """A stranger's body is not asked for, let alone parsed."""
    asked = False
    sent: list[str] = []

    async def receive() -> dict[str, object]:
        nonlocal asked
        asked = True
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, object]) -> None:
        sent.append(str(message["type"]))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/users",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await service.application(scope, receive, send)  # type: ignore[arg-type]

    assert sent == ["http.response.start", "http.response.body"]
    assert not asked


@pytest.mark.parametrize("scheme", ["Basic abc", "Bearer", "Bearer ", "token", ""])
async def test_other_schemes(service: Service, scheme: str) -> None:
    """Whatever is no bearer token is no token."""
    answer = await service.client.get("/v1/models", headers={"authorization": scheme})

    assert answer.json()["code"] == "unauthenticated"


async def test_expired_token(serve: Callable[..., Service]) -> None:
    """An expired token is told from a wrong one, so that a client knows to refresh."""
    service = serve()
    service.services.tokens.lifetime_seconds = -60
    answer = await service.client.get("/v1/models", headers=service.admin)

    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    assert TokenExpired.__name__ not in answer.text


def test_route_without_a_row() -> None:
    """A route that nobody wrote a rule for cannot even be declared."""

    async def forgotten() -> None:
        """Do nothing."""

    with pytest.raises(KeyError):
        router("tests").get("/v1/forgotten")(forgotten)


def test_methods_of_a_path() -> None:
    """The methods a path has are those it has rows for."""
    assert methods_of("/v1/users") == ("GET", "POST")
