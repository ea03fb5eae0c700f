"""Accounts."""

import json
from typing import Any

import pytest

from deployments.web.passwords import hash_password, verify_password
from tests.unit.web.conftest import Service

NEW = {
    "username": "grace",
    "password": "a long password",
    "role": "enroller",
    "collections": ["staff", "*"],
    "scopes": ["scores", "embeddings"],
    "disabled": False,
    "must_change_password": True,
}


async def create(service: Service, **changed: Any) -> Any:
    """Create an account."""
    return await service.client.post("/v1/users", headers=service.admin, json=NEW | changed)


async def test_create(service: Service) -> None:
    """An account is shown as created, and its password never."""
    answer = await create(service)
    body = answer.json()

    assert answer.status_code == 201
    assert {name: body[name] for name in NEW if name != "password"} == {
        name: value for name, value in NEW.items() if name != "password"
    }
    assert set(body) == {*NEW, "created_at", "updated_at"} - {"password"}
    assert verify_password("a long password", service.register.held["grace"][1])


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "me"},
        {"username": "with space"},
        {"password": "short"},
        {"password": "x" * 73},
        {"role": "owner"},
        {"collections": ["no such id!"]},
        {"scopes": ["everything"]},
    ],
)
async def test_impossible_accounts(service: Service, changed: dict[str, Any]) -> None:
    """Names, passwords, roles, grants and scopes each have their range."""
    answer = await create(service, **changed)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert answer.json()["errors"][0]["field"] == next(iter(changed))


@pytest.mark.parametrize("disabled", [1, 0, "yes", "true", None])
async def test_nobody_is_disabled_by_something_like_true(service: Service, disabled: Any) -> None:
    """What decides who may come in is true or false, and no other value stands for either."""
    answer = await create(service, disabled=disabled)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "disabled")


async def test_taken_name(service: Service) -> None:
    """A name can be taken once."""
    await create(service)

    assert (await create(service)).status_code == 409


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"role": "auditor"}, "role", "auditor"),
        ({"collections": []}, "collections", []),
        ({"disabled": True}, "disabled", True),
        ({"scopes": []}, "scopes", []),
        ({"must_change_password": False}, "must_change_password", False),
        ({}, "role", "enroller"),
    ],
)
async def test_change(service: Service, change: dict[str, Any], field: str, value: Any) -> None:
    """A change touches what it names and nothing else."""
    before = (await create(service)).json()
    answer = await service.client.patch("/v1/users/grace", headers=service.admin, json=change)

    assert answer.json() == before | {field: value}


async def test_new_password_by_an_administrator(service: Service) -> None:
    """A changed password is stored as its hash."""
    await create(service)
    change = {"password": "another password"}
    await service.client.patch("/v1/users/grace", headers=service.admin, json=change)

    assert verify_password("another password", service.register.held["grace"][1])


async def test_delete(service: Service) -> None:
    """A deleted account is gone."""
    await create(service)
    deleted = await service.client.delete("/v1/users/grace", headers=service.admin)
    after = await service.client.get("/v1/users/grace", headers=service.admin)

    assert (deleted.status_code, after.status_code) == (204, 404)


async def test_read_and_list(service: Service) -> None:
    """Accounts are listed by name, page by page."""
    created = (await create(service)).json()
    read = await service.client.get("/v1/users/grace", headers=service.admin)
    first = (await service.client.get("/v1/users?limit=1", headers=service.admin)).json()
    path = f"/v1/users?cursor={first['next_cursor']}"
    last = (await service.client.get(path, headers=service.admin)).json()

    assert read.json() == created
    assert [each["username"] for each in first["items"] + last["items"]] == ["admin", "grace"]


async def test_own_account_that_is_gone(service: Service) -> None:
    """A token outlives its account for a while, but nobody is found behind it."""
    who = service.admin
    service.register.held.clear()
    answer = await service.client.get("/v1/users/me", headers=who)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(("current", "status"), [("the old one", 204), ("a guess", 401)])
