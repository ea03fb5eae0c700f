"""From what FastAPI and Starlette raise to the domain's own errors, and from there to answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from deployments.errors import (
    BodyTooLarge,
    FacegraphError,
    InvalidRequest,
    NotFound,
    ValidationFailed,
)
from deployments.web.access import methods_of
from deployments.web.call import call_of
from deployments.web.problem import MethodNotAllowed, problem, row_of

MOST_ERRORS = 20  # A body of nothing but mistakes must not be answered at length.
LONGEST_NAME = 64
PLACES = {"body", "query"}
MALFORMED = {"json_invalid", "extra_forbidden"}


def validation_failure(faults: Sequence[Mapping[str, Any]]) -> FacegraphError:
    """Return the error for what pydantic reports of a path, a query, a form or a body.

    What cannot be read or is not known is an InvalidRequest; what can be read but may not be is a
    ValidationFailed; a path that matches nothing is NotFound, whatever it would have to look like.
    """
    if any(fault["loc"][:1] == ("path",) for fault in faults):
        return NotFound("There is nothing of this id.")
    for fault in faults:
        if _malformed(fault):
            return InvalidRequest(_sentence(fault), _field(fault) or None)
    named = tuple((_field(fault), fault["type"], _sentence(fault)) for fault in faults)
    return ValidationFailed("A value is missing or out of its range.", named[:MOST_ERRORS])


def _malformed(fault: Mapping[str, Any]) -> bool:
    # JSON nested deeper than the parser goes is out of range, like JSON nested a little less.
    readable = "recursion limit" in fault["msg"]
    return not readable and (fault["type"] in MALFORMED or fault["loc"] == ("body",))


def _field(fault: Mapping[str, Any]) -> str:
    """Name a field by its path; positions in lists and in unreadable JSON name nothing."""
    names = (name for name in fault["loc"] if isinstance(name, str) and name not in PLACES)
    return ".".join(name[:LONGEST_NAME] for name in names)


def _sentence(fault: Mapping[str, Any]) -> str:
    message = str(fault["msg"]).removeprefix("Value error, ")
    return message if message.endswith(".") else message + "."


def http_failure(error: HTTPException, request: Request) -> Exception:
    """Return the domain's error for one of Starlette's."""
    match error.status_code:
        case 404:
            return NotFound("There is no such route.")
        case 405:
            template = request.scope["route"].path_format
            return MethodNotAllowed("The route has no such method.", methods_of(template))
        case 413:
            return BodyTooLarge("The body is larger than this route takes.")
        case 400 if isinstance(error.__cause__, RecursionError):
            return ValidationFailed("The body is nested too deeply.")
        case 400:
            return InvalidRequest("The body cannot be read as what it says it is.")
    return error


def install(application: FastAPI) -> None:
    """Make every error that reaches a route's edge an answer of the table."""
    application.add_exception_handler(FacegraphError, _answer)
    application.add_exception_handler(RequestValidationError, _answer_invalid)
    application.add_exception_handler(HTTPException, _answer_http)
    application.add_exception_handler(ClientDisconnect, _answer_cut_off)


async def _answer(request: Request, error: Exception) -> Response:
    call = call_of(request.scope)
    call.code = row_of(error).code
    if call.code == "internal":
        raise error  # The envelope answers, and writes down what happened.
    return problem(error, call.request_id)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  what it is installed for
    return await _answer(request, validation_failure(error.errors()))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  what it is installed for
    return await _answer(request, http_failure(error, request))


async def _answer_cut_off(request: Request, error: Exception) -> Response:
    del error
    return await _answer(request, InvalidRequest("The body ended before it was complete."))
