"""While the database is away, what touches nothing stored goes on."""

import pytest

from deployments import copies
from deployments.errors import Unavailable
from deployments.web.standing import Standing
from tests.unit.clock import Clock
from tests.unit.web.conftest import Service
from tests.unit.web.test_access import GUARDED, filled

LIFETIME = 900

# As docs/decisions/0011 has it, written once more by hand.
STATELESS = {
    "GET /v1/models",
    "POST /v1/faces/detect",
    "POST /v1/faces/embed",
    "POST /v1/faces/compare",
}


@pytest.fixture
async def silent(service: Service, clock: Clock) -> Service:
    """Return a service whose database has answered once, and then no more."""
    copy = Standing(service.ledger, clock)
    vars(service.services)["standing"] = copy
    await copy.bring_up_to_date()
    service.ledger.error = Unavailable("The database is not answering.")
    return service


async def refused(service: Service, route: str) -> bool:
    """Tell whether an administrator is refused for want of the database."""
    answer = await service.client.request(*filled(route), headers=service.admin)
    return answer.status_code == 503


@pytest.mark.parametrize("route", GUARDED)
async def test_after_half_a_minute(silent: Service, clock: Clock, route: str) -> None:
    """Nobody gets at what is stored any more, and everybody at what needs no database."""
    clock.now += copies.STALE_SECONDS + 1

    assert await refused(silent, route) is (route not in STATELESS)


@pytest.mark.parametrize("route", sorted(STATELESS))
@pytest.mark.parametrize(("age", "over"), [(LIFETIME - 1, False), (LIFETIME + 1, True)])
async def test_as_long_as_a_token_lives(
    silent: Service, clock: Clock, route: str, age: float, over: bool
) -> None:
    """A token given out before would be over by itself then, so nobody is let in for longer."""
    clock.now += age

    assert await refused(silent, route) is over


@pytest.mark.parametrize("route", sorted(STATELESS))
async def test_who_was_revoked_before_stays_out(service: Service, clock: Clock, route: str) -> None:
    """What the copy holds counts, however old it is."""
    who = service.admin
    copy = Standing(service.ledger, clock)
    vars(service.services)["standing"] = copy
    service.ledger.generations["account:admin"] = 1
    await copy.bring_up_to_date()
    service.ledger.error = Unavailable("The database is not answering.")
    clock.now += LIFETIME - 1
    answer = await service.client.request(*filled(route), headers=who)

    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
