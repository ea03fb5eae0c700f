"""The contract fuzzed over HTTP on the whole service; `make fuzz` runs it, and nothing else does.

Each run draws anew, and prints its seed: `--seed` makes it draw the same again.
"""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.acceptance.conftest import Running, running
from tests.contract.run import fuzz

PASSWORD = "of-whoever-is-fuzzing"
# The administrator reaches everything and gets the time; the others are mostly refused. Last, for
# whoever may change accounts may well end those of the others.
SECONDS = {"enroller": 30, "verifier": 20, "auditor": 20, "admin": 150}


class Fuzzed(NamedTuple):
    """A service of its own, and an access token of each role."""

    url: str
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Fuzzed]:
    """Start a service, patient enough for a busy machine to answer every request."""
    patient = {"FACEGRAPH_REQUEST_TIMEOUT_SECONDS": "60", "FACEGRAPH_ACCESS_TOKEN_SECONDS": "7200"}
    with (
        tempfile.TemporaryDirectory(prefix="fg-") as folder,
        running(Path(folder), **patient) as up,
    ):
        yield Fuzzed(up.url, {role: access_token(up, role) for role in SECONDS})


def access_token(service: Running, role: str) -> str:
    """Create an account of this role for every collection, and log in with it."""
    username = f"zz-fuzzer-{role}"
    account = {"username": username, "password": PASSWORD, "role": role, "collections": ["*"]}
    created = service.client.post("/v1/users", json=account)
    assert created.status_code == 201, created.text
    with closing(service.log_in(username, PASSWORD)) as client:
        return client.headers["Authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("role", SECONDS)
def test_contract_holds(fuzzed: Fuzzed, role: str) -> None:
    """Whatever each role sends, the service answers as its OpenAPI document says."""
    limit = SECONDS[role]
    told = fuzz(fuzzed.url, fuzzed.tokens[role], "--max-time", str(limit), seconds=limit + 300)
    print(f"{role}\n{told}")  # noqa: T201  the seed and the counts are what a run is for


def test_service_is_still_well(fuzzed: Fuzzed) -> None:
    """After all of it the service is ready."""
    assert httpx.get(f"{fuzzed.url}/v1/health/ready", timeout=30).status_code == 200
