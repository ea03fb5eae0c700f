"""Two ingress replicas: they count as one, hear of what ended, and take a company's own tokens."""

import asyncio
import json
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import asyncpg
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from db.embedded import embedded_server
from tests.acceptance.conftest import EDGE, PASSWORD, Running, eventually
from tests.acceptance.two_replicas import (
    BURST,
    COMPANY,
    ISSUER,
    LONG_SECONDS,
    REPLICAS,
    STEADY,
    lines,
    logged,
    named,
)

OWN = "/v1/users/me"
QUERIES_SINCE = """
    SELECT query FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND query_start > $1
"""


@dataclass
class Asked:
    """One request: when it was sent and answered, and what the answer was."""

    sent: float
    received: float
    status: int


@pytest.fixture(scope="module")
def limited(doubled: Running) -> Running:
    """Give a service with low limits, both of whose ingress replicas are asked by now."""
    eventually(lambda: all_answer(doubled))
    return doubled


def all_answer(up: Running) -> bool:
    """Ask a little, and tell whether HAProxy has let every replica answer by now."""
    at_once(up.client, "/v1/health/ready", 2 * REPLICAS)
    answered = lines(up)
    return len(answered) == REPLICAS and min(answered) > 0


def company_token(key: rsa.RSAPrivateKey) -> str:
    """Return a token as the company's provider issues it, signed with this key."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "facegraph", "sub": "ada", "iat": now, "exp": now + 600}
    return jwt.encode(claims | {"groups": ["guard"]}, key, "RS256", {"kid": "k1"})


@pytest.fixture
def caller(limited: Running, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Give a caller whom no other test has asked anything for."""
    with closing(stranger(limited, request.node.name)) as client:
        yield client


def stranger(up: Running, username: str) -> httpx.Client:
    """Make an account and log in."""
    account = {"username": username, "password": PASSWORD, "role": "verifier", "collections": ["*"]}
    made = up.client.post("/v1/users", json=account)
    assert made.status_code == 201, made.text
    return up.log_in(username, PASSWORD)


