"""Detect, embed, compare."""

from typing import Any

import pytest

from deployments.errors import FacegraphError, Overloaded, UndecodableImage
from deployments.hints import HINTS
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import MODEL, face, unit

RAW = {"content-type": "image/jpeg"}


def pair(source: bytes = b"source", target: bytes = b"target") -> dict[str, Any]:
    """Return the form of a comparison."""
    return {"files": {"source": ("a.jpg", source), "target": ("b.jpg", target)}}


async def compare(service: Service, who: dict[str, str], **form: Any) -> Any:
    """Compare two photos that are 0.8 alike."""
    service.photographs.shows[b"source"] = (face(unit(1, 0, 0, 0)),)
    service.photographs.shows[b"target"] = (face(unit(0.8, 0.6, 0, 0)),)
    return await service.client.post("/v1/faces/compare", headers=who, **(pair() | form))


async def test_detect(service: Service) -> None:
    """Detect tells of each face where it is, how good it is, and nothing of its vector."""
    service.photographs.shows[b"photo"] = (face(reasons=("blurred",)), face())
    who = service.token("verifier") | RAW
    answer = await service.client.post("/v1/faces/detect", headers=who, content=b"photo")
    body = answer.json()
    first = body["faces"][0]

    assert body["image"] == {"width": 640, "height": 480}
    assert body["model"] == {"pack": MODEL.pack, "digest": MODEL.digest}
    assert len(body["faces"]) == 2
    assert set(first) == {"bbox", "landmarks", "score", "quality"}
    assert first["bbox"] == [0, 0, 100, 100]
    assert len(first["landmarks"]) == 5
    assert first["quality"] == {
        "score": 0.9,
        "sharpness": 120,
        "brightness": 0.5,
        "pose": {"yaw": 1, "pitch": 2, "roll": 3},
        "size": 100,
        "outside": 0,
        "reasons": ["blurred"],
        "hint": HINTS["blurred"],
    }
    assert service.photographs.photos[0].embed == "none"


async def test_detect_nobody(service: Service) -> None:
    """A photo without a face is an answer, not an error."""
    service.photographs.shows[b"wall"] = ()
    answer = await service.client.post(
        "/v1/faces/detect", headers=service.admin | RAW, content=b"wall"
    )

    assert (answer.status_code, answer.json()["faces"]) == (200, [])


async def test_embed(service: Service) -> None:
    """Embed adds the vector of every face."""
    service.photographs.shows[b"photo"] = (face(unit(0, 1, 0, 0)), face(unit(0, 0, 1, 0)))
    answer = await service.client.post(
        "/v1/faces/embed", headers=service.admin | RAW, content=b"photo"
    )
    vectors = [each["embedding"] for each in answer.json()["faces"]]

    assert vectors == [[0, 1, 0, 0], [0, 0, 1, 0]]
    assert service.photographs.photos[0].embed == "all"


async def test_embedder_that_forgot_a_vector(service: Service) -> None:
    """A face without the vector that was asked for is a bug, and told as one."""
    service.photographs.shows[b"photo"] = (face(),)
    answer = await service.client.post(
        "/v1/faces/embed", headers=service.admin | RAW, content=b"photo"
    )

    assert answer.json()["code"] == "internal"


async def test_compare(service: Service) -> None:
    """Without a threshold the pack's provisional one decides."""
    body = (await compare(service, service.admin)).json()

    assert body["similarity"] == pytest.approx(0.8)
    assert (body["decision"], body["threshold"], body["policy"]) == ("match", 0.5, "provisional")
    assert body["source_face"]["bbox"] == body["target_face"]["bbox"] == [0, 0, 100, 100]
    assert body["model"] == {"pack": MODEL.pack, "digest": MODEL.digest}


@pytest.mark.parametrize(("threshold", "decision"), [("0.79", "match"), ("0.81", "no_match")])
async def test_compare_at_a_threshold(service: Service, threshold: str, decision: str) -> None:
    """A threshold of the caller's own decides, and names no policy."""
    answer = await compare(service, service.admin, data={"threshold": threshold})
    body = answer.json()

    assert (body["decision"], body["threshold"]) == (decision, float(threshold))
    assert body["policy"] is None


@pytest.mark.parametrize("threshold", ["1.01", "-1.01", "nan", "inf", "high"])
async def test_impossible_threshold(service: Service, threshold: str) -> None:
    """A threshold is a cosine."""
    answer = await compare(service, service.admin, data={"threshold": threshold})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "threshold")


async def test_an_option_of_searches(service: Service) -> None:
    """Two photos are no gallery: an FPIR is unknown here, not ignored."""
    answer = await compare(service, service.admin, data={"target_fpir": "0.001"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "target_fpir")


@pytest.mark.parametrize(
    ("scopes", "shown"), [((), 0.87), (("embeddings",), 0.87), (("scores",), 0.8660254)]
)
async def test_who_sees_the_score(service: Service, scopes: tuple[str, ...], shown: float) -> None:
    """Without the scope a similarity has two decimals; the decision never rests on those."""
    service.photographs.shows[b"a"] = (face(unit(1, 0, 0, 0)),)
    service.photographs.shows[b"b"] = (face(unit(3**0.5 / 2, 0.5, 0, 0)),)
    form = pair(b"a", b"b") | {"data": {"threshold": "0.868"}}
    who = service.token("verifier", scopes=scopes)
    answer = await service.client.post("/v1/faces/compare", headers=who, **form)

    assert answer.json()["similarity"] == pytest.approx(shown, abs=1e-6)
    assert answer.json()["decision"] == "no_match"


@pytest.mark.parametrize("blank", [b"source", b"target"])
async def test_compare_nobody(service: Service, blank: bytes) -> None:
    """No face is told with the image that shows none."""
    service.photographs.shows[blank] = ()
    answer = await service.client.post("/v1/faces/compare", headers=service.admin, **pair())

    assert (answer.status_code, answer.json()["code"]) == (422, "no_face")
    assert blank.decode() in answer.json()["detail"]


@pytest.mark.parametrize("missing", ["source", "target"])
async def test_compare_without_one(service: Service, missing: str) -> None:
    """One image is nothing to compare, so nothing is done with it."""
    form = pair()
    del form["files"][missing]
    answer = await service.client.post("/v1/faces/compare", headers=service.admin, **form)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, missing)
    assert service.photographs.photos == []


@pytest.mark.parametrize("error", [UndecodableImage("no"), Overloaded("full", 2.0)])
async def test_compare_error(service: Service, error: FacegraphError) -> None:
    """An error of one photo is the answer, and the other photo is not waited for."""
    service.photographs.shows[b"target"] = error
    answer = await service.client.post("/v1/faces/compare", headers=service.admin, **pair())

    assert answer.json()["detail"] == error.detail


async def test_compare_across_models(service: Service) -> None:
    """Vectors of two packs are never compared, even while one replaces the other."""
    other = type(MODEL)("new", "sha256:" + "2" * 64, 4, 0.5, 0.6)
    service.photographs.models[b"target"] = other
    answer = await service.client.post("/v1/faces/compare", headers=service.admin, **pair())

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
