"""Requests that cannot be read, and those that can but may not be."""

import json
from typing import Any
from uuid import UUID

import pytest
from starlette.exceptions import HTTPException

from tests.unit.web.conftest import Service

NEW = {"id": "people", "name": "People"}


async def failure(
    service: Service, body: Any = None, path: str = "/v1/collections", **options: Any
) -> tuple[int, str, str | None]:
    """Return status, code and the first field named, of a POST."""
    answer = await service.client.post(path, headers=service.admin, json=body, **options)
    told = answer.json()
    return answer.status_code, told["code"], told.get("errors", [{"field": None}])[0]["field"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (NEW | {"colour": "red"}, "colour"),
        (["a", "list"], None),
        ("a string", None),
        (None, None),
    ],
)
async def test_malformed(service: Service, body: Any, field: str | None) -> None:
    """What is no object, or has a field nobody knows, is a malformed request."""
    assert await failure(service, body) == (400, "invalid_request", field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"id": "people"}, "name"),
        (NEW | {"name": 7}, "name"),
        (NEW | {"name": ""}, "name"),
        (NEW | {"name": "nul\0"}, "name"),
        (NEW | {"id": "-leading"}, "id"),
        (NEW | {"id": "a" * 65}, "id"),
        (NEW | {"id": "with space"}, "id"),
        (NEW | {"id": "line\n"}, "id"),
        (NEW | {"quality": "perfect"}, "quality"),
        (NEW | {"liveness": "enforce"}, "liveness"),
        (NEW | {"metadata": {"much": "x" * 17_000}}, "metadata"),
        (NEW | {"metadata": {"nul": "\0"}}, "metadata"),
        (NEW | {"metadata": []}, "metadata"),
    ],
)
async def test_out_of_range(service: Service, body: Any, field: str) -> None:
    """A value that is missing or not allowed is named by its field."""
    assert await failure(service, body) == (422, "validation_error", field)


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b'{"id": "a", "name": "b"', b"[" * 50, b"1" * 5000, b""],
)
async def test_unreadable_json(service: Service, content: bytes) -> None:
    """A body that is not JSON is malformed, however it fails to be."""
    headers = service.admin | {"content-type": "application/json"}
    answer = await service.client.post("/v1/collections", headers=headers, content=content)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("number", ["NaN", "Infinity", '"\\ud800"'])
async def test_metadata_the_database_could_not_store(service: Service, number: str) -> None:
    """JSON that Python reads and PostgreSQL does not is refused at the door."""
    content = f'{{"id": "a", "name": "b", "metadata": {{"x": {number}}}}}'
    headers = service.admin | {"content-type": "application/json"}
    answer = await service.client.post("/v1/collections", headers=headers, content=content)

    assert answer.status_code == 422


async def test_wrong_content_type(service: Service) -> None:
    """A JSON route reads JSON, a form route forms."""
    headers = service.admin | {"content-type": "text/plain"}
    as_text = await service.client.post("/v1/collections", headers=headers, content=b"{}")
    as_json = await service.client.post("/v1/auth/token", json={"username": "a"})

    assert as_text.json()["code"] == "unsupported_media_type"
    assert as_json.json()["code"] == "unsupported_media_type"


async def test_fields_are_bounded(service: Service) -> None:
    """A body of fields is small, whatever a body of photos may be."""
    told = await failure(service, NEW | {"description": "x" * 70_000})

    assert told == (413, "body_too_large", None)


async def test_long_lists_of_mistakes_are_cut(service: Service) -> None:
    """A body of nothing but mistakes is not answered at its own length."""
    body = {"username": "a", "password": "long enough", "role": "admin", "scopes": ["x"] * 500}
    answer = await service.client.post("/v1/users", headers=service.admin, json=body)

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20


async def test_no_such_route(service: Service) -> None:
    """A path nobody serves is a problem like any other."""
    answer = await service.client.get("/v2/anything")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["x-request-id"]


