"""Who gets in, over real HTTP: what ends, ends within seconds, on a replica that was not told."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.acceptance.conftest import ROOT, Running, eventually, facegraph

PASSWORD = "of-somebody-under-test"
WITHIN_SECONDS = 5.0


def verb(service: Running, *arguments: str) -> str:
    """Run a verb on the data of a running service, and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["FACEGRAPH_DATA_DIR"] = str(service.data_dir)
    done = subprocess.run(
        facegraph(*arguments), env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def account(service: Running) -> Iterator[str]:
    """Create a verifier, gone after the test."""
    name = f"eva-{uuid4().hex[:8]}"
    described = {"username": name, "password": PASSWORD, "role": "verifier", "collections": ["*"]}
    assert service.client.post("/v1/users", json=described).status_code == 201
    yield name
    service.client.delete(f"/v1/users/{name}")


ENDS: dict[str, Callable[[httpx.Client, str, dict[str, Any]], httpx.Response]] = {
    "disabled": lambda admin, name, _: admin.patch(f"/v1/users/{name}", json={"disabled": True}),
    "new role": lambda admin, name, _: admin.patch(f"/v1/users/{name}", json={"role": "auditor"}),
    "deleted": lambda admin, name, _: admin.delete(f"/v1/users/{name}"),
    "logged out": lambda admin, _, pair: admin.post(
        "/v1/auth/revoke", json={"refresh_token": pair["refresh_token"]}
    ),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_access_token_ends_with_what_it_says(
    service: Running, account: str, end: Callable[..., httpx.Response]
) -> None:
    """Disabled, changed, deleted, logged out: within seconds its token opens nothing."""
    form = {"username": account, "password": PASSWORD}
    pair = service.client.post("/v1/auth/token", data=form).json()
    who = {"Authorization": f"Bearer {pair['access_token']}"}
    before = httpx.get(f"{service.url}/v1/models", headers=who)
    assert end(service.client, account, pair).status_code in {200, 204}

    def refused() -> bool:
        answer = httpx.get(f"{service.url}/v1/models", headers=who)
        return (answer.status_code, answer.json().get("code")) == (401, "token_expired")

    eventually(refused, WITHIN_SECONDS)
    assert before.status_code == 200


def test_a_key_for_a_machine(service: Running) -> None:
    """Made and revoked on the command line; the service takes it and drops it within seconds."""
    secret = verb(service, "keys", "create", "turnstile", "--role", "verifier")
    who = {"Authorization": f"Bearer {secret}"}

    def status() -> int:
        return httpx.get(f"{service.url}/v1/models", headers=who).status_code

    eventually(lambda: status() == 200, WITHIN_SECONDS)
    me = httpx.get(f"{service.url}/v1/users/me", headers=who).json()
    verb(service, "keys", "revoke", me["username"].removeprefix("key:"))
    eventually(lambda: status() == 401, WITHIN_SECONDS)

    assert (me["role"], me["collections"]) == ("verifier", [])


def test_a_forged_token_is_refused_before_its_body(service: Running) -> None:
    """Thirty megabytes are announced; the answer comes while not one of them was sent."""
    address = urlsplit(service.url)
    head = (
        f"POST /v1/faces/detect HTTP/1.1\r\nHost: {address.netloc}\r\n"
        "Authorization: Bearer e30.e30.e30\r\nContent-Type: image/jpeg\r\n"
        f"Content-Length: {30 * 2**20}\r\n\r\n"
    )
    began = time.monotonic()
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert time.monotonic() - began < WITHIN_SECONDS
