"""Limits on the routes: what is counted under what, how a refusal looks, and what it costs."""

import json
import math
import re
from typing import Any

import pytest

from deployments.errors import Unavailable
from deployments.messages.limits import Quota, Window
from deployments.web.access import RULES
from deployments.web.passwords import hash_password
from deployments.web.quotas import rate_limit_fields
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import face, unit
from tests.unit.web.test_access import filled

PASSWORD = "correct horse"
PHOTO = {"content-type": "image/jpeg"}
CONSENT = {"reference": "form 7", "purpose": "entry", "given_at": "2026-01-02T03:04:05Z"}
IDENTITIES = "/v1/collections/default/identities"
COUNTED = [
    (f"{method} {path}", rule.limit)
    for (method, path), rule in RULES.items()
    if rule.limit in {"image", "other"}
]


def lower(service: Service, **limits: int) -> None:
    """Set limits of so many a minute."""
    lowered = {name: (Window(amount, 60),) for name, amount in limits.items()}
    service.services.limits.windows = dict(service.services.limits.windows) | lowered


def counted(service: Service) -> list[tuple[str, int]]:
    """Return what was asked of which limit."""
    return [(claim.limit, claim.cost) for claims in service.tally.asked for claim in claims]


@pytest.mark.parametrize(("route", "limit"), COUNTED)
async def test_route_is_counted_as_its_row_says(service: Service, route: str, limit: str) -> None:
    """Past its limit a caller is refused before anything else is done, and others are not."""
    lower(service, **{limit: 1})
    method, path = filled(route)
    who = service.token("admin")
    first = await service.client.request(method, path, headers=who)
    refused = await service.client.request(method, path, headers=who)

    assert first.status_code != 429
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.json()["retryable"]


async def test_photos_are_what_looks_at_photos() -> None:
    """Every route that takes photos is counted as one, and no other."""
    photos = {f"{method} {path}" for (method, path), rule in RULES.items() if rule.limit == "image"}
    expected = (
        "/faces/(detect|embed|compare)|/identify|/verify|/identities|/identities/{identity}/faces"
    )

    assert photos == {
        f"{method} {path}"
        for method, path in RULES
        if method == "POST" and re.search(f"({expected})$", path)
    }


async def test_refusal(service: Service) -> None:
    """A refusal names the limit, the wait in whole seconds, and the policy, in three headers."""
    lower(service, other=2)
    who = service.token("auditor")
    accepted = [await service.client.get("/v1/models", headers=who) for _ in range(2)]
    refused = await service.client.get("/v1/models", headers=who)

    assert [answer.headers["ratelimit"].split(";")[1] for answer in accepted] == ["r=1", "r=0"]
    assert {answer.headers["ratelimit-policy"] for answer in [*accepted, refused]} == {
        '"other";q=2;w=60'
    }
    wait = int(refused.headers["retry-after"])
    assert 50 < wait <= 61
    assert refused.headers["ratelimit"] == f'"other";r=0;t={wait}'
    assert len(refused.headers.get_list("ratelimit")) == 1
    assert "other of 2 in 60 s" in refused.json()["detail"]


async def test_failures_tell_the_limit_too(service: Service) -> None:
    """An answer that is an error for another reason carries the headers as well."""
    answer = await service.client.get("/v1/collections/absent", headers=service.admin)

    assert answer.status_code == 404
    assert answer.headers["ratelimit"].startswith('"other";r=299;t=')


def test_several_windows_are_several_items() -> None:
    """The draft's lists hold one item a window; a part of a second is told as a whole one."""
    quotas = [
        Quota("image", "image-1s", Window(3, 1), 2, 0.2),
        Quota("image", "image-60s", Window(9, 60), 0, 59.01),
    ]

    assert rate_limit_fields(quotas) == {
        "RateLimit-Policy": '"image-1s";q=3;w=1, "image-60s";q=9;w=60',
        "RateLimit": f'"image-1s";r=2;t=1, "image-60s";r=0;t={math.ceil(59.01)}',
    }
    assert rate_limit_fields([]) == {}


async def log_in(service: Service, username: str = "ada") -> Any:
    """Log in."""
    form = {"username": username, "password": PASSWORD}
    return await service.client.post("/v1/auth/token", data=form)


