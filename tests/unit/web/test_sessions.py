"""Log-in, refresh, revocation."""

from dataclasses import replace
from typing import Any

import pytest

from deployments.errors import Unavailable
from deployments.web.passwords import hash_password
from deployments.web.tokens import refresh_digest
from tests.unit.web.conftest import Service

PASSWORD = "correct horse"


@pytest.fixture
def ada(service: Service) -> None:
    """Enter Ada, who may verify."""
    service.register.add("ada", "verifier", hash_password(PASSWORD, 4))


async def log_in(service: Service, **form: str) -> Any:
    """Log in as Ada, but for what the form says."""
    named = {"username": "ada", "password": PASSWORD} | form
    return await service.client.post("/v1/auth/token", data=named)


async def refresh(service: Service, token: str) -> Any:
    """Use a refresh token."""
    return await service.client.post("/v1/auth/refresh", json={"refresh_token": token})


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("form", [{}, {"grant_type": "password"}])
async def test_log_in(service: Service, form: dict[str, str]) -> None:
    """A log-in gives a pair, and its access token opens what the role may see."""
    body = (await log_in(service, **form)).json()
    who = {"authorization": f"Bearer {body['access_token']}"}
    me = await service.client.get("/v1/users/me", headers=who)

    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert me.json()["username"] == "ada"


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    "form", [{"password": "wrong horse"}, {"username": "nobody"}, {"password": "x" * 100}]
)
async def test_wrong_credentials(service: Service, form: dict[str, str]) -> None:
    """A wrong password and an unknown user are answered alike."""
    answer = await log_in(service, **form)

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert answer.json()["detail"] == "User name and password do not match."


@pytest.mark.usefixtures("ada")
async def test_disabled(service: Service) -> None:
    """A disabled account is out, whether it logs in or refreshes."""
    token = (await log_in(service)).json()["refresh_token"]
    account, hashed = service.register.held["ada"]
    service.register.held["ada"] = (replace(account, disabled=True), hashed)

    assert (await log_in(service)).json()["code"] == "invalid_credentials"
    assert (await refresh(service, token)).json()["code"] == "invalid_credentials"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"username": "ada"}, 422),
        ({"username": "", "password": "x"}, 422),
        ({"username": "ada", "password": "x", "grant_type": "implicit"}, 422),
        ({"username": "ada", "password": "x", "colour": "red"}, 400),
        ({"username": "ada", "password": "x" * 2000}, 422),
    ],
)
async def test_malformed_log_in(service: Service, form: dict[str, str], status: int) -> None:
    """The form of a log-in has its own fields only, and an answer never repeats a password."""
    answer = await service.client.post("/v1/auth/token", data=form)

    assert answer.status_code == status
    assert "x" * 100 not in answer.text


@pytest.mark.usefixtures("ada")
async def test_refresh(service: Service) -> None:
    """A refresh token is good for one new pair; using it again ends the whole family."""
    first = (await log_in(service)).json()["refresh_token"]
    second = (await refresh(service, first)).json()["refresh_token"]
    again = await refresh(service, first)
    after = await refresh(service, second)

    assert first != second
    assert (again.status_code, again.json()["code"]) == (401, "invalid_credentials")
    assert after.status_code == 401


@pytest.mark.usefixtures("ada")
async def test_refresh_during_an_outage(service: Service) -> None:
    """A refresh that failed spent nothing: the same token is good once the database is back."""
    token = (await log_in(service)).json()["refresh_token"]
    service.register.error = Unavailable("The database is not answering.")
    failed = await refresh(service, token)
    service.register.error = None

    assert failed.status_code == 503
    assert (await refresh(service, token)).status_code == 200


@pytest.mark.usefixtures("ada")
async def test_revoke(service: Service) -> None:
    """A revoked token is of no use; to revoke what is unknown is no error."""
    token = (await log_in(service)).json()["refresh_token"]
    revoked = await service.client.post("/v1/auth/revoke", json={"refresh_token": token})
    unknown = await service.client.post("/v1/auth/revoke", json={"refresh_token": "unknown"})

    assert (revoked.status_code, unknown.status_code) == (204, 204)
    assert (await refresh(service, token)).status_code == 401


@pytest.mark.usefixtures("ada")
async def test_only_the_digest_is_kept(service: Service) -> None:
    """The database never sees a refresh token."""
    token = (await log_in(service)).json()["refresh_token"]

    assert list(service.register.refresh) == [refresh_digest(token)]
