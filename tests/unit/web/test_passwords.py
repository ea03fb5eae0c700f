"""Passwords."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deployments.errors import Overloaded, ValidationFailed
from deployments.web.passwords import MAX_WAITING, Passwords, hash_password, verify_password


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    """Threads that hash with little work; ended afterwards."""
    threads = Passwords(4)
    yield threads
    threads.close()


def test_round_trip() -> None:
    """A hash verifies its own password and no other."""
    hashed = hash_password("correct horse", 4)

    assert hashed.startswith("$2b$04$")
    assert verify_password("correct horse", hashed)
    assert not verify_password("wrong horse", hashed)


@pytest.mark.parametrize("plain", ["x" * 73, "ü" * 37, "nul\0within", "half \ud800"])
def test_what_bcrypt_cannot_tell_apart(plain: str) -> None:
    """A password that bcrypt would cut short, or that is no text, is refused when it is set."""
    with pytest.raises(ValidationFailed) as failed:
        hash_password(plain, 4)

    assert failed.value.errors[0][0] == "password"


def test_too_long_never_verifies() -> None:
    """A password over 72 bytes does not pass for its first 72."""
    hashed = hash_password("x" * 72, 4)

    assert verify_password("x" * 72, hashed)
    assert not verify_password("x" * 73, hashed)
    assert not verify_password("nul\0within", hashed)


def test_half_a_character_never_verifies() -> None:
    """Half a character is simply not the password, not even where a whole one stood for it."""
    assert not verify_password("half \ud800", hash_password("half ?", 4))


async def test_strangers_cost_the_same_work(passwords: Passwords) -> None:
    """An unknown user is hashed for as well, and refused whatever the password."""
    assert not await passwords.verify("anything", None)
    assert not await passwords.verify("", None)


async def test_off_the_event_loop(passwords: Passwords) -> None:
    """Hashing and verifying give the same answers from the threads."""
    hashed = await passwords.hash("correct horse")

    assert await passwords.verify("correct horse", hashed)


async def test_queue_is_bounded(passwords: Passwords) -> None:
    """More log-ins than the queue holds are told to come back, and none is lost."""
    waiting = [passwords.verify("x", None) for _ in range(MAX_WAITING + 5)]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)

    assert outcomes.count(False) == MAX_WAITING
    assert sum(isinstance(outcome, Overloaded) for outcome in outcomes) == 5
    assert not await passwords.verify("x", None)