async def test_log_ins_of_an_account(service: Service) -> None:
    """Log-ins are counted by the name as it was typed, known or not, right or wrong."""
    service.register.add("ada", "verifier", hash_password(PASSWORD, 4))
    lower(service, log_in=2)
    known = [(await log_in(service)).status_code for _ in range(3)]
    unknown = [(await log_in(service, "nobody")).status_code for _ in range(3)]

    assert (known, unknown) == ([200, 200, 429], [401, 401, 429])
    assert not any("ada" in claim.who for claims in service.tally.asked for claim in claims)


async def test_refused_log_in_costs_nothing(service: Service) -> None:
    """A refused log-in looks nobody up and hashes nothing."""
    lower(service, log_in=1)
    await log_in(service)
    service.register.error = RuntimeError("asked")
    service.services.passwords.close()

    assert (await log_in(service)).status_code == 429


@pytest.mark.parametrize("username", ["ada", "nobody"])
async def test_a_locked_name_uses_up_no_hash(service: Service, username: str) -> None:
    """What is counted as a hash is one: who knocks at a locked name shuts out nobody else."""
    service.register.add("ada", "verifier", hash_password(PASSWORD, 4))
    service.register.locked[username] = 30.0
    locked = await log_in(service, username)
    service.register.locked.clear()
    free = await log_in(service)

    assert (locked.status_code, free.status_code) == (423, 200)
    assert counted(service) == [("log_in", 1), ("log_in", 1), ("hashing", 1)]


async def test_no_hash_is_left(service: Service) -> None:
    """Once a replica knows that all hashes are used up, a log-in asks the database nothing."""
    lower(service, hashing=1)
    await log_in(service)
    service.register.error = RuntimeError("asked")
    refused = await log_in(service, "nobody")

    assert (refused.status_code, refused.json()["code"]) == (429, "overloaded")


@pytest.mark.parametrize(("current", "hashes"), [(PASSWORD, 2), ("a guess", 1)])
async def test_a_changed_password_costs_what_it_hashes(
    service: Service, current: str, hashes: int
) -> None:
    """One to check the current password, and one for the new if that was right."""
    service.register.add("verifier", "verifier", hash_password(PASSWORD, 4))
    who = {"authorization": f"Bearer {(await log_in(service, 'verifier')).json()['access_token']}"}
    service.tally.asked.clear()
    change = {"current_password": current, "new_password": "correct horses"}
    await service.client.post("/v1/users/me/password", json=change, headers=who)

    assert counted(service) == [("other", 1), *[("hashing", 1)] * hashes]


async def test_a_new_work_factor_costs_a_second_hash(service: Service) -> None:
    """The hash that is made anew at a log-in is counted as well."""
    service.register.add("ada", "verifier", hash_password(PASSWORD, 5))

    assert (await log_in(service)).status_code == 200
    assert counted(service) == [("log_in", 1), ("hashing", 1), ("hashing", 1)]


async def test_hashes_of_the_service(service: Service) -> None:
    """All that hashes shares one bound; past it the service is at capacity, whoever asks."""
    service.register.add("ada", "verifier", hash_password(PASSWORD, 4))
    lower(service, hashing=4)
    admin, new = service.admin, {"username": "bob", "password": "long enough", "role": "auditor"}
    change = {"current_password": PASSWORD, "new_password": "correct horses"}
    ada = {"authorization": f"Bearer {(await log_in(service)).json()['access_token']}"}
    changed = await service.client.post("/v1/users/me/password", json=change, headers=ada)
    made = await service.client.post("/v1/users", json=new, headers=admin)
    refused = [
        await log_in(service, "carol"),
        await service.client.post("/v1/users", json=new | {"username": "eve"}, headers=admin),
        await service.client.patch("/v1/users/bob", json={"password": "x" * 9}, headers=admin),
    ]

    assert (changed.status_code, made.status_code) == (204, 201)
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(429, "overloaded")}
    assert all("retry-after" in each.headers for each in refused)
    assert (
        await service.client.patch("/v1/users/bob", json={"disabled": True}, headers=admin)
    ).status_code == 200


@pytest.mark.parametrize("verb", ["refresh", "revoke"])
@pytest.mark.parametrize(("invented", "code"), [(False, "rate_limited"), (True, None)])
async def test_refresh_tokens(
    service: Service, verb: str, invented: bool, code: str | None
) -> None:
    """A refresh token is counted by itself; an invented one is told before anything is counted."""
    lower(service, refresh=1)
    token = "not one" if invented else service.services.tokens.new_refresh_token().secret
    asked = {"json": {"refresh_token": token}}
    await service.client.post(f"/v1/auth/{verb}", **asked)  # type: ignore[arg-type]
    service.register.error = Unavailable("asked")
    again = await service.client.post(f"/v1/auth/{verb}", **asked)  # type: ignore[arg-type]

    assert again.status_code != 503
    assert (json.loads(again.text or "{}").get("code") == "rate_limited") is (code is not None)


