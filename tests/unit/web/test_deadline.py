"""The caller's deadline, and the service's own."""

import asyncio
import time
from typing import Any

import pytest

from deployments.errors import DeadlineExceeded
from deployments.web.call import Call
from tests.unit.web.conftest import Serve, Service

HEADER = "x-request-timeout-seconds"


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon", "1s", "1,5"])
async def test_malformed(service: Service, value: str) -> None:
    """A limit that is no positive number is refused, naming the header."""
    answer = await service.client.get("/v1/models", headers=service.admin | {HEADER: value})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["errors"][0]["field"] == HEADER


@pytest.mark.parametrize(
    ("value", "most"), [("2.5", 2.5), ("9999", 10.0), ("1e300", 10.0), (None, 10.0)]
)
async def test_budget(service: Service, value: str | None, most: float) -> None:
    """The nodes are told what is left; a caller can shorten the limit but not stretch it."""
    header = {HEADER: value} if value else {}
    await service.client.get("/v1/models", headers=service.admin | header)
    (budget,) = service.photographs.budgets

    assert most - 1 < budget <= most


async def test_name_the_guard_gives_it(service: Service) -> None:
    """Behind the guard the header has another name, and means the same."""
    header = {"x-facegraph-timeout-seconds": "2"}
    await service.client.get("/v1/models", headers=service.admin | header)

    assert service.photographs.budgets[0] <= 2


async def test_passed_deadline(serve: Serve) -> None:
    """Work that does not come back in time is given up and answered 504."""
    service = serve(request_timeout_seconds=0.05)
    given_up = asyncio.Event()

    async def slow(*_: Any, **__: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    service.photographs.card = slow  # type: ignore[method-assign, assignment]
    answer = await service.client.get("/v1/models", headers=service.admin)

    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")
    assert given_up.is_set()


async def test_timeout_of_something_else(service: Service) -> None:
    """A TimeoutError that is not the deadline's is a bug, not a deadline."""
    service.photographs.error = TimeoutError()
    answer = await service.client.get("/v1/models", headers=service.admin)

    assert answer.json()["code"] == "internal"


def test_nothing_left(service: Service) -> None:
    """Nothing is begun with no time left."""
    call = Call(service.services, "an-id")
    call.start_clock("1e-9", time.monotonic())

    with pytest.raises(DeadlineExceeded):
        _ = call.budget


@pytest.mark.parametrize(("timeout", "left"), [("5", 2.0), (None, 10.0), ("20", 10.0)])
def test_a_caller_waits_for_the_upload_too(
    service: Service, timeout: str | None, left: float
) -> None:
    """The caller's own limit counts from when the request came, the service's from the body."""
    call = Call(service.services, "an-id")
    call.start_clock(timeout, time.monotonic() - 3)

    assert call.budget == pytest.approx(left, abs=0.5)


def test_open_routes_have_no_principal(service: Service) -> None:
    """To ask an open route for its caller is a mistake in the code."""
    with pytest.raises(LookupError):
        _ = Call(service.services, "an-id").principal
