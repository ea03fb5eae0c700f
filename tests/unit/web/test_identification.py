"""Identify and verify."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from deployments.messages.gallery import Consent, NewIdentity, Template
from deployments.messages.matcher import Wanted
from deployments.web.principal import Scope
from deployments.web.schemas.faces import Identification
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import BINDING, MODEL, NOW, face, unit

RAW = {"content-type": "image/jpeg"}
IDENTIFY = "/v1/collections/default/identify"
ADA, BOB = unit(1, 0, 0, 0), unit(0, 1, 0, 0)


async def enrol(service: Service, external_id: str, vector: Any) -> UUID:
    """Put a person with one face into the gallery."""
    template = Template(vector, face().quality)
    consent = Consent("form 7", "entry", NOW)
    person = NewIdentity(external_id, external_id.title(), {}, consent, (template,))
    return (await service.shelf.enrol("default", person, BINDING, budget=1)).id


@pytest.fixture
async def gallery(service: Service) -> dict[str, UUID]:
    """Enrol Ada and Bob, who do not look alike."""
    return {"ada": await enrol(service, "ada", ADA), "bob": await enrol(service, "bob", BOB)}


async def identify(service: Service, query: str = "", **headers: str) -> Any:
    """Identify the photo `probe`."""
    given = service.admin | RAW | headers
    return await service.client.post(f"{IDENTIFY}?{query}", headers=given, content=b"probe")


async def test_identify(service: Service, gallery: dict[str, UUID]) -> None:
    """The largest face is searched for, and the answer is the contract's to the letter."""
    service.photographs.shows[b"probe"] = (face(unit(0.9, 0.1, 0, 0)), face(BOB))
    answer = await identify(service)
    body = answer.json()
    (found,) = body["faces"]
    (match,) = found["matches"]

    assert body["gallery_size"] == len(gallery)
    assert body["policy"] == "provisional"
    assert body["model"] == {"pack": MODEL.pack, "digest": MODEL.digest}
    assert set(found) == {
        *("bbox", "quality", "decision", "liveness", "matches"),
        *("threshold", "policy", "target_fmr", "target_fpir", "fmr_upper_bound", "supported"),
    }
    assert (found["decision"], found["threshold"]) == ("match", MODEL.identify_threshold)
    assert match["identity_id"] == str(gallery["ada"])
    assert (match["external_id"], match["display_name"]) == ("ada", "Ada")
    assert match["similarity"] == pytest.approx(0.9939, abs=1e-4)
    assert set(match) == {"identity_id", "external_id", "display_name", "similarity", "face_id"}
    assert Identification.model_validate_json(answer.content).gallery_size == len(gallery)
    assert service.photographs.photos[0].max_faces == 1


async def test_identify_everybody(service: Service, gallery: dict[str, UUID]) -> None:
    """With faces=all every face has its own verdict, in the order of the faces."""
    del gallery
    service.photographs.shows[b"probe"] = (face(BOB), face(unit(0, 0, 1, 0)), face(ADA))
    body = (await identify(service, "faces=all")).json()
    names = [[match["external_id"] for match in each["matches"]] for each in body["faces"]]

    assert [each["decision"] for each in body["faces"]] == ["match", "no_match", "match"]
    assert names == [["bob"], [], ["ada"]]
    assert service.photographs.photos[0].embed == "all"


async def test_two_who_look_alike(service: Service, gallery: dict[str, UUID]) -> None:
    """Two people who are nearly as similar are ambiguous, and both are named, best first."""
    del gallery
    await enrol(service, "ada-s-twin", unit(1, 0.01, 0, 0))
    service.photographs.shows[b"probe"] = (face(ADA),)
    (found,) = (await identify(service)).json()["faces"]

    assert found["decision"] == "ambiguous"
    assert [match["external_id"] for match in found["matches"]] == ["ada", "ada-s-twin"]


async def test_empty_gallery(service: Service) -> None:
    """Nobody is found where nobody is enrolled."""
    body = (await identify(service)).json()

    assert (body["gallery_size"], body["faces"][0]["decision"]) == (0, "no_match")


async def test_options(service: Service, gallery: dict[str, UUID]) -> None:
    """Limit and threshold are the caller's; a threshold of their own names no policy."""
    del gallery
    body = (await identify(service, "limit=1&threshold=-1")).json()

    assert len(body["faces"][0]["matches"]) == 1
    assert (body["policy"], body["faces"][0]["threshold"]) == (None, -1)


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("limit=0", 422, "limit"),
        ("limit=51", 422, "limit"),
        ("faces=some", 422, "faces"),
        ("threshold=2", 422, "threshold"),
        ("target_fpir=1", 422, "target_fpir"),
        ("target_fmr=0.01", 400, "target_fmr"),
    ],
)
async def test_wrong_options(service: Service, query: str, status: int, field: str) -> None:
    """Options out of their range, or unknown, are named."""
    answer = await identify(service, query)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)