async def test_no_such_method(service: Service) -> None:
    """A method nobody serves is told with all those that are."""
    answer = await service.client.put("/v1/users")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/collections/default/identities/not-a-uuid",
        "/v1/collections/%00",
        "/v1/collections/-",
        "/v1/users/nul%00",
        "/v1/users/nobody",
    ],
)
async def test_paths_that_name_nothing(service: Service, path: str) -> None:
    """A path that cannot name anything is not found."""
    answer = await service.client.get(path, headers=service.admin)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=0", 422, "validation_error"),
        ("limit=201", 422, "validation_error"),
        ("limit=many", 422, "validation_error"),
        ("limits=5", 400, "invalid_request"),
        ("cursor=AAAA", 400, "invalid_cursor"),
    ],
)
async def test_list_options(service: Service, query: str, status: int, code: str) -> None:
    """Lists know their two options and the range of each."""
    answer = await service.client.get(f"/v1/users?{query}", headers=service.admin)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_body_that_breaks_off(service: Service) -> None:
    """A caller who leaves in the middle of a body is answered for nobody, and is no bug."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/faces/detect",
        "query_string": b"",
        "headers": [
            (b"content-type", b"image/jpeg"),
            (b"authorization", service.admin["authorization"].encode()),
        ],
    }
    await service.application(scope, receive, send)  # type: ignore[arg-type]

    assert sent[0]["status"] == 400


@pytest.mark.parametrize("status", [400, 413, 418])
async def test_what_the_framework_raises_by_itself(service: Service, status: int) -> None:
    """An HTTPException of the framework becomes the domain's error, or else a bug."""
    service.photographs.error = HTTPException(status)
    answer = await service.client.get("/v1/models", headers=service.admin)
    codes = {400: "invalid_request", 413: "body_too_large", 418: "internal"}

    assert answer.json()["code"] == codes[status]


@pytest.mark.parametrize("depth", [33, 300, 5_000, 30_000])
async def test_deep_metadata(service: Service, depth: int) -> None:
    """Metadata nested too deeply to be read again is refused, however deep it is."""
    nested = '{"x": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"
    content = f'{{"id": "a", "name": "b", "metadata": {nested}}}'
    headers = service.admin | {"content-type": "application/json"}
    answer = await service.client.post("/v1/collections", headers=headers, content=content)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert "nested" in answer.text


@pytest.mark.parametrize(
    "metadata", [{"x": "a\\u0000"}, {"a\\u0000": 1}, json.loads('{"x":' * 32 + "1" + "}" * 32)]
)
async def test_metadata_that_can_be_stored(service: Service, metadata: dict[str, Any]) -> None:
    """A backslash before u0000 is text and no NUL, and 32 levels are not too deep."""
    body = NEW | {"metadata": metadata}
    answer = await service.client.post("/v1/collections", headers=service.admin, json=body)

    assert (answer.status_code, answer.json()["metadata"]) == (201, metadata)


@pytest.mark.parametrize("metadata", [{"a\0": 1}, {"x": [{"y": "\0"}]}])
async def test_nul_within_metadata(service: Service, metadata: dict[str, Any]) -> None:
    """A NUL is found in keys and at any depth."""
    told = await failure(service, NEW | {"metadata": metadata})

    assert told == (422, "validation_error", "metadata")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/users/me",
        "/v1/users/ada",
        "/v1/collections/default",
        "/v1/health/live",
        f"/v1/collections/default/identities/{UUID(int=7)}",
    ],
)
async def test_options_nobody_knows(service: Service, path: str) -> None:
    """A route without options names the one it was given."""
    answer = await service.client.get(f"{path}?colour=red", headers=service.admin)
    body = answer.json()

    assert (answer.status_code, body["code"]) == (400, "invalid_request")
    assert body["errors"][0]["field"] == "colour"


async def test_documents_take_any_query(service: Service) -> None:
    """The pages for people are no routes of the contract, and stay lenient."""
    assert (await service.client.get("/docs?theme=dark")).status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=1", 200, None),
        ("limit=0", 422, "validation_error"),
        ("cursor=xx", 400, "invalid_cursor"),
        ("colour=red", 400, "invalid_request"),
    ],
)
async def test_models_are_a_list(
    service: Service, query: str, status: int, code: str | None
) -> None:
    """The list of models takes what every list takes."""
    answer = await service.client.get(f"/v1/models?{query}", headers=service.admin)

    assert (answer.status_code, answer.json().get("code")) == (status, code)
