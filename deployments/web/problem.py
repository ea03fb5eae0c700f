"""The one error table: what went wrong → status, code, and whether to try again.

Bodies are RFC 9457 problem details. Nothing here knows FastAPI, so the guard answers in the same
form.
"""

import json
from typing import Any, NamedTuple

from starlette.responses import Response

from deployments import errors
from deployments.errors import FacegraphError
from deployments.web.quotas import rate_limit_fields, whole_seconds

MEDIA_TYPE = "application/problem+json"
CLIENT_LEFT = 499  # Whom nobody can answer any more.


class MethodNotAllowed(FacegraphError):
    """The path exists, but not with this method; `allowed` are those it has."""

    def __init__(self, detail: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(detail, allowed)
        self.allowed = allowed


class NotReady(errors.Unavailable):
    """A readiness check failed; `checks` tells of each whether it is ok."""

    def __init__(self, detail: str, checks: dict[str, str]) -> None:
        super().__init__(detail)
        self.checks = checks


class Row(NamedTuple):
    """One kind of answer; `title` is the same for every problem of a code."""

    status: int
    code: str
    title: str
    retryable: bool = False


TABLE: dict[type[Exception], Row] = {
    errors.InvalidRequest: Row(400, "invalid_request", "The request is malformed"),
    errors.InvalidCursor: Row(400, "invalid_cursor", "The cursor is not valid here"),
    errors.Unauthenticated: Row(401, "unauthenticated", "A valid access token is needed"),
    errors.InvalidCredentials: Row(401, "invalid_credentials", "The credentials are wrong"),
    errors.TokenExpired: Row(401, "token_expired", "The access token has expired"),
    errors.Forbidden: Row(403, "forbidden", "The caller may not do this"),
    errors.NotFound: Row(404, "not_found", "There is no such thing"),
    MethodNotAllowed: Row(405, "method_not_allowed", "The path has no such method"),
    errors.RequestTooSlow: Row(408, "request_timeout", "The body came too slowly", retryable=True),
    errors.AlreadyExists: Row(409, "already_exists", "The id is taken"),
    errors.ModelMismatch: Row(409, "model_mismatch", "It is of another model than the one serving"),
    errors.NotEmpty: Row(409, "not_empty", "The collection is not empty"),
    errors.BodyTooLarge: Row(413, "body_too_large", "The body has too many bytes"),
    errors.ImageTooLarge: Row(413, "image_too_large", "The image has too many pixels"),
    errors.UnsupportedMediaType: Row(415, "unsupported_media_type", "The type is not read here"),
    errors.ValidationFailed: Row(422, "validation_error", "What was sent cannot be used"),
    errors.AllImagesRejected: Row(422, "validation_error", "What was sent cannot be used"),
    errors.UndecodableImage: Row(422, "undecodable_image", "The image does not decode"),
    errors.NoFace: Row(422, "no_face", "The image shows no face"),
    errors.MultipleFaces: Row(422, "multiple_faces", "The image shows more than one face"),
    errors.LowQuality: Row(422, "low_quality", "The face is not fit to be compared"),
    errors.TargetNotSupported: Row(
        422, "target_not_supported", "The data do not carry the error rate"
    ),
    errors.PresentationAttack: Row(
        422, "presentation_attack", "The face is not that of a living person"
    ),
    errors.ConsentRequired: Row(422, "consent_required", "Nobody is enrolled without consent"),
    errors.ConsentExpired: Row(422, "consent_expired", "The consent is over"),
    errors.AccountLocked: Row(423, "account_locked", "Too many failed log-ins", retryable=True),
    errors.AttemptsExceeded: Row(
        429, "attempts_exceeded", "Too many failed verifications", retryable=True
    ),
    errors.RateLimited: Row(429, "rate_limited", "The caller asks too often", retryable=True),
    errors.Overloaded: Row(429, "overloaded", "The service is at capacity", retryable=True),
    errors.Unavailable: Row(503, "unavailable", "A dependency is down", retryable=True),
    errors.DeadlineExceeded: Row(504, "deadline_exceeded", "The deadline passed", retryable=True),
    Exception: Row(500, "internal", "Something is broken in the service"),
}


def row_of(error: Exception) -> Row:
    """Return the row of an error: that of its class, or of the nearest class above."""
    row = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    if isinstance(error, errors.AllImagesRejected):
        return _common_row(error, row)
    return row


def _common_row(error: errors.AllImagesRejected, otherwise: Row) -> Row:
    """Name the one reason all images share, where it is a 422 by itself."""
    rows = {row_of(rejection) for _, rejection in error.rejected}
    if len(rows) == 1 and next(iter(rows)).status == otherwise.status:
        return rows.pop()
    return otherwise


def detail_of(error: Exception) -> str:
    """Return the sentence for the caller; only domain errors have one that is fit to be read."""
    if isinstance(error, FacegraphError):
        return error.detail
    return "This is a bug of the service. The request id finds it in the log."


def problem(error: Exception, request_id: str) -> Response:
    """Return the answer for an error."""
    row = row_of(error)
    body = {
        "type": f"/docs#{row.code}",
        "title": row.title,
        "status": row.status,
        "detail": detail_of(error),
        "code": row.code,
        "request_id": request_id,
        "retryable": row.retryable,
        **_members(error),
    }
    content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
    return Response(content, row.status, _headers(error, row), MEDIA_TYPE)


def _members(error: Exception) -> dict[str, Any]:
    """Return what the body of this one error says beyond the common members."""
    match error:
        case errors.InvalidRequest(field=str(field)):
            return {"errors": [{"field": field, "code": "invalid", "detail": error.detail}]}
        case errors.ValidationFailed(errors=[_, *_]):
            keys = ("field", "code", "detail")
            return {"errors": [dict(zip(keys, each, strict=True)) for each in error.errors]}
        case errors.LowQuality():
            return {"reasons": list(error.reasons)}
        case errors.AllImagesRejected():
            return {"rejected_images": rejections(error.rejected)}
        case NotReady():
            return {"checks": error.checks}
    return {}


def rejections(rejected: tuple[tuple[int, FacegraphError], ...]) -> list[dict[str, Any]]:
    """Return `rejected_images` of an enrolment: position, code and detail of each."""
    return [
        {"index": index, "code": row_of(error).code, "detail": error.detail}
        for index, error in rejected
    ]


def _headers(error: Exception, row: Row) -> dict[str, str]:
    headers = {}
    if row.status == 401:  # noqa: PLR2004  a status by its number reads best
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, errors.RetryLater):
        headers["Retry-After"] = str(whole_seconds(error.retry_after))
    if isinstance(error, errors.RateLimited):
        headers |= rate_limit_fields(error.quotas)
    return headers
