"""The error table, row by row."""

import json

import pytest

from deployments import errors
from deployments.web.problem import TABLE, MethodNotAllowed, NotReady, problem, row_of
from tests.unit.web.conftest import Service

# What the contract says of each code: status, and whether the same request may succeed later.
CONTRACT = {
    "invalid_request": (400, False),
    "invalid_cursor": (400, False),
    "unauthenticated": (401, False),
    "invalid_credentials": (401, False),
    "token_expired": (401, False),
    "forbidden": (403, False),
    "not_found": (404, False),
    "method_not_allowed": (405, False),
    "request_timeout": (408, True),
    "already_exists": (409, False),
    "model_mismatch": (409, False),
    "not_empty": (409, False),
    "body_too_large": (413, False),
    "image_too_large": (413, False),
    "unsupported_media_type": (415, False),
    "validation_error": (422, False),
    "undecodable_image": (422, False),
    "no_face": (422, False),
    "multiple_faces": (422, False),
    "low_quality": (422, False),
    "presentation_attack": (422, False),
    "target_not_supported": (422, False),
    "consent_required": (422, False),
    "consent_expired": (422, False),
    "account_locked": (423, True),
    "attempts_exceeded": (429, True),
    "rate_limited": (429, True),
    "overloaded": (429, True),
    "internal": (500, False),
    "unavailable": (503, True),
    "deadline_exceeded": (504, True),
}
WITH_A_WAIT = {"account_locked", "attempts_exceeded", "rate_limited", "overloaded", "unavailable"}
MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "retryable"}
DETAIL = "A sentence for the caller."


def test_codes_are_the_contract() -> None:
    """The table has every code of the contract that has a cause, and no other."""
    assert {row.code: (row.status, row.retryable) for row in TABLE.values()} == CONTRACT


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
async def test_row(service: Service, kind: type[Exception]) -> None:
    """Each kind of error, raised behind a route, is answered as its row says."""
    service.photographs.error = kind(DETAIL)
    answer = await service.client.get("/v1/models", headers=service.admin)
    row, body = TABLE[kind], answer.json()

    assert answer.status_code == body["status"] == row.status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) >= MEMBERS
    assert (body["code"], body["title"]) == (row.code, row.title)
    assert body["request_id"] == answer.headers["x-request-id"]
    assert ("www-authenticate" in answer.headers) is (row.status == 401)
    assert ("retry-after" in answer.headers) is (row.code in WITH_A_WAIT)
    assert (body["detail"] == DETAIL) is (kind is not Exception)


def test_bugs_tell_nothing() -> None:
    """What an unexpected exception says stays inside."""
    body = problem(RuntimeError("SELECT secret FROM /etc/passwd"), "an-id").body

    assert b"SELECT" not in body
    assert b"an-id" in body


def test_unlisted_domain_error_is_a_bug() -> None:
    """A domain error without a row is answered as the bug it is."""
    assert row_of(errors.FacegraphError("new")).code == "internal"


def test_nearest_class_decides() -> None:
    """An error below one of the table is answered as that one."""
    assert row_of(NotReady("no", {"matcher": "failing"})).code == "unavailable"


@pytest.mark.parametrize(
    ("error", "member", "value"),
    [
        (
            errors.InvalidRequest("no", "limit"),
            "errors",
            [{"field": "limit", "code": "invalid", "detail": "no"}],
        ),
        (
            errors.ValidationFailed("no", (("name", "too_long", "Too long."),)),
            "errors",
            [{"field": "name", "code": "too_long", "detail": "Too long."}],
        ),
        (errors.LowQuality("no", ("blurred", "too_dark")), "reasons", ["blurred", "too_dark"]),
        (
            errors.AllImagesRejected("no", ((0, errors.NoFace("none")),)),
            "rejected_images",
            [{"index": 0, "code": "no_face", "detail": "none"}],
        ),
        (NotReady("no", {"matcher": "failing"}), "checks", {"matcher": "failing"}),
    ],
)
def test_members_beyond_the_common(error: Exception, member: str, value: object) -> None:
    """An error that carries more says it in a member of its own."""
    assert json.loads(bytes(problem(error, "an-id").body))[member] == value


def test_headers_of_single_rows() -> None:
    """405 names the methods there are; a wait is told in whole seconds, rounded up."""
    allowed = problem(MethodNotAllowed("no", ("GET", "POST")), "an-id").headers["allow"]
    wait = problem(errors.Overloaded("full", 1.2), "an-id").headers["retry-after"]

    assert (allowed, wait) == ("GET, POST", "2")


@pytest.mark.parametrize(
    ("rejected", "code"),
    [
        ((errors.NoFace("a"), errors.NoFace("b")), "no_face"),
        ((errors.NoFace("a"), errors.UndecodableImage("b")), "validation_error"),
        ((errors.ImageTooLarge("a"),), "validation_error"),
    ],
)
def test_all_images_rejected(rejected: tuple[errors.FacegraphError, ...], code: str) -> None:
    """Images that all fail alike share their code, as long as it means the same status."""
    error = errors.AllImagesRejected("none", tuple(enumerate(rejected)))

    assert (row_of(error).status, row_of(error).code) == (422, code)
