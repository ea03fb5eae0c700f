"""Images as they arrive."""

from typing import Any

import pytest

from tests.unit.web.conftest import Serve, Service

DETECT = "/v1/faces/detect"
COMPARE = "/v1/faces/compare"
PART = b'Content-Disposition: form-data; name="image"; filename="a"\r\n\r\nphoto\r\n'
WHOLE = b"--b\r\n" + PART


def part(name: str, content: bytes = b"photo") -> tuple[str, tuple[str, bytes, str]]:
    """Return a file of a form."""
    return name, ("photo.jpg", content, "image/jpeg")


async def told(answer: Any) -> tuple[int, str, str | None]:
    """Return status, code and the field that is to blame."""
    body = answer.json()
    return answer.status_code, body["code"], body.get("errors", [{"field": None}])[0]["field"]


@pytest.mark.parametrize(
    "kind", ["image/jpeg", "image/png", "image/webp", "image/bmp", "IMAGE/JPEG; q=1"]
)
async def test_raw_body(service: Service, kind: str) -> None:
    """The four image types are read as raw bodies, with options in the query."""
    headers = service.admin | {"content-type": kind}
    answer = await service.client.post(f"{DETECT}?max_faces=3", headers=headers, content=b"raw")
    (photo,) = service.photographs.photos

    assert answer.status_code == 200
    assert (photo.data, photo.max_faces) == (b"raw", 3)


async def test_form(service: Service) -> None:
    """The same image and options are read from a form, and large files stay in memory."""
    large = b"x" * 3_000_000
    answer = await service.client.post(
        DETECT, headers=service.admin, files=[part("image", large)], data={"max_faces": "3"}
    )
    (photo,) = service.photographs.photos

    assert answer.status_code == 200
    assert (photo.data == large, photo.max_faces) == (True, 3)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "image/gif", ""])
@pytest.mark.parametrize("path", [DETECT, COMPARE])
async def test_other_types(service: Service, path: str, kind: str) -> None:
    """What is neither an image type nor a form is 415."""
    headers = service.admin | {"content-type": kind}
    answer = await service.client.post(path, headers=headers, content=b"photo")

    assert await told(answer) == (415, "unsupported_media_type", None)


async def test_raw_body_where_two_images_are_needed(service: Service) -> None:
    """Compare takes two images, so it takes a form only."""
    headers = service.admin | {"content-type": "image/jpeg"}
    answer = await service.client.post(COMPARE, headers=headers, content=b"photo")

    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("files", "fields", "expected"),
    [
        ([part("image")], {"max_face": "1"}, (400, "invalid_request", "max_face")),
        ([part("image"), part("image")], {}, (400, "invalid_request", "image")),
        ([part("image"), part("other")], {}, (400, "invalid_request", "other")),
        ([part("image"), part("max_faces")], {}, (400, "invalid_request", "max_faces")),
        ([part("image")], {"max_faces": ["1", "2"]}, (400, "invalid_request", "max_faces")),
        ([part("photo")], {}, (400, "invalid_request", "photo")),
        ([part("image")], {"max_faces": "0"}, (422, "validation_error", "max_faces")),
        ([part("image")], {"max_faces": "many"}, (422, "validation_error", "max_faces")),
        ([part("image")], {"image": "text"}, (400, "invalid_request", "image")),
    ],
)
async def test_fields(
    service: Service, files: Any, fields: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    """A field that is unknown, double or out of range is named."""
    answer = await service.client.post(DETECT, headers=service.admin, files=files, data=fields)

    assert await told(answer) == expected
    assert service.photographs.photos == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=1", (400, "invalid_request", "limit")),
        ("max_faces=1&max_faces=1", (400, "invalid_request", "max_faces")),
        ("max_faces=101", (422, "validation_error", "max_faces")),
    ],
)
async def test_query(service: Service, query: str, expected: tuple[int, str, str]) -> None:
    """Options in the query are held to the same rules."""
    headers = service.admin | {"content-type": "image/jpeg"}
    answer = await service.client.post(f"{DETECT}?{query}", headers=headers, content=b"photo")

    assert await told(answer) == expected


async def test_missing_image(service: Service) -> None:
    """A form without the image names what is missing."""
    boundary = {"content-type": "multipart/form-data; boundary=b"}
    answer = await service.client.post(
        DETECT, headers=service.admin | boundary, content=b"--b--\r\n"
    )

    assert await told(answer) == (422, "validation_error", "image")
    assert answer.json()["detail"] == 'The file "image" is missing.'


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("multipart/form-data", b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"no form at all"),
        ("multipart/form-data; boundary=b", b"--b\r\nno: name\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", WHOLE + b"--b"),
        ("multipart/form-data; boundary=b", WHOLE + b"--b\r\n" + PART),
    ],
)
async def test_broken_form(service: Service, kind: str, content: bytes) -> None:
    """A form that does not parse, or that ends before its closing boundary, is malformed."""
    headers = service.admin | {"content-type": kind}
    answer = await service.client.post(DETECT, headers=headers, content=content)

    assert await told(answer) == (400, "invalid_request", None)


@pytest.mark.parametrize(
    "options",
    [
        {"content": b"x" * 101, "headers": {"content-type": "image/jpeg"}},
        {"files": [part("image", b"x" * 101)]},
    ],
)
async def test_image_too_long(serve: Serve, options: dict[str, Any]) -> None:
    """An image over the limit is refused before it is decoded, however it came."""
    service = serve(max_image_bytes=100)
    headers = service.admin | options.pop("headers", {})
    answer = await service.client.post(DETECT, headers=headers, **options)

    assert await told(answer) == (413, "body_too_large", None)


async def test_too_many_fields(service: Service) -> None:
    """A form of nothing but fields is cut short."""
    fields = {f"field{number}": "x" for number in range(40)}
    answer = await service.client.post(
        DETECT, headers=service.admin, files=[part("image")], data=fields
    )

    assert await told(answer) == (400, "invalid_request", None)


@pytest.mark.parametrize("charset", ["undefined", "nonsense", "idna", "utf-16"])
async def test_character_sets_that_cannot_be(service: Service, charset: str) -> None:
    """A form in a character set that Python does not know, or cannot use, is malformed."""
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    body = b'--b\r\nContent-Disposition: form-data; name="max_faces"\r\n\r\n\xff\r\n--b--\r\n'
    answer = await service.client.post(
        "/v1/faces/detect", headers=service.admin | {"content-type": kind}, content=body
    )

    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in {"invalid_request", "validation_error"}
