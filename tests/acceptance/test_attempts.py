"""Five failures in a row, then a wait: of log-ins and of verifications, in the running service."""

import httpx

from tests.acceptance.conftest import PASSWORD, Running, enrol, eventually, send


def test_a_name_is_locked_and_unlocked(service: Running) -> None:
    """After five wrong passwords the right one is refused as well, until somebody unlocks."""
    account = {"username": "forgetful", "password": PASSWORD, "role": "auditor"}
    assert service.client.post("/v1/users", json=account).status_code == 201

    def log_in(password: str) -> httpx.Response:
        form = {"username": "forgetful", "password": password}
        return httpx.post(f"{service.url}/v1/auth/token", data=form)

    guesses = [log_in("a guess").status_code for _ in range(6)]
    locked = log_in(PASSWORD)
    assert guesses == [401] * 5 + [423]
    assert (locked.status_code, locked.json()["code"]) == (423, "account_locked")
    assert 25 <= int(locked.headers["retry-after"]) <= 30

    assert service.client.delete("/v1/users/forgetful/attempts").status_code == 204
    assert log_in(PASSWORD).status_code == 200
    assert service.client.delete("/v1/users/forgetful").status_code == 204


def test_an_identity_is_blocked_and_freed(
    service: Running, collection: str, portrait: bytes, group: bytes
) -> None:
    """After five strangers the person is refused as well, until an enroller frees them."""
    person = enrol(service.client, collection, "eileen", portrait).json()["id"]
    identity = f"{collection}/identities/{person}"

    def verify(photo: bytes) -> httpx.Response:
        return send(service.client, f"{identity}/verify", photo)

    assert [verify(group).json()["decision"] for _ in range(5)] == ["no_match"] * 5
    for blocked in (verify(portrait), verify(portrait)):
        assert (blocked.status_code, blocked.json()["code"]) == (429, "attempts_exceeded")
        assert 25 <= int(blocked.headers["retry-after"]) <= 30

    assert service.client.delete(f"{identity}/attempts").status_code == 204
    eventually(lambda: verify(portrait).status_code == 200, seconds=5)
