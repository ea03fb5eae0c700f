"""Whose word on a caller's address is taken."""

from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from deployments.messages.limits import Window
from deployments.web.access import RULES
from deployments.web.admission import Admission
from deployments.web.edge import UNNAMED, Edge
from deployments.web.entrance import admit
from tests.unit.web.conftest import Serve, Service

SECRET = "what only the load balancer knows"
SHOWN = (b"x-facegraph-edge", SECRET.encode())


def forwarded(value: str) -> tuple[bytes, bytes]:
    """Return an X-Forwarded-For."""
    return (b"x-forwarded-for", value.encode())


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("203.0.113.9, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.7 ", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::99", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7,", UNNAMED),
        ("unknown", UNNAMED),
    ],
)
def test_last_entry_is_the_edges(value: str, address: str) -> None:
    """The last entry counts, an IPv6 address by what one subscriber has of them."""
    assert Edge(SECRET).address([SHOWN, forwarded(value)]) == address


def test_several_headers() -> None:
    """An edge that appends a header of its own is read by its own."""
    headers = [forwarded("203.0.113.9"), SHOWN, forwarded("192.0.2.7")]

    assert Edge(SECRET).address(headers) == "192.0.2.7"


def test_edge_that_names_nobody() -> None:
    """Without an address the limit is not lifted but shared."""
    assert Edge(SECRET).address([SHOWN]) == UNNAMED


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        (None, [SHOWN]),
        (SECRET, []),
        (SECRET, [(b"x-facegraph-edge", b"")]),
        (SECRET, [(b"x-facegraph-edge", SECRET[:-1].encode())]),
        (SECRET, [(b"x-facegraph-edge", b"\xff" * 33)]),
    ],
)
def test_others_are_not_believed(secret: str | None, shown: list[tuple[bytes, bytes]]) -> None:
    """Whoever does not show the secret names no address, and without one nobody does."""
    assert Edge(secret).address([*shown, forwarded("192.0.2.7")]) is None


@pytest.fixture
def behind(serve: Serve) -> Service:
    """Build a service behind an edge, with two requests an address."""
    service = serve(edge_secret=SecretStr(SECRET))
    limits = service.services.limits
    limits.windows = dict(limits.windows) | {"address": (Window(2, 60),)}
    return service


async def ask(service: Service, path: str, times: int, **headers: str) -> list[int]:
    """Ask that often and return the statuses."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answers = [await service.client.get(path, headers=named) for _ in range(times)]
    return [answer.status_code for answer in answers]


def through(address: str, secret: str = SECRET) -> dict[str, str]:
    """Return what the edge adds to a request."""
    return {"x_facegraph_edge": secret, "x_forwarded_for": address}


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/v1/models", [401, 401, 429]),
        ("/openapi.json", [200, 200, 429]),
        ("/docs", [200, 200, 429]),
        ("/v1/health/live", [200, 200, 200]),
        ("/v1/health/ready", [200, 200, 200]),
    ],
)
async def test_every_route_but_health(behind: Service, path: str, statuses: list[int]) -> None:
    """An address is counted on every route, token or none, but where health is asked."""
    assert await ask(behind, path, 3, **through("192.0.2.7")) == statuses
    assert await ask(behind, path, 1, **through("192.0.2.8")) == statuses[:1]


@pytest.mark.parametrize("written", ["203.0.113.{}, 192.0.2.7", "192.0.2.{}, 192.0.2.7"])
async def test_spoofed_entries_do_not_help(behind: Service, written: str) -> None:
    """What a caller writes into the header comes before what the edge adds, and is not read."""
    statuses = [
        (await ask(behind, "/docs", 1, **through(written.format(number))))[0] for number in range(3)
    ]

    assert statuses == [200, 200, 429]


async def test_nobodys_word_without_the_secret(behind: Service) -> None:
    """A caller who guesses the secret wrongly can use up nobody's limit."""
    await ask(behind, "/docs", 5, **through("192.0.2.7", secret="a guess" * 6))

    assert await ask(behind, "/docs", 1, **through("192.0.2.7")) == [200]
    assert all(not claims for claims in behind.tally.asked[:-1])


async def test_address_and_caller_together(behind: Service) -> None:
    """A request with a token is counted under both, in one question, and both are told."""
    headers = {**behind.token("auditor"), "X-Facegraph-Edge": SECRET, "X-Forwarded-For": "::1"}
    answer = await behind.client.get("/v1/models", headers=headers)
    (claims,) = behind.tally.asked

    assert [(claim.limit, claim.who) for claim in claims] == [
        ("address", "::/64"),
        ("other", "auditor"),
    ]
    assert answer.headers["ratelimit-policy"] == '"address";q=2;w=60, "other";q=300;w=1'


@pytest.fixture
def few_log_ins(behind: Service) -> Service:
    """Leave an address two log-ins, and as many other requests as it likes."""
    limits = behind.services.limits
    limits.windows = dict(limits.windows) | {"address": (), "log_in_address": (Window(2, 60),)}
    return behind


async def log_in(service: Service, username: str, address: str) -> Any:
    """Log in as whoever, from there."""
    form = {"username": username, "password": "a guess"}
    headers = {"X-Facegraph-Edge": SECRET, "X-Forwarded-For": address}
    return await service.client.post("/v1/auth/token", data=form, headers=headers)


async def test_log_ins_of_an_address(few_log_ins: Service) -> None:
    """However many names a stranger invents, an address has few log-ins, and others have theirs."""
    tried = [await log_in(few_log_ins, f"name {number}", "192.0.2.7") for number in range(3)]
    other = await log_in(few_log_ins, "name 3", "192.0.2.8")
    hashes = [claim for (claim, *_) in few_log_ins.tally.asked if claim.limit == "hashing"]

    assert [each.status_code for each in [*tried, other]] == [401, 401, 429, 401]
    assert tried[2].json()["code"] == "rate_limited"
    assert tried[0].headers["ratelimit-policy"] == '"log_in_address";q=2;w=60, "log_in";q=60;w=60'
    assert len(hashes) == 3


async def test_only_log_ins_are_few(few_log_ins: Service) -> None:
    """Whoever has no log-in left may still use the token they were given."""
    await log_in(few_log_ins, "ada", "192.0.2.7")
    await log_in(few_log_ins, "ada", "192.0.2.7")
    given = few_log_ins.token("auditor")
    asked = through("192.0.2.7") | {"authorization": given["authorization"]}

    assert await ask(few_log_ins, "/v1/models", 3, **asked) == [200, 200, 200]
    assert (await log_in(few_log_ins, "ada", "192.0.2.7")).status_code == 429


async def test_secret_goes_no_further(behind: Service) -> None:
    """Whatever looks at the request after the address was read finds no secret in it."""
    scope = {"type": "http", "headers": [SHOWN, forwarded("192.0.2.7")]}
    await admit(Admission("/docs"), RULES["GET", "/docs"], scope, {}, behind.services)

    assert scope["headers"] == [forwarded("192.0.2.7")]
    assert [(claim.limit, claim.who) for (claim,) in behind.tally.asked] == [
        ("address", "192.0.2.7")
    ]


async def test_the_log_tells_the_address(behind: Service) -> None:
    """Where an edge is believed a line says from where; of others it says nothing."""
    with structlog.testing.capture_logs() as lines:
        await behind.client.get("/docs", headers=[SHOWN, forwarded("192.0.2.7")])
        await behind.client.get("/docs", headers=[forwarded("192.0.2.7")])

    assert [line["address"] for line in lines] == ["192.0.2.7", None]
