"""Collections."""

from typing import Any

import pytest

from deployments.messages.gallery import Consent, NewIdentity
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import BINDING, NOW

COLLECTIONS = "/v1/collections"
NEW = {"id": "staff", "name": "Staff", "metadata": {"site": "Turin"}, "quality": "strict"}


async def test_create(service: Service) -> None:
    """A collection is created as described, bound to the pack that is serving."""
    answer = await service.client.post(
        COLLECTIONS, headers=service.admin, json=NEW | {"liveness": "off"}
    )
    body = answer.json()

    assert answer.status_code == 201
    assert {name: body[name] for name in NEW} == NEW
    assert (body["description"], body["liveness"]) == (None, "off")
    assert body["counts"] == {"identities": 0, "faces": 0}
    assert body["model"] == {"pack": BINDING.pack, "digest": BINDING.digest}


async def test_create_twice(service: Service) -> None:
    """An id can be taken once."""
    await service.client.post(COLLECTIONS, headers=service.admin, json=NEW)
    answer = await service.client.post(COLLECTIONS, headers=service.admin, json=NEW)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"name": "People"}, "name", "People"),
        ({"description": "All of them"}, "description", "All of them"),
        ({"description": None}, "description", None),
        ({"quality": "off"}, "quality", "off"),
        ({"liveness": "off"}, "liveness", "off"),
        ({}, "name", "Default"),
    ],
)
async def test_change(service: Service, change: dict[str, Any], field: str, value: Any) -> None:
    """A change touches what it names and nothing else."""
    path = f"{COLLECTIONS}/default"
    before = (await service.client.get(path, headers=service.admin)).json()
    answer = await service.client.patch(path, headers=service.admin, json=change)

    assert answer.json() == before | {field: value}


@pytest.mark.parametrize("change", [{"name": None}, {"quality": None}, {"metadata": None}])
async def test_null_is_no_value(service: Service, change: dict[str, Any]) -> None:
    """What a collection always has cannot be taken away."""
    answer = await service.client.patch(
        f"{COLLECTIONS}/default", headers=service.admin, json=change
    )

    assert answer.status_code == 422


async def test_delete(service: Service) -> None:
    """A collection with people in it is deleted only by force."""
    person = NewIdentity("ada", None, {}, Consent("a", "b", NOW), ())
    await service.shelf.enrol("default", person, BINDING, budget=1)
    path = f"{COLLECTIONS}/default"
    refused = await service.client.delete(path, headers=service.admin)
    forced = await service.client.delete(f"{path}?force=true", headers=service.admin)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_empty")
    assert (forced.status_code, forced.content) == (204, b"")


@pytest.mark.parametrize("query", ["force=perhaps", "forced=true"])
async def test_delete_options(service: Service, query: str) -> None:
    """Nothing is deleted on an option that was misspelt."""
    answer = await service.client.delete(f"{COLLECTIONS}/default?{query}", headers=service.admin)

    assert answer.status_code in {400, 422}
    assert "default" in service.shelf.collections_by_id


@pytest.mark.parametrize(
    ("role", "granted", "seen"),
    [
        ("admin", (), ["default", "mine", "theirs"]),
        ("auditor", (), ["default", "mine", "theirs"]),
        ("enroller", ("*",), ["default", "mine", "theirs"]),
        ("enroller", ("mine",), ["mine"]),
        ("verifier", (), []),
    ],
)
async def test_list(service: Service, role: Any, granted: tuple[str, ...], seen: list[str]) -> None:
    """A caller sees the collections granted to them, and no trace of the others."""
    service.shelf.add("mine")
    service.shelf.add("theirs")
    who = service.token(role, collections=granted)
    body = (await service.client.get(COLLECTIONS, headers=who)).json()

    assert [each["id"] for each in body["items"]] == seen


async def test_pages(service: Service) -> None:
    """The list goes on where it stopped."""
    service.shelf.add("mine")
    first = (await service.client.get(f"{COLLECTIONS}?limit=1", headers=service.admin)).json()
    path = f"{COLLECTIONS}?limit=1&cursor={first['next_cursor']}"
    last = (await service.client.get(path, headers=service.admin)).json()

    assert [each["id"] for each in first["items"] + last["items"]] == ["default", "mine"]
    assert last["next_cursor"] is None


async def test_unbound(service: Service) -> None:
    """A collection that nothing was enrolled in yet may be bound to no pack."""
    await service.shelf.change_collection("default", {"model": None}, budget=1)
    answer = await service.client.get(f"{COLLECTIONS}/default", headers=service.admin)

    assert answer.json()["model"] is None