def at_once(client: httpx.Client, path: str, count: int) -> list[httpx.Response]:
    """Ask `count` times side by side."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: client.get(path), range(count)))


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    """Count the answers by status."""
    return Counter(answer.status_code for answer in answers)


def look_at(client: httpx.Client) -> Asked:
    """Send a photo that is none: 415 once it was let in, at no cost to the embedder."""
    sent = time.monotonic()
    answer = client.post("/v1/faces/detect", content=b"?", headers={"Content-Type": "text/plain"})
    return Asked(sent, time.monotonic(), answer.status_code)


def stream(client: httpx.Client, seconds: float, width: int = 6) -> list[Asked]:
    """Ask from `width` sides without a pause."""
    until = time.monotonic() + seconds

    def ask(_: int) -> list[Asked]:
        asked = []
        while time.monotonic() < until:
            asked.append(look_at(client))
        return asked

    with ThreadPoolExecutor(width) as pool:
        return [each for asked in pool.map(ask, range(width)) for each in asked]


def shortest(asked: list[Asked], count: int) -> float:
    """Return the least time in which more than `count` of them can have been let in.

    The service saw each between sending and answer; sorted, so are the moments in between.
    """
    admitted = [each for each in asked if each.status == 415]
    sent = sorted(each.sent for each in admitted)
    received = sorted(each.received for each in admitted)
    spans = [late - early for early, late in zip(sent, received[count:], strict=False)]
    return min(spans, default=float("inf"))


def test_burst_over_both_replicas(limited: Running, caller: httpx.Client) -> None:
    """Of three times the limit at once exactly the limit is let in; the rest is told to wait.

    Another caller is served meanwhile, and a log-in is counted under the name that was typed.
    """
    before = lines(limited)
    answers = at_once(caller, OWN, 3 * BURST)
    refused = next(answer for answer in answers if answer.status_code == 429)
    accepted = next(answer for answer in answers if answer.status_code == 200)

    assert statuses(answers) == {200: BURST, 429: 2 * BURST}
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= LONG_SECONDS
    assert refused.headers["RateLimit-Policy"] == f'"other";q={BURST};w={LONG_SECONDS}'
    assert re.fullmatch(r'"other";r=0;t=\d+', refused.headers["RateLimit"])
    assert accepted.headers["RateLimit-Policy"] == refused.headers["RateLimit-Policy"]
    assert min(now - then for now, then in zip(lines(limited), before, strict=True)) > BURST / 3
    assert limited.client.get(OWN).status_code == 200


def test_log_ins_are_counted_by_account(limited: Running) -> None:
    """Guesses at one account end after its limit; other accounts, known or not, go on."""
    guesses = [guess(limited, "victim") for _ in range(5)]

    assert guesses == [401, 401, 401, 429, 429]
    assert guess(limited, "another") == 401


def test_address_is_what_the_edge_says(limited: Running) -> None:
    """Through the edge an address has its limit, whatever it writes itself; past the edge none."""
    through = [visit(limited, f"203.0.113.{spoofed}, 192.0.2.7", EDGE) for spoofed in range(5)]
    beside = [visit(limited, "192.0.2.7", "a guess") for _ in range(5)]

    assert through == [200, 200, 200, 429, 429]
    assert beside == [200] * 5


def test_refusals_ask_the_database_nothing(limited: Running, caller: httpx.Client) -> None:
    """While a flood of refused requests comes in, no query of theirs reaches PostgreSQL."""
    at_once(caller, OWN, BURST)
    queries, answers = asyncio.run(queries_during(limited, lambda: at_once(caller, OWN, 200)))

    assert statuses(answers) == {429: 200}
    # What a replica looks up by itself once a second is not the flood's.
    assert len(queries) <= REPLICAS
    assert [query for query in queries if "username" in query] == []


def test_stream_is_exact_in_every_window(caller: httpx.Client) -> None:
    """Asked without a pause, no more than the limit is let in in any second, and hardly less.

    Who is asked by a busy machine may pause.
    """
    asked = stream(caller, 3.5)

    assert {each.status for each in asked} == {415, 429}
    assert 3 * STEADY < sum(each.status == 415 for each in asked) <= 4 * STEADY
    assert shortest(asked, STEADY) >= 1.0


def test_a_revocation_reaches_every_replica(limited: Running, caller: httpx.Client) -> None:
    """Disabled on one of them, an account is out on both within seconds."""
    name = caller.get(OWN).json()["username"]
    assert limited.client.patch(f"/v1/users/{name}", json={"disabled": True}).status_code == 200

    eventually(lambda: statuses(at_once(caller, OWN, 4 * REPLICAS)) == {401: 4 * REPLICAS}, 5)
    before = lines(limited)
    at_once(caller, OWN, 8 * REPLICAS)
    assert min(now - then for now, then in zip(lines(limited), before, strict=True)) > 0


def test_tokens_of_a_company(limited: Running) -> None:
    """A token of the configured issuer is worth what its claims are, and a forged one nothing."""
    good, forged = (company_token(key) for key in (COMPANY, rsa.generate_private_key(65537, 2048)))
    answers = [
        httpx.get(f"{limited.url}{OWN}", headers={"Authorization": f"Bearer {token}"})
        for token in (good, forged)
    ]

    assert answers[0].json()["username"] == "company:ada"
    assert (answers[0].json()["role"], answers[0].json()["collections"]) == ("verifier", ["lobby"])
    assert answers[1].status_code == 401


def test_killed_limiter_stops_nobody(limited: Running, caller: httpx.Client) -> None:
    """Requests go on, each replica holds the limit by itself, and then both together again."""
    (limiter,) = named(limited, "Limiter")
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(stream, caller, 5.0)
        limiter.send_signal(signal.SIGKILL)
        asked = asking.result()
    eventually(lambda: told(limited, "limiter back") == told(limited, "limiter away") > 0)
    with closing(stranger(limited, "afterwards")) as client:
        again = at_once(client, OWN, 3 * BURST)

    assert {each.status for each in asked} == {415, 429}
    assert shortest(asked, REPLICAS * STEADY) >= 1.0
    assert [each.pid for each in named(limited, "Limiter")] != [limiter.pid]
    assert statuses(again) == {200: BURST, 429: 2 * BURST}


def visit(up: Running, forwarded: str, secret: str) -> int:
    """Open the documentation from an address."""
    headers = {"X-Forwarded-For": forwarded, "X-Facegraph-Edge": secret}
    return httpx.get(f"{up.url}/docs", headers=headers, timeout=30).status_code


async def queries_during(
    up: Running, work: Callable[[], list[httpx.Response]]
) -> tuple[list[str], list[httpx.Response]]:
    """Do the work, and return the last query of each connection that has run one meanwhile."""
    with embedded_server(up.data_dir) as address:
        connection = await asyncpg.connect(address)
        try:
            began = await connection.fetchval("SELECT clock_timestamp()")
            done = await asyncio.to_thread(work)
            rows = await connection.fetch(QUERIES_SINCE, began)
        finally:
            await connection.close()
    return [row["query"] for row in rows], done


def guess(up: Running, username: str) -> int:
    """Try a wrong password."""
    form = {"username": username, "password": "a guess"}
    return httpx.post(f"{up.url}/v1/auth/token", data=form, timeout=30).status_code


def told(up: Running, event: str) -> int:
    """Return how often the replicas have written of an event."""
    return sum(text.count(json.dumps(event)) for text in logged(up))
