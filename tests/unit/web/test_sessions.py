"""Log-in, refresh, revocation."""

import time
from dataclasses import replace
from typing import Any

import pytest

from deployments.errors import AccountLocked, Unavailable
from deployments.web import passwords
from deployments.web.passwords import hash_password
from tests.unit.web.conftest import Serve, Service

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

    digest = service.services.tokens.refresh_digest(token)
    assert list(service.register.refresh) == [digest]


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the work factor of each hash that is made to check a password."""
    factors: list[str] = []
    check = passwords.verify_password

    def noted(plain: str, hashed: str) -> bool:
        factors.append(hashed[:7])
        return check(plain, hashed)

    monkeypatch.setattr(passwords, "verify_password", noted)
    return factors


LOG_INS = [
    ("ada", PASSWORD, True),
    ("ada", "wrong horse", False),
    ("ada", "x" * 100, False),
    ("nobody", PASSWORD, False),
    ("off", PASSWORD, False),
    ("off", "wrong horse", False),
]


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(("username", "password", "right"), LOG_INS)
async def test_every_log_in_costs_one_hash_and_counts(
    service: Service, hashed: list[str], username: str, password: str, right: bool
) -> None:
    """Known, unknown or disabled, right or wrong: the same work, and what fails counts alike."""
    service.register.add("off", "verifier", hash_password(PASSWORD, 4), disabled=True)
    answer = await log_in(service, username=username, password=password)

    assert answer.status_code == (200 if right else 401)
    assert hashed == ["$2b$04$"]
    assert service.register.settled == [(username, right)]


@pytest.mark.parametrize(("password", "factor"), [(PASSWORD, "$2b$05$"), ("wrong", "$2b$04$")])
async def test_a_new_work_factor_is_taken_up(serve: Serve, password: str, factor: str) -> None:
    """At the next log-in, and by whoever knows the password: nobody else can hash it anew."""
    service = serve(bcrypt_rounds=5)
    service.register.add("ada", "verifier", hash_password(PASSWORD, 4))
    await log_in(service, password=password)
    hashed = service.register.held["ada"][1]

    assert hashed.startswith(factor)
    assert passwords.verify_password(PASSWORD, hashed)


@pytest.mark.parametrize("username", ["ada", "nobody"])
@pytest.mark.usefixtures("ada")
async def test_a_locked_name_costs_no_hash(
    service: Service, hashed: list[str], username: str
) -> None:
    """Not even for the right password, and whether anybody has the name or not."""
    service.register.locked[username] = 29.5
    answer = await log_in(service, username=username)

    assert (answer.status_code, answer.json()["code"]) == (423, "account_locked")
    assert answer.headers["retry-after"] == "30"
    assert (hashed, service.register.settled) == ([], [])


@pytest.mark.usefixtures("ada")
async def test_a_name_locked_during_the_hash(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A right password that comes after too many wrong ones beside it gets no token."""

    async def locked(*_settled: object) -> None:
        raise AccountLocked("Too many.", 30)

    monkeypatch.setattr(service.register, "settle", locked)

    assert (await log_in(service)).status_code == 423
    assert service.register.refresh == {}


async def test_strangers_cost_the_time_of_acquaintances(serve: Serve) -> None:
    """The least of twelve log-ins each, taken in turn, differ by less than a third.

    It is the time of this process that is compared, which a busy machine lengthens less than the
    time on the wall; a log-in without a hash would take a tenth of it.
    """
    service = serve(bcrypt_rounds=9)
    service.register.add("ada", "verifier", hash_password(PASSWORD, 9))

    async def seconds(username: str) -> float:
        began = time.process_time()
        await log_in(service, username=username, password="wrong horse")
        return time.process_time() - began

    taken = [(await seconds("ada"), await seconds("nobody")) for _ in range(12)]
    known, unknown = (min(each) for each in zip(*taken, strict=True))

    assert 3 / 4 < known / unknown < 4 / 3
