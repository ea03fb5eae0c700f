"""The contract's errors that need the real parts, over real HTTP."""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest

from tests.acceptance.conftest import CONSENT, Running, enrol, send

Ask = Callable[[Running, str, bytes, bytes, bytes], httpx.Response]

REFUSED: dict[str, tuple[int, str, Ask]] = {
    "no token": (
        401,
        "unauthenticated",
        lambda s, _c, p, _g, _b: httpx.post(f"{s.url}/v1/faces/detect", content=p),
    ),
    "a token of somebody else": (
        401,
        "unauthenticated",
        lambda s, _c, _p, _g, _b: httpx.get(
            f"{s.url}/v1/users/me", headers={"Authorization": "Bearer e30.e30.e30"}
        ),
    ),
    "wrong password": (
        401,
        "invalid_credentials",
        lambda s, _c, _p, _g, _b: httpx.post(
            f"{s.url}/v1/auth/token", data={"username": "admin", "password": "no"}
        ),
    ),
    "unknown route": (404, "not_found", lambda s, _c, _p, _g, _b: s.client.get("/v1/nowhere")),
    "unknown collection": (
        404,
        "not_found",
        lambda s, _c, p, _g, _b: send(s.client, "/v1/collections/absent/identify", p),
    ),
    "wrong method": (
        405,
        "method_not_allowed",
        lambda s, _c, _p, _g, _b: s.client.put("/v1/collections"),
    ),
    "taken collection": (
        409,
        "already_exists",
        lambda s, _c, _p, _g, _b: s.client.post(
            "/v1/collections", json={"id": "default", "name": "again"}
        ),
    ),
    "an image of too many bytes": (
        413,
        "body_too_large",
        lambda s, _c, p, _g, _b: send(s.client, "/v1/faces/detect", p + bytes(11 * 2**20)),
    ),
    "a body of too many bytes": (
        413,
        "body_too_large",
        lambda s, _c, p, _g, _b: send(s.client, "/v1/faces/detect", p + bytes(40 * 2**20)),
    ),
    "an image of too many pixels": (
        413,
        "image_too_large",
        lambda s, _c, _p, _g, _b: send(s.client, "/v1/faces/detect", _huge_bmp()),
    ),
    "text": (
        415,
        "unsupported_media_type",
        lambda s, _c, _p, _g, _b: send(s.client, "/v1/faces/detect", b"not a picture at all"),
    ),
    "half a photo": (
        422,
        "undecodable_image",
        lambda s, _c, p, _g, _b: send(s.client, "/v1/faces/detect", p[: len(p) // 2]),
    ),
    "nobody to identify": (
        422,
        "no_face",
        lambda s, c, _p, _g, b: send(s.client, f"{c}/identify", b),
    ),
    "a group to enrol": (
        422,
        "multiple_faces",
        lambda s, c, _p, g, _b: enrol(s.client, c, "six", g),
    ),
    "no consent": (
        422,
        "consent_required",
        lambda s, c, p, _g, _b: s.client.post(
            f"{c}/identities", data={"external_id": "a"}, files={"images": ("a.jpg", p)}
        ),
    ),
    "consent that is over": (
        422,
        "consent_expired",
        lambda s, c, p, _g, _b: enrol(
            s.client,
            c,
            "late",
            p,
            consent=httpx.Request(
                "POST", "http://x", json=CONSENT | {"expires_at": "2026-01-02T00:00:00Z"}
            ).content,
        ),
    ),
    "an option nobody knows": (
        400,
        "invalid_request",
        lambda s, c, p, _g, _b: send(s.client, f"{c}/identify", p, treshold=0.5),
    ),
    "an option out of its range": (
        422,
        "validation_error",
        lambda s, c, p, _g, _b: send(s.client, f"{c}/identify", p, limit=51),
    ),
    "a check that no model is loaded for": (
        422,
        "validation_error",
        lambda s, c, _p, _g, _b: s.client.patch(c, json={"liveness": "enforce"}),
    ),
    "a cursor of somebody else": (
        400,
        "invalid_cursor",
        lambda s, _c, _p, _g, _b: s.client.get("/v1/collections", params={"cursor": "bm8"}),
    ),
    "no time": (
        504,
        "deadline_exceeded",
        lambda s, c, p, _g, _b: s.client.post(
            f"{c}/identify",
            content=p,
            headers={"Content-Type": "image/jpeg", "X-Request-Timeout-Seconds": "0.001"},
        ),
    ),
}


def _huge_bmp() -> bytes:
    header = bytearray(54)
    header[0:2], header[10:14], header[14:18] = (
        b"BM",
        (54).to_bytes(4, "little"),
        (40).to_bytes(4, "little"),
    )
    header[18:22], header[22:26] = (50_000).to_bytes(4, "little"), (50_000).to_bytes(4, "little")
    header[26:28], header[28:30] = (1).to_bytes(2, "little"), (24).to_bytes(2, "little")
    return bytes(header)


@pytest.mark.parametrize("case", REFUSED)
def test_refusal_is_a_problem_of_the_contract(
    service: Running, collection: str, portrait: bytes, group: bytes, blank: bytes, case: str
) -> None:
    """Status, code and form are the contract's; the answer has its id and gives nothing away."""
    status, code, ask = REFUSED[case]
    answer = ask(service, collection, portrait, group, blank)
    body = answer.json()

    assert (answer.status_code, body["code"]) == (status, code)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert {"type", "title", "status", "detail", "code", "request_id", "retryable"} <= set(body)
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert not [
        word for word in ("Traceback", "/deployments", "SELECT", "eyJ") if word in answer.text
    ]


def test_refused_enrolment_stores_nothing(
    service: Running, collection: str, group: bytes, blank: bytes
) -> None:
    """When every photo is refused the reasons are listed and nobody is enrolled."""
    answer = enrol(service.client, collection, "nobody", group, blank)

    assert answer.status_code == 422
    assert [item["code"] for item in answer.json()["rejected_images"]] == [
        "multiple_faces",
        "no_face",
    ]
    assert service.client.get(f"{collection}/identities").json()["items"] == []


def test_good_photos_survive_bad_ones(
    service: Running, collection: str, portrait: bytes, blank: bytes
) -> None:
    """One bad photo of an enrolment is told by its index and never fails its neighbours."""
    answer = enrol(service.client, collection, "astronaut", blank, portrait, portrait[:2000])

    assert answer.status_code == 201
    assert len(answer.json()["faces"]) == 1
    rejected = [(item["index"], item["code"]) for item in answer.json()["rejected_images"]]
    assert rejected == [(0, "no_face"), (2, "undecodable_image")]


def test_taken_identity_and_full_collection_are_conflicts(
    service: Running, collection: str, portrait: bytes
) -> None:
    """The second person of one external_id is refused, as is deleting a collection in use."""
    assert enrol(service.client, collection, "one", portrait).status_code == 201
    again = enrol(service.client, collection, "one", portrait)
    kept = service.client.delete(collection)

    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    assert (kept.status_code, kept.json()["code"]) == (409, "not_empty")


def test_claimed_length_is_refused_before_the_body(service: Running) -> None:
    """A body announced as too large is refused though not a byte of it was sent."""
    parts = urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/faces/detect HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000000\r\n\r\n"
        )
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 413")
