"""Liveness as callers meet it: the policy of a collection, and what is told of a face."""

import json
from typing import Any
from uuid import UUID

import pytest
import structlog

from deployments.messages.embedder import LivenessCard
from deployments.messages.gallery import Consent, LivenessPolicy, NewIdentity, Template
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import BINDING, NOW, face, unit

RAW = {"content-type": "image/jpeg"}
DEFAULT = "/v1/collections/default"
CARD = LivenessCard("door", "sha256:" + "3" * 64, "ours", True, 0.9)
ADA = unit(1, 0, 0, 0)
CONSENT = json.dumps({"reference": "f", "purpose": "entry", "given_at": "2026-01-02T03:04:05Z"})
ASKED = ("verify", "identify")


@pytest.fixture
async def ada(service: Service) -> UUID:
    """Enrol Ada into `default`, and say what a live, a doubtful and a false photo show."""
    service.photographs.liveness = CARD
    service.photographs.shows |= {
        b"live": (face(ADA, live=True),),
        b"attack": (face(ADA, live=False),),
        b"unchecked": (face(ADA),),
        b"both": (face(ADA, live=True), face(ADA, live=False)),
    }
    template = Template(ADA, face().quality)
    person = NewIdentity("ada", "Ada", {}, Consent("form 7", "entry", NOW), (template,))
    return (await service.shelf.enrol("default", person, BINDING, budget=1)).id


async def set_policy(service: Service, policy: LivenessPolicy) -> None:
    """Change what `default` makes of attacks."""
    await service.shelf.change_collection("default", {"liveness": policy}, budget=1)


async def ask(service: Service, ada: UUID, asked: str, photo: bytes) -> Any:
    """Verify Ada, or identify whoever a photo shows."""
    path = f"{DEFAULT}/identities/{ada}/verify" if asked == "verify" else f"{DEFAULT}/{asked}"
    return await service.client.post(path, headers=service.admin | RAW, content=photo)


def told(body: Any) -> Any:
    """Return the part of an answer that tells of the first face."""
    return body["faces"][0] if "faces" in body else body


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(
    ("policy", "photo", "shown"),
    [
        ("off", b"attack", None),
        ("observe", b"attack", "attack"),
        ("observe", b"live", "live"),
        ("observe", b"unchecked", None),
        ("enforce", b"live", "live"),
    ],
)
async def test_answers_tell_what_was_seen(
    service: Service,
    ada: UUID,
    asked: str,
    policy: LivenessPolicy,
    photo: bytes,
    shown: str | None,
) -> None:
    """The decision stays what it is without a check, and no score shows."""
    await set_policy(service, policy)
    answer = await ask(service, ada, asked, photo)

    assert answer.status_code == 200
    assert (told(answer.json())["decision"], told(answer.json())["liveness"]) == ("match", shown)
    assert "0.98765" not in answer.text
    assert "0.12345" not in answer.text
    assert service.photographs.photos[-1].liveness


@pytest.mark.parametrize("asked", [*ASKED, "identify?faces=all"])
@pytest.mark.parametrize(
    ("photo", "status", "code"),
    [(b"attack", 422, "presentation_attack"), (b"unchecked", 503, "unavailable")],
)
async def test_enforcing_refuses(
    service: Service, ada: UUID, asked: str, photo: bytes, status: int, code: str
) -> None:
    """Nothing about a similarity is told of an attack, or of a face that nothing checked."""
    await set_policy(service, "enforce")
    answer = await ask(service, ada, asked, photo)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not {"similarity", "matches", "faces"} & answer.json().keys()


@pytest.mark.parametrize(("policy", "status"), [("observe", 200), ("enforce", 422)])
async def test_one_attack_among_many(
    service: Service, ada: UUID, policy: LivenessPolicy, status: int
) -> None:
    """With faces=all each face tells of itself, and where it is enforced one attack is enough."""
    await set_policy(service, policy)
    answer = await ask(service, ada, "identify?faces=all", b"both")
    faces = answer.json().get("faces", [])

    assert answer.status_code == status
    assert [each["liveness"] for each in faces] == (["live", "attack"] if status == 200 else [])


async def enrol(service: Service, *photos: bytes, path: str = f"{DEFAULT}/identities") -> Any:
    """Enrol somebody, or add faces, with these photos."""
    files = [("images", ("a.jpg", photo)) for photo in photos]
    data = {"external_id": "new", "consent": CONSENT} if path.endswith("identities") else {}
    return await service.client.post(path, headers=service.admin, files=files, data=data)


