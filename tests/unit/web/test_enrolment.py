"""Enrolment, and faces added later."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deployments.errors import (
    DeadlineExceeded,
    FacegraphError,
    ImageTooLarge,
    NoFace,
    Overloaded,
    Unavailable,
    UndecodableImage,
    UnsupportedMediaType,
)
from deployments.hints import HINTS
from deployments.messages.embedder import Analysis, Model, Photo
from deployments.web.enrolment import AT_ONCE
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import MODEL, face, unit

IDENTITIES = "/v1/collections/default/identities"
NOW = datetime.now(UTC)
CONSENT = {"reference": "form 7", "purpose": "entry", "given_at": "2026-01-02T03:04:05+01:00"}
OTHER = Model("new", "sha256:" + "2" * 64, 4, 0.5, 0.6)
GOOD = (face(unit(1, 0, 0, 0)),)


def photos(*images: bytes) -> list[Any]:
    """Return images as the files of a form."""
    return [("images", ("photo.jpg", image)) for image in images or (b"good",)]


def fields(consent: Any = CONSENT, **others: str) -> dict[str, str]:
    """Return the fields of an enrolment; None leaves the consent out."""
    named = {"external_id": "ada"} | others
    return named if consent is None else named | {"consent": json.dumps(consent)}


async def enrol(service: Service, files: Any = None, data: Any = None) -> Any:
    """Enrol a person."""
    return await service.client.post(
        IDENTITIES, headers=service.admin, files=files or photos(), data=data or fields()
    )


async def test_enrol(service: Service) -> None:
    """A person is stored as described, with one face a photo."""
    told = fields(display_name="Ada", metadata='{"team": 1}', on_duplicate="allow")
    answer = await enrol(service, photos(b"one", b"two"), told)
    body = answer.json()

    assert answer.status_code == 201
    assert (body["external_id"], body["display_name"]) == ("ada", "Ada")
    assert body["metadata"] == {"team": 1}
    assert body["consent"] == {
        "reference": "form 7",
        "purpose": "entry",
        "given_at": "2026-01-02T02:04:05Z",
        "expires_at": None,
    }
    assert len(body["faces"]) == 2
    assert set(body["faces"][0]) == {"id", "quality", "created_at"}
    assert body["rejected_images"] == []
    assert "write;dur=" in answer.headers["server-timing"]
    (_, templates) = next(iter(service.shelf.people.values()))
    assert len(templates) == 2


async def test_some_photos_are_rejected(service: Service) -> None:
    """Each photo that cannot be used is told by its place and its own code."""
    service.photographs.shows |= {
        b"wall": (),
        b"pair": (*GOOD, *GOOD),
        b"blur": (face(unit(1, 0, 0, 0), reasons=("blurred",)),),
        b"text": UnsupportedMediaType("no image"),
        b"half": UndecodableImage("cut off"),
        b"huge": ImageTooLarge("too large"),
    }
    images = [b"wall", b"good", b"pair", b"blur", b"text", b"half", b"huge"]
    body = (await enrol(service, photos(*images))).json()

    assert len(body["faces"]) == 1
    assert [(each["index"], each["code"]) for each in body["rejected_images"]] == [
        (0, "no_face"),
        (2, "multiple_faces"),
        (3, "low_quality"),
        (4, "unsupported_media_type"),
        (5, "undecodable_image"),
        (6, "image_too_large"),
    ]
    told = body["rejected_images"][2]["detail"]
    assert told == f"The face does not pass the gate: blurred. {HINTS['blurred']}"


@pytest.mark.parametrize(
    ("images", "code"),
    [((b"wall", b"wall"), "no_face"), ((b"wall", b"pair"), "validation_error")],
)
async def test_all_photos_are_rejected(
    service: Service, images: tuple[bytes, ...], code: str
) -> None:
    """Where no photo can be used nothing is stored, and the same list says why."""
    service.photographs.shows |= {b"wall": (), b"pair": (*GOOD, *GOOD)}
    answer = await enrol(service, photos(*images))

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [each["index"] for each in answer.json()["rejected_images"]] == [0, 1]
    assert service.shelf.people == {}


@pytest.mark.parametrize(
    "error", [Overloaded("full", 3.0), Unavailable("down"), DeadlineExceeded("late")]
)
async def test_trouble_of_the_service(service: Service, error: FacegraphError) -> None:
    """What no photo is to blame for fails the whole enrolment, and nothing is stored."""
    service.photographs.shows[b"two"] = error
    answer = await enrol(service, photos(b"one", b"two", b"three"))

    assert answer.json()["detail"] == error.detail
    assert answer.status_code in {429, 503, 504}
    assert service.shelf.people == {}


@pytest.mark.parametrize("other", [OTHER, replace(MODEL, pipeline="2-640-twice")])
async def test_photos_of_two_models(service: Service, other: Model) -> None:
    """While a pack or a release is rolled out, vectors of both are never stored as one person."""
    service.photographs.models[b"two"] = other
    answer = await enrol(service, photos(b"one", b"two"))

    assert answer.status_code == 503
    assert service.shelf.people == {}


async def test_a_few_photos_at_once(service: Service) -> None:
    """Photos are analysed side by side, but one enrolment never takes all of the embedder."""
    running, most = 0, 0
    full = asyncio.Event()

    async def analyse(photo: Photo, *, budget: float) -> Analysis:
        nonlocal running, most
        del photo, budget
        running += 1
        most = max(most, running)
        if running == AT_ONCE:
            full.set()
        await full.wait()
        running -= 1
        return Analysis(640, 480, GOOD, MODEL)

    service.photographs.analyse = analyse  # type: ignore[method-assign]
    answer = await enrol(service, photos(*[b"x"] * 10))

    assert (answer.status_code, most) == (201, AT_ONCE)


async def test_gate_of_the_collection(service: Service) -> None:
    """Photos are judged by the gate the collection was given."""
    await service.shelf.change_collection("default", {"quality": "strict"}, budget=1)
    await enrol(service)

    assert [photo.gate for photo in service.photographs.photos] == ["strict"]


@pytest.mark.parametrize(
    ("consent", "code"),
    [
        (None, "consent_required"),
        (CONSENT | {"expires_at": "2026-01-03T00:00:00Z"}, "consent_expired"),
    ],
)
async def test_consent(service: Service, consent: Any, code: str) -> None:
    """Without a consent that holds, no photo is even looked at."""
    answer = await enrol(service, data=fields(consent))

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert service.photographs.photos == []


async def test_consent_for_some_time(service: Service) -> None:
    """A consent may end in the future."""
    expires_at = (NOW + timedelta(days=1)).isoformat()
    answer = await enrol(service, data=fields(CONSENT | {"expires_at": expires_at}))

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("data", "status", "field"),
    [
        (fields(CONSENT | {"colour": "red"}), 400, "consent.colour"),
        (fields({"reference": "form 7"}), 422, "consent.purpose"),
        (fields(CONSENT | {"given_at": "2026-01-02T03:04:05"}), 422, "consent.given_at"),
        ({"external_id": "ada", "consent": "{"}, 400, "consent"),
        (fields(metadata="{"), 400, "metadata"),
        (fields(metadata="[]"), 422, "metadata"),
        (fields(metadata=json.dumps({"x": "y" * 17_000})), 422, "metadata"),
        (fields(metadata='{"x":' + "[" * 32 + "]" * 32 + "}"), 422, "metadata"),
        (fields(metadata='{"x":' + "[" * 9_000 + "]" * 9_000 + "}"), 422, "metadata"),
        (fields(external_id="with space"), 422, "external_id"),
        (fields(display_name=""), 422, "display_name"),
        (fields(on_duplicate="reject"), 422, "on_duplicate"),
        (fields(nickname="A"), 400, "nickname"),
        ({"consent": json.dumps(CONSENT)}, 422, "external_id"),
    ],
)
async def test_fields(service: Service, data: Any, status: int, field: str) -> None:
    """Each field that is malformed, unknown or out of its range is named."""
    answer = await enrol(service, data=data)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert service.photographs.photos == []


@pytest.mark.parametrize("files", [photos(*[b"x"] * 21), [("image", ("a.jpg", b"x"))]])
async def test_number_of_photos(service: Service, files: Any) -> None:
    """One to twenty photos, under the name of the contract."""
    answer = await enrol(service, files)

    assert answer.status_code in {400, 422}
    assert service.photographs.photos == []


async def test_no_photo(service: Service) -> None:
    """A person is not enrolled without a face."""
    boundary = {"content-type": "multipart/form-data; boundary=b"}
    part = '--b\r\ncontent-disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    form = "".join(part.format(*field) for field in fields().items()) + "--b--\r\n"
    answer = await service.client.post(
        IDENTITIES, headers=service.admin | boundary, content=form.encode()
    )

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "images")


async def test_no_such_collection(service: Service) -> None:
    """A collection that is not there is not found before any photo is decoded."""
    path = "/v1/collections/nowhere/identities"
    answer = await service.client.post(path, headers=service.admin, files=photos(), data=fields())

    assert answer.status_code == 404
    assert service.photographs.photos == []


async def test_add_faces(service: Service) -> None:
    """Further photos are judged like the first, and the faces listed with the person's."""
    service.photographs.shows[b"wall"] = ()
    path = f"{IDENTITIES}/{(await enrol(service)).json()['id']}/faces"
    answer = await service.client.post(path, headers=service.admin, files=photos(b"new", b"wall"))
    body = answer.json()
    listed = (await service.client.get(path, headers=service.admin)).json()

    assert answer.status_code == 201
    assert [each["code"] for each in body["rejected_images"]] == ["no_face"]
    assert len(body["faces"]) == 1
    assert len(listed["items"]) == 2