async def test_own_password(service: Service, current: str, status: int) -> None:
    """Everybody changes their own password, knowing the current one."""
    who = service.token("auditor")
    service.register.add("auditor", "auditor", hash_password("the old one", 4))
    body = {"current_password": current, "new_password": "the new one"}
    answer = await service.client.post("/v1/users/me/password", headers=who, json=body)

    assert answer.status_code == status
    assert verify_password("the new one", service.register.held["auditor"][1]) is (status == 204)


async def test_own_password_of_an_account_that_is_gone(service: Service) -> None:
    """Without an account there is no password to change."""
    who = service.admin
    service.register.held.clear()
    body = {"current_password": "x", "new_password": "the new one"}
    answer = await service.client.post("/v1/users/me/password", headers=who, json=body)

    assert answer.status_code == 401


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_half_a_character_as_password(service: Service, method: str) -> None:
    """A password that is no text is refused, for a new account and for one that is there."""
    await create(service)
    path, body = ("/v1/users", NEW) if method == "POST" else ("/v1/users/grace", {})
    content = json.dumps(body | {"password": "long enough \ud800"})
    headers = service.admin | {"content-type": "application/json"}
    answer = await service.client.request(method, path, headers=headers, content=content)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "password")


async def test_half_a_character_as_current_password(service: Service) -> None:
    """As the current password, what is no text is wrong like any other."""
    content = json.dumps({"current_password": "\ud800", "new_password": "long enough"})
    headers = service.admin | {"content-type": "application/json"}
    answer = await service.client.post("/v1/users/me/password", headers=headers, content=content)

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_short_password(service: Service) -> None:
    """The length of a password is told in characters."""
    answer = await create(service, password="short")

    assert answer.json()["errors"][0]["detail"] == "String should have at least 8 characters."


async def change_own(service: Service, current: str, new: str) -> Any:
    """Log in as Grace, whose password must be changed, and change it."""
    form = {"username": "grace", "password": NEW["password"]}
    token = (await service.client.post("/v1/auth/token", data=form)).json()["access_token"]
    return await service.client.post(
        "/v1/users/me/password",
        headers={"authorization": f"Bearer {token}"},
        json={"current_password": current, "new_password": new},
    )


@pytest.mark.parametrize(
    ("new", "status"), [("another password", 204), (NEW["password"], 422)], ids=["another", "same"]
)
async def test_a_password_that_must_be_changed_is_changed(
    service: Service, new: str, status: int
) -> None:
    """The log-in gives a token good for that; the mark goes, unless the password stays."""
    await create(service)
    answer = await change_own(service, str(NEW["password"]), new)

    assert answer.status_code == status
    assert service.register.held["grace"][0].must_change_password is (status == 422)


async def test_own_password_of_a_locked_account(service: Service) -> None:
    """Guesses at the current password are guesses: they lock the same lock, and meet it."""
    who = service.token("auditor")
    service.register.locked["auditor"] = 30
    body = {"current_password": "a guess", "new_password": "the new one"}
    answer = await service.client.post("/v1/users/me/password", headers=who, json=body)

    assert (answer.status_code, answer.headers["retry-after"]) == (423, "30")


async def test_a_wrong_current_password_counts(service: Service) -> None:
    """It is a failed log-in like any other."""
    who = service.token("auditor")
    body = {"current_password": "a guess", "new_password": "the new one"}
    await service.client.post("/v1/users/me/password", headers=who, json=body)

    assert service.register.settled == [("auditor", False)]


@pytest.mark.parametrize(("name", "status"), [("grace", 204), ("nobody", 404)])
async def test_unlock(service: Service, name: str, status: int) -> None:
    """An administrator lets an account be tried again."""
    await create(service)
    service.register.locked["grace"] = 30
    answer = await service.client.delete(f"/v1/users/{name}/attempts", headers=service.admin)

    assert answer.status_code == status
    assert ("grace" in service.register.locked) is (status == 404)
