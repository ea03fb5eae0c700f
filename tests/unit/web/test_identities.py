"""Identities after their enrolment."""

from typing import Any
from uuid import uuid4

import pytest

from deployments.messages.gallery import Consent, NewIdentity, Template
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import BINDING, NOW, face, unit

IDENTITIES = "/v1/collections/default/identities"


@pytest.fixture
async def ada(service: Service) -> str:
    """Enrol Ada with two faces and return her path."""
    templates = (Template(unit(1, 0, 0, 0), face().quality),) * 2
    consent = Consent("form 7", "entry", NOW)
    person = NewIdentity("ada", "Ada", {"team": 1}, consent, templates)
    stored = await service.shelf.enrol("default", person, BINDING, budget=1)
    return f"{IDENTITIES}/{stored.id}"


async def test_read(service: Service, ada: str) -> None:
    """A person is read as stored."""
    body = (await service.client.get(ada, headers=service.admin)).json()

    assert (body["external_id"], body["display_name"]) == ("ada", "Ada")
    assert len(body["faces"]) == 2
    assert "rejected_images" not in body


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"display_name": "Countess"}, "display_name", "Countess"),
        ({"display_name": None}, "display_name", None),
        ({"metadata": {"team": 2}}, "metadata", {"team": 2}),
        ({}, "display_name", "Ada"),
    ],
)
async def test_change(
    service: Service, ada: str, change: dict[str, Any], field: str, value: Any
) -> None:
    """A change touches what it names and nothing else; null is a value, absence is not."""
    before = (await service.client.get(ada, headers=service.admin)).json()
    answer = await service.client.patch(ada, headers=service.admin, json=change)

    assert answer.json() == before | {field: value}


async def test_renewed_consent(service: Service, ada: str) -> None:
    """A consent is replaced as a whole."""
    renewed = {"reference": "form 8", "purpose": "entry", "given_at": "2026-05-05T05:05:05Z"}
    answer = await service.client.patch(ada, headers=service.admin, json={"consent": renewed})

    assert answer.json()["consent"] == renewed | {"expires_at": None}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"external_id": "eve"}, 400),
        ({"faces": []}, 400),
        ({"consent": None}, 422),
        ({"metadata": None}, 422),
    ],
)
async def test_what_cannot_change(
    service: Service, ada: str, change: dict[str, Any], status: int
) -> None:
    """Neither the external id nor the faces change this way, and a consent is never withdrawn."""
    answer = await service.client.patch(ada, headers=service.admin, json=change)

    assert answer.status_code == status


async def test_erase(service: Service, ada: str) -> None:
    """Erasure answers with the contract's receipt, and the person is gone."""
    answer = await service.client.delete(ada, headers=service.admin)
    body = answer.json()
    after = await service.client.get(ada, headers=service.admin)

    assert answer.status_code == 200
    assert set(body) == {"receipt_id", "erased", "search_confirms_absence", "erased_at"}
    assert body["erased"] == {"identities": 1, "faces": 2, "crops": 0}
    assert body["search_confirms_absence"] is True
    assert after.status_code == 404


async def test_faces(service: Service, ada: str) -> None:
    """Faces are listed and deleted one by one; deleting one twice finds nothing."""
    listed = (await service.client.get(f"{ada}/faces", headers=service.admin)).json()
    path = f"{ada}/faces/{listed['items'][0]['id']}"
    first = await service.client.delete(path, headers=service.admin)
    second = await service.client.delete(path, headers=service.admin)

    assert (first.status_code, first.content, second.status_code) == (204, b"", 404)


async def test_pages(service: Service, ada: str) -> None:
    """A list is read to its end by its cursors, and no item shows twice."""
    first = await service.client.get(f"{ada}/faces?limit=1", headers=service.admin)
    cursor = first.json()["next_cursor"]
    last = await service.client.get(f"{ada}/faces?limit=1&cursor={cursor}", headers=service.admin)

    assert len(first.json()["items"]) == len(last.json()["items"]) == 1
    assert first.json()["items"] != last.json()["items"]
    assert last.json()["next_cursor"] is None


async def test_cursor_of_another_list(service: Service, ada: str) -> None:
    """A cursor is of no use on another person's list."""
    first = await service.client.get(f"{ada}/faces?limit=1", headers=service.admin)
    path = f"{IDENTITIES}/{uuid4()}/faces?cursor={first.json()['next_cursor']}"
    answer = await service.client.get(path, headers=service.admin)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_list(service: Service, ada: str) -> None:
    """The people of a collection are listed with what is known of them."""
    body = (await service.client.get(IDENTITIES, headers=service.admin)).json()

    assert [f"{IDENTITIES}/{each['id']}" for each in body["items"]] == [ada]