async def test_add_faces_takes_images_only(service: Service) -> None:
    """Further photos come without any other field."""
    path = f"{IDENTITIES}/{(await enrol(service)).json()['id']}/faces"
    answer = await service.client.post(
        path, headers=service.admin, files=photos(), data={"external_id": "eve"}
    )

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "external_id")


async def test_add_faces_to_a_stranger(service: Service) -> None:
    """An identity that is not there is not found before any photo is decoded."""
    path = f"{IDENTITIES}/{uuid4()}/faces"
    answer = await service.client.post(path, headers=service.admin, files=photos())

    assert (answer.status_code, service.photographs.photos) == (404, [])


async def test_vector_forgotten(service: Service) -> None:
    """An embedder that forgot a vector is a bug, not a rejected photo."""
    service.photographs.shows[b"good"] = (face(),)
    answer = await enrol(service)

    assert answer.json()["code"] == "internal"


async def test_photo_error_is_the_only_one(service: Service) -> None:
    """A single photo that fails gives the whole request its code."""
    service.photographs.shows[b"good"] = NoFace("nobody")
    answer = await enrol(service)

    assert answer.json()["code"] == "no_face"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"given_at": "0001-01-01T00:00:00+14:00"}, "given_at"),
        ({"given_at": 1767322800}, "given_at"),
        ({"given_at": "1767322800"}, "given_at"),
        ({"given_at": "2026-01-02"}, "given_at"),
        ({"given_at": (NOW + timedelta(hours=1)).isoformat()}, "given_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
        ({"expires_at": CONSENT["given_at"]}, "expires_at"),
    ],
)
async def test_times_of_a_consent(service: Service, change: dict[str, str], field: str) -> None:
    """A consent was given in the past, ends after that, and both in years that UTC can tell."""
    answer = await enrol(service, data=fields(CONSENT | change))
    body = answer.json()

    assert (answer.status_code, body["code"]) == (422, "validation_error")
    assert body["errors"][0]["field"] == f"consent.{field}"


async def test_consent_by_a_clock_ahead(service: Service) -> None:
    """A caller's clock may be a little ahead."""
    given_at = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    answer = await enrol(service, data=fields(CONSENT | {"given_at": given_at}))

    assert answer.status_code == 201
