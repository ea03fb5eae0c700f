"""Routes that look at the caller before they look at the body."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from config.settings import Settings
from deployments.deadline import in_time
from deployments.errors import InvalidRequest, UnsupportedMediaType
from deployments.web.access import RULES
from deployments.web.admission import KEY, MAX_FIELDS_BYTES, Admission, admission_of
from deployments.web.bodies import check_size
from deployments.web.call import Call, call_of
from deployments.web.entrance import admit
from deployments.web.failures import LONGEST_NAME
from deployments.web.headers import GUARDED_TIMEOUT, SOURCE, TIMEOUT, source
from deployments.web.media import FORMS, JSON, media_type
from deployments.web.openapi import PROBLEMS

Handler = Callable[[Request], Awaitable[Response]]


class GuardedRoute(APIRoute):
    """A route that asks its row of the access table first and keeps to the caller's deadline.

    FastAPI reads the body before it runs any dependency, so a dependency would be too late.
    A route without a row is a mistake that shows when it is declared.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        (method,) = options["methods"]
        self.rule = RULES[method, path]
        extra = dict(options.pop("openapi_extra", None) or {})
        extra["security"] = [] if self.rule.open else [{"bearer": []}]
        super().__init__(path, endpoint, openapi_extra=extra, **options)

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Wrap FastAPI's handler: caller, deadline, size of the fields, and only then the body."""
        answer = super().get_route_handler()
        check_fields = self._fields_check()
        refuses_options = not self._has_options()

        async def handle(request: Request) -> Response:
            call = call_of(request.scope)
            await self._admit(request, call)
            if refuses_options:
                _refuse_options(request)
            return await _in_time(call, request, check_fields, answer)

        return handle

    async def _admit(self, request: Request, call: Call) -> None:
        admission = admission_of(request.scope)
        if admission is None:  # Nobody stands before the application.
            admission = request.scope[KEY] = Admission(self.path_format)
            await admit(admission, self.rule, request.scope, request.path_params, call.services)
        call.caller, call.quotas = admission.principal, admission.quotas
        call.address, call.seat = admission.address, admission.seat
        headers = request.headers
        timeout = headers.get(GUARDED_TIMEOUT.decode()) or headers.get(TIMEOUT.decode())
        call.start_clock(timeout, admission.arrived)
        if self._takes_photos():
            call.source = source(headers.getlist(SOURCE.decode()))

    def most_bytes(self, settings: Settings) -> int:
        """Return how long a body of this route may be: only photos are long."""
        return settings.max_body_bytes if self._takes_photos() else MAX_FIELDS_BYTES

    def _has_options(self) -> bool:
        """Tell whether the query has a schema, which refuses what it does not know by itself."""
        own_schema = self.dependant.query_params or self._takes_photos()
        return bool(own_schema) or not self.path.startswith("/v1/")

    def _takes_photos(self) -> bool:
        return "requestBody" in (self.openapi_extra or {})

    def _fields_check(self) -> Callable[[Request], Awaitable[None]]:
        if self.body_field is None:
            return _nothing_to_check
        expected = FORMS if "Form" in type(self.body_field.field_info).__name__ else JSON
        return _FieldsCheck(expected)


class _FieldsCheck:
    """Refuses a body of fields that is of another type than the route reads, or too long."""

    def __init__(self, expected: frozenset[str]) -> None:
        self._expected = expected

    async def __call__(self, request: Request) -> None:
        body = await request.body()
        if body and media_type(request) not in self._expected:
            names = " or ".join(sorted(self._expected))
            raise UnsupportedMediaType(f"This route reads {names}.")
        check_size(len(body), MAX_FIELDS_BYTES)


def _refuse_options(request: Request) -> None:
    for name in request.query_params:
        raise InvalidRequest("This route takes no options in its query.", name[:LONGEST_NAME])


async def _nothing_to_check(request: Request) -> None:
    del request


async def _in_time(
    call: Call, request: Request, check: Callable[[Request], Awaitable[None]], answer: Handler
) -> Response:
    async with in_time(call.budget):
        await check(request)
        return await answer(request)


def _operation_id(route: APIRoute) -> str:
    return route.name


def router(tag: str | Enum) -> APIRouter:
    """Return a router of guarded routes, whose operations are named like their functions."""
    return APIRouter(
        tags=[tag],
        route_class=GuardedRoute,
        responses=PROBLEMS,
        generate_unique_id_function=_operation_id,
    )