async def test_rounded_for_most(service: Service, gallery: dict[str, UUID]) -> None:
    """A caller without the scope sees two decimals."""
    del gallery
    service.photographs.shows[b"probe"] = (face(unit(0.9, 0.1, 0, 0)),)
    body = (await identify(service, **service.token("verifier"))).json()

    assert body["faces"][0]["matches"][0]["similarity"] == 0.99


@pytest.mark.parametrize(
    ("scopes", "asked", "used"),
    [
        ((), 0.9934, 1.0),
        ((), 0.07, 0.07),
        ((), -0.129, -0.12),
        ((), -1, -1.0),
        (("scores",), 0.9934, 0.9934),
    ],
)
async def test_threshold_of_a_caller(
    service: Service,
    gallery: dict[str, UUID],
    scopes: tuple[Scope, ...],
    asked: float,
    used: float,
) -> None:
    """Who sees scores to two decimals cannot find the rest by halving a threshold either."""
    del gallery
    service.photographs.shows[b"probe"] = (face(unit(0.9, 0.1, 0, 0)),)
    who = service.token("verifier", scopes=scopes)
    body = (await identify(service, f"threshold={asked}", **who)).json()
    (found,) = body["faces"]

    # The similarity is 0.9939: a threshold just below it is over it for most.
    assert (found["threshold"], body["policy"]) == (used, None)
    assert (found["decision"] == "match") is (used < 0.9939)


@pytest.mark.parametrize("query", ["", "faces=all"])
async def test_nobody_in_the_photo(service: Service, query: str) -> None:
    """A probe without a face cannot be anybody."""
    service.photographs.shows[b"probe"] = ()
    answer = await identify(service, query)

    assert (answer.status_code, answer.json()["code"]) == (422, "no_face")


async def test_no_such_collection(service: Service) -> None:
    """A collection that is not there is not found."""
    headers = service.admin | RAW
    answer = await service.client.post(
        "/v1/collections/nowhere/identify", headers=headers, content=b"probe"
    )

    assert answer.status_code == 404


@pytest.mark.parametrize(("name", "decision"), [("ada", "match"), ("bob", "no_match")])
async def test_verify(service: Service, gallery: dict[str, UUID], name: str, decision: str) -> None:
    """Verify compares with one person, at the pack's threshold for that."""
    service.photographs.shows[b"probe"] = (face(ADA),)
    path = f"/v1/collections/default/identities/{gallery[name]}/verify"
    answer = await service.client.post(path, headers=service.admin | RAW, content=b"probe")
    body = answer.json()

    assert body["decision"] == decision
    assert body["similarity"] == pytest.approx(1.0 if name == "ada" else 0.0)
    assert (body["threshold"], body["policy"]) == (MODEL.verify_threshold, "provisional")
    assert body["face"]["bbox"] == [0, 0, 100, 100]
    assert "search;dur=3.0" in answer.headers["server-timing"]


async def test_verify_a_stranger(service: Service) -> None:
    """Nobody can be verified as an identity that is not there."""
    path = f"/v1/collections/default/identities/{uuid4()}/verify"
    answer = await service.client.post(path, headers=service.admin | RAW, content=b"probe")

    assert answer.status_code == 404


async def test_a_blocked_identity(service: Service, gallery: dict[str, UUID]) -> None:
    """It is refused with a wait; the next time before the photo is looked at, until it is freed."""
    ada = gallery["ada"]
    service.shelf.blocked[ada] = 29.2
    path = f"/v1/collections/default/identities/{ada}"
    call = service.client.post
    first = await call(f"{path}/verify", headers=service.admin | RAW, content=b"probe")
    second = await call(f"{path}/verify", headers=service.admin | RAW, content=b"probe")
    freed = await service.client.delete(f"{path}/attempts", headers=service.token("enroller"))
    third = await call(f"{path}/verify", headers=service.admin | RAW, content=b"probe")

    assert (first.status_code, first.json()["code"]) == (429, "attempts_exceeded")
    assert first.headers["retry-after"] == second.headers["retry-after"] == "30"
    assert (second.status_code, freed.status_code, third.status_code) == (429, 204, 200)
    assert len(service.photographs.photos) == len(service.shelf.verified) == 2


async def test_a_lax_threshold_is_told_from_the_packs(
    service: Service, gallery: dict[str, UUID]
) -> None:
    """The matcher hears both: what decides, and what a match must reach to forget failures."""
    path = f"/v1/collections/default/identities/{gallery['ada']}/verify?threshold=-1"
    await service.client.post(path, headers=service.admin | RAW, content=b"probe")
    (asked,) = service.shelf.verified

    assert (asked.wanted, asked.model) == (Wanted(threshold=-1), MODEL)


async def test_nobody_to_forget_attempts_of(service: Service) -> None:
    """An identity that is not there is not found."""
    path = f"/v1/collections/default/identities/{uuid4()}/attempts"

    assert (await service.client.delete(path, headers=service.admin)).status_code == 404
