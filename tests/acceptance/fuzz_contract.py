"""The contract fuzzed over HTTP on the whole service; `make fuzz` runs it, and nothing else does.

Each run draws anew, and prints its seed: `--seed` makes it draw the same again.
"""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.conftest import Running, running
from tests.contract.run import fuzz

PASSWORD = "of-whoever-is-fuzzing"
# The administrator reaches everything and gets the time; the others are mostly refused.
SECONDS = {"admin": 150, "enroller": 30, "verifier": 20, "auditor": 20}


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Running]:
    """Start a service of its own, patient enough for a busy machine to answer every request."""
    patient = {"FACEGRAPH_REQUEST_TIMEOUT_SECONDS": "60", "FACEGRAPH_ACCESS_TOKEN_SECONDS": "7200"}
    with (
        tempfile.TemporaryDirectory(prefix="fg-") as folder,
        running(Path(folder), **patient) as up,
    ):
        yield up


@pytest.mark.parametrize("role", SECONDS)
def test_contract_holds(fuzzed: Running, role: str) -> None:
    """Whatever each role sends, the service answers as its OpenAPI document says."""
    username = "zz-fuzzer" if role == "admin" else f"zz-fuzzer-{role}"
    account = {"username": username, "password": PASSWORD, "role": role, "collections": ["*"]}
    created = fuzzed.client.post("/v1/users", json=account)
    assert created.status_code == 201, created.text
    with closing(fuzzed.log_in(username, PASSWORD)) as client:
        token = client.headers["Authorization"].removeprefix("Bearer ")

    limit = str(SECONDS[role])
    print(fuzz(fuzzed.url, token, "--max-time", limit, seconds=SECONDS[role] + 300))  # noqa: T201


def test_service_is_still_well(fuzzed: Running) -> None:
    """After all of it the service is ready."""
    assert fuzzed.client.get("/v1/health/ready").status_code == 200
