"""What callers show, and who they are by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from deployments.messages.accounts import ServiceKey
from deployments.web.service_keys import PREFIX, KeySecret, new_key
from tests.unit.web.conftest import Service

NOW = datetime.now(UTC)


@pytest.fixture
def machine(service: Service) -> KeySecret:
    """Give a machine a key that may verify in one collection."""
    made = new_key()
    service.shelf.add("lobby")
    service.ledger.keys[made.id] = ServiceKey(
        made.id,
        made.digest,
        "turnstile",
        "verifier",
        ("lobby",),
        created_at=NOW,
        revoked_at=None,
    )
    return made


def shown(secret: str) -> dict[str, str]:
    """Return the header that shows it."""
    return {"authorization": f"Bearer {secret}"}


async def test_a_key_opens_what_it_was_granted(service: Service, machine: KeySecret) -> None:
    """Its role and its collections hold, and no others."""
    who = shown(machine.secret)
    granted = await service.client.get("/v1/collections/lobby", headers=who)
    other = await service.client.get("/v1/collections/default", headers=who)
    more = await service.client.post("/v1/collections", headers=who, json={"id": "a", "name": "A"})

    assert (granted.status_code, other.status_code, more.status_code) == (200, 404, 403)


async def test_a_key_reads_what_it_may_do(service: Service, machine: KeySecret) -> None:
    """Asked for its own account, a key is told its grants; it has no password to change."""
    who = shown(machine.secret)
    me = (await service.client.get("/v1/users/me", headers=who)).json()
    passwords = {"current_password": "x", "new_password": "y" * 8}
    changed = await service.client.post("/v1/users/me/password", headers=who, json=passwords)

    assert (me["username"], me["role"]) == (f"key:{machine.id}", "verifier")
    assert (me["collections"], me["created_at"]) == (["lobby"], None)
    assert (changed.status_code, changed.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "ended",
    [{"revoked_at": NOW}, {"expires_at": NOW - timedelta(seconds=1)}],
    ids=["revoked", "expired"],
)
async def test_a_key_that_is_over(
    service: Service, machine: KeySecret, ended: dict[str, Any]
) -> None:
    """Revoked or expired, it opens nothing, and says that it did once."""
    service.ledger.keys[machine.id] = replace(service.ledger.keys[machine.id], **ended)
    answer = await service.client.get("/v1/users/me", headers=shown(machine.secret))

    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


@pytest.mark.parametrize(
    "invent",
    [
        lambda made: made.secret[:-1],
        lambda made: f"{PREFIX}{made.id}_guess",
        lambda made: f"{PREFIX}{made.id}",
        lambda _: PREFIX,
        lambda _: f"{PREFIX}ünicode_x",
    ],
)
async def test_keys_that_nobody_made(
    service: Service, machine: KeySecret, invent: Callable[[KeySecret], str]
) -> None:
    """A key that is wrong by one character, or invented, is refused without a query for it."""
    await service.client.get("/v1/users/me", headers=shown(machine.secret))
    header = (b"authorization", f"Bearer {invent(machine)}".encode())
    answer = await service.client.get("/v1/users/me", headers=[header])

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert len(service.ledger.asked) == 1


@pytest.mark.parametrize(
    ("subject", "generation", "status"),
    [
        ("account:ada", 3, 401),
        ("account:ada", 2, 200),
        (f"session:{'0' * 8}-0000-0000-0000-{42:012x}", 99, 401),
        (f"session:{'0' * 8}-0000-0000-0000-{43:012x}", 99, 200),
        ("account:bob", 99, 200),
    ],
)
async def test_revoked(service: Service, subject: str, generation: int, status: int) -> None:
    """An access token ends with its account's generation or with its log-in, and no other's."""
    account = replace(service.register.add("ada", "verifier"), generation=2)
    session = f"{'0' * 8}-0000-0000-0000-{42:012x}"
    token = service.services.tokens.issue(account, UUID(session))
    service.ledger.generations[subject] = generation
    answer = await service.client.get("/v1/users/me", headers=shown(token))

    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "token_expired"


async def test_no_query_a_request(service: Service) -> None:
    """Whoever is let in a hundred times within a second costs the database one query."""
    who = service.token("verifier")
    for _ in range(100):
        await service.client.get("/v1/models", headers=who)

    assert service.ledger.asked == [0]