async def enrol(service: Service, photos: int, external_id: str = "ada") -> Any:
    """Enrol somebody with so many photos."""
    files = [("images", ("photo.jpg", b"good")) for _ in range(photos)]
    data = {"external_id": external_id, "consent": json.dumps(CONSENT)}
    return await service.client.post(IDENTITIES, headers=service.admin, files=files, data=data)


async def test_an_enrolment_counts_each_photo(service: Service) -> None:
    """Three photos are three requests: the first lets it in, the others follow when counted."""
    lower(service, image=4)
    enrolled = await enrol(service, 3)
    refused = await enrol(service, 2, "bob")

    assert enrolled.status_code == 201
    assert enrolled.headers["ratelimit"].startswith('"image";r=1;')
    assert refused.status_code == 429
    assert [each.external_id for each, _ in service.shelf.people.values()] == ["ada"]


async def compare(service: Service, who: dict[str, str]) -> Any:
    """Compare two photos."""
    files = dict.fromkeys(("source", "target"), ("photo.jpg", b"good"))
    return await service.client.post("/v1/faces/compare", headers=who, files=files)


async def test_a_comparison_counts_both_photos(service: Service) -> None:
    """Two photos are two requests, and without room for both neither is looked at."""
    lower(service, image=3)
    who = service.token("verifier")
    compared, refused = await compare(service, who), await compare(service, who)

    assert (compared.status_code, refused.status_code) == (200, 429)
    assert compared.headers["ratelimit"].startswith('"image";r=1;')
    assert len(service.photographs.photos) == 2


async def identify(service: Service, who: dict[str, str], faces: str) -> Any:
    """Identify the largest face of a photo of three, or all of them."""
    service.photographs.shows[b"three"] = (face(unit(1, 0, 0, 0)),) * 3
    path = f"/v1/collections/default/identify?faces={faces}"
    return await service.client.post(path, headers=who | PHOTO, content=b"three")


@pytest.mark.parametrize(("faces", "left"), [("largest", 8), ("all", 6)])
async def test_each_face_searched_for_counts(service: Service, faces: str, left: int) -> None:
    """A photo is let in as one request, and each further face that is searched for is another."""
    lower(service, image=9)
    found = await identify(service, service.token("verifier"), faces)

    assert found.status_code == 200
    assert found.headers["ratelimit"].startswith(f'"image";r={left};')


async def test_no_search_without_room_for_every_face(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The faces are counted before the gallery is asked for any of them."""
    lower(service, image=4)
    who = service.token("verifier")
    await identify(service, who, "all")
    monkeypatch.setattr(service.shelf, "identify", None)
    refused = await identify(service, who, "all")

    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")


@pytest.mark.parametrize("amount", [1, 2])
async def test_more_photos_than_a_window_holds(service: Service, amount: int) -> None:
    """An enrolment of more photos than the limit takes all of it, instead of never being let in."""
    lower(service, image=amount)

    assert (await enrol(service, 4)).status_code == 201
    assert (await enrol(service, 1, "bob")).status_code == 429


async def test_no_limit_on_photos(service: Service) -> None:
    """Without a limit an enrolment is not counted at all."""
    service.services.limits.windows = dict(service.services.limits.windows) | {"image": ()}

    assert (await enrol(service, 3)).status_code == 201
    assert counted(service) == []


async def test_refused_body_is_not_read(service: Service) -> None:
    """A refused request is answered by its headers alone."""
    lower(service, image=1)
    who = service.admin | PHOTO
    await service.client.post("/v1/faces/detect", headers=who, content=b"one")
    taken: list[bytes] = []

    async def body() -> Any:
        taken.append(b"asked")
        yield b"two"

    answer = await service.client.post("/v1/faces/detect", headers=who, content=body())

    assert (answer.status_code, taken) == (429, [])
    assert [photo.data for photo in service.photographs.photos] == [b"one"]


async def test_who_may_not_is_counted_like_who_may(service: Service) -> None:
    """A caller whose role or grants do not allow it uses up their limit all the same."""
    lower(service, other=1)
    who = service.token("auditor")
    refused = [await service.client.get("/v1/users", headers=who) for _ in range(2)]

    assert [each.status_code for each in refused] == [403, 429]