@pytest.mark.parametrize(
    ("policy", "accepted", "rejected"),
    [("off", 2, []), ("observe", 2, []), ("enforce", 1, [(1, "presentation_attack")])],
)
@pytest.mark.parametrize("added", [False, True])
async def test_enrolment(
    service: Service,
    ada: UUID,
    policy: LivenessPolicy,
    accepted: int,
    rejected: list[tuple[int, str]],
    added: bool,
) -> None:
    """An attack among the photos is rejected where that is enforced; `off` asks for no check."""
    await set_policy(service, policy)
    path = f"{DEFAULT}/identities/{ada}/faces" if added else f"{DEFAULT}/identities"
    body = (await enrol(service, b"live", b"attack", path=path)).json()

    assert len(body["faces"]) == accepted
    assert [(each["index"], each["code"]) for each in body["rejected_images"]] == rejected
    assert {photo.liveness for photo in service.photographs.photos} == {policy != "off"}


@pytest.mark.parametrize(
    ("photo", "status", "code"),
    [(b"attack", 422, "presentation_attack"), (b"unchecked", 503, "unavailable")],
)
async def test_nobody_is_enrolled_by_an_attack(
    service: Service, ada: UUID, photo: bytes, status: int, code: str
) -> None:
    """Where it is enforced nothing is stored of a face that is not known to be live."""
    await set_policy(service, "enforce")
    answer = await enrol(service, photo)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [person for _, person in service.shelf.people] == [ada]


@pytest.mark.parametrize("policy", ["observe", "enforce"])
async def test_policy_with_a_model(service: Service, ada: UUID, policy: str) -> None:
    """With a model loaded a collection is created, changed and shown with any policy."""
    del ada
    new = {"id": "gate", "name": "Gate", "liveness": policy}
    created = await service.client.post("/v1/collections", headers=service.admin, json=new)
    change = {"liveness": policy}
    changed = await service.client.patch(DEFAULT, headers=service.admin, json=change)
    read = await service.client.get(DEFAULT, headers=service.admin)

    assert (created.status_code, created.json()["liveness"]) == (201, policy)
    assert (changed.status_code, changed.json()["liveness"]) == (200, policy)
    assert read.json()["liveness"] == policy


@pytest.mark.parametrize("policy", ["observe", "enforce"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_policy_without_a_model(service: Service, policy: str, method: str) -> None:
    """Nobody is let believe that faces are checked where nothing can: the field is named."""
    new = {"id": "gate", "name": "Gate"} if method == "POST" else {}
    path = "/v1/collections" if method == "POST" else DEFAULT
    answer = await service.client.request(
        method, path, headers=service.admin, json=new | {"liveness": policy}
    )
    body = answer.json()

    assert (answer.status_code, body["code"]) == (422, "validation_error")
    assert body["errors"][0]["field"] == "liveness"
    assert "No liveness model is loaded" in body["detail"]
    assert service.shelf.collections_by_id["default"].liveness == "off"
    assert "gate" not in service.shelf.collections_by_id


async def test_turning_it_off_needs_no_model(service: Service, ada: UUID) -> None:
    """A service that lost its model can be helped by whoever may change the collection."""
    del ada
    await set_policy(service, "enforce")
    service.photographs.liveness = None
    change = {"liveness": "off"}
    answer = await service.client.patch(DEFAULT, headers=service.admin, json=change)

    assert (answer.status_code, answer.json()["liveness"]) == (200, "off")


async def test_model_card(service: Service) -> None:
    """The card says that no model is loaded, or which, under what licence, by what threshold."""
    (without,) = (await service.client.get("/v1/models", headers=service.admin)).json()["items"]
    service.photographs.liveness = CARD
    (loaded,) = (await service.client.get("/v1/models", headers=service.admin)).json()["items"]

    assert without["liveness"] is None
    assert loaded["liveness"] == {
        "name": "door",
        "digest": CARD.digest,
        "licence": "ours",
        "commercial_use": True,
        "threshold": 0.9,
    }


@pytest.mark.parametrize(
    ("asked", "photo", "logged"),
    [
        ("verify", b"live", "live"),
        ("verify", b"attack", "attack"),
        ("verify", b"unchecked", None),
        ("identify?faces=all", b"both", "attack"),
    ],
)
async def test_the_log_tells_of_attacks(
    service: Service, ada: UUID, asked: str, photo: bytes, logged: str | None
) -> None:
    """The line of a request says what was seen, also where the answer is a refusal; no score."""
    await set_policy(service, "enforce")
    with structlog.testing.capture_logs() as lines:
        await ask(service, ada, asked, photo)

    assert [line["liveness"] for line in lines] == [logged]
    assert "0.12345" not in json.dumps(lines)
