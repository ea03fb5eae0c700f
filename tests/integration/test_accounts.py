"""Accounts and refresh tokens: one administrator always stays, and a token is good once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from db.accounts import Accounts
from db.pool import Pool
from deployments.errors import (
    AlreadyExists,
    Forbidden,
    InvalidCredentials,
    InvalidRequest,
    NotFound,
)

LATER = datetime.now(UTC) + timedelta(hours=1)
EARLIER = datetime.now(UTC) - timedelta(seconds=1)


async def logged_in(accounts: Accounts, username: str = "eva") -> bytes:
    """Create a user with one live refresh token, and return its hash."""
    await accounts.create(username, "hash", "enroller", ("default",))
    await accounts.begin_session(b"first", uuid4(), username, "hash", LATER)
    return b"first"


async def test_the_first_administrator_is_created_once(accounts: Accounts) -> None:
    """A second start keeps whatever password it has by then."""
    assert await accounts.ensure_admin("admin", "first")
    assert not await accounts.ensure_admin("admin", "second")
    assert await accounts.credentials("admin") == (await accounts.account("admin"), "first")


@pytest.mark.parametrize("name", ["admin", "ada"])
async def test_a_deleted_administrator_does_not_come_back(accounts: Accounts, name: str) -> None:
    """Where anybody has an account, whatever it is called, no start creates another."""
    await accounts.create(name, "hash", "admin", ("*",))
    assert not await accounts.ensure_admin("admin", "first")
    assert [each.username for each in (await accounts.accounts(None, 10)).items] == [name]


async def test_of_two_first_starts_one_creates_the_administrator(accounts: Accounts) -> None:
    """The other finds an account there, and is no error."""
    created = await asyncio.gather(*(accounts.ensure_admin("admin", "hash") for _ in range(4)))
    assert sorted(created) == [False, False, False, True]


async def test_what_was_created_is_what_is_read(accounts: Accounts) -> None:
    """Every field comes back, and the name is taken from then on."""
    eva = await accounts.create("eva", "hash", "enroller", ("a", "*"), ("scores",), True)
    assert eva == await accounts.account("eva")
    assert (eva.role, eva.collections, eva.scopes, eva.disabled) == (
        "enroller",
        ("a", "*"),
        ("scores",),
        True,
    )
    with pytest.raises(AlreadyExists):
        await accounts.create("eva", "hash", "auditor")


async def test_a_stranger_has_no_credentials(accounts: Accounts) -> None:
    """None, so that a log-in can take as long as for a friend."""
    assert await accounts.credentials("nobody") is None


async def test_a_list_goes_on_where_its_page_ended(accounts: Accounts) -> None:
    """Accounts come in the order of their names."""
    for name in ("b", "a", "c"):
        await accounts.create(name, "hash", "auditor")
    first = await accounts.accounts(None, 2)
    second = await accounts.accounts(first.after, 2)
    assert [item.username for item in first.items + second.items] == ["a", "b", "c"]
    assert second.after is None


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "auditor"},
        {"collections": ()},
        {"scopes": ("scores",)},
        {"disabled": True},
        {"must_change_password": True},
        {},
    ],
)
async def test_a_change_changes_what_it_names(
    accounts: Accounts, changes: Mapping[str, Any]
) -> None:
    """The other fields stay."""
    before = await accounts.create("eva", "hash", "enroller", ("default",))
    after = await accounts.change("eva", changes)
    kept = replace(after, updated_at=before.updated_at, generation=before.generation)
    assert kept == replace(before, **changes)


async def test_a_name_cannot_be_changed(accounts: Accounts) -> None:
    """It is what the log of the past knows the user by."""
    await accounts.create("eva", "hash", "enroller")
    with pytest.raises(InvalidRequest, match="username"):
        await accounts.change("eva", {"username": "eve"})


@pytest.mark.parametrize(
    "remove",
    [
        lambda accounts, name: accounts.delete(name),
        lambda accounts, name: accounts.change(name, {"disabled": True}),
        lambda accounts, name: accounts.change(name, {"role": "auditor"}),
    ],
    ids=["deleted", "disabled", "demoted"],
)
async def test_the_last_administrator_stays(
    accounts: Accounts, remove: Callable[[Accounts, str], Awaitable[object]]
) -> None:
    """Of two who remove each other at the same moment one is refused; a disabled one is no help."""
    await accounts.create("ada", "hash", "admin")
    await accounts.create("bob", "hash", "admin")
    await accounts.create("off", "hash", "admin", disabled=True)
    outcomes = await asyncio.gather(
        remove(accounts, "ada"), remove(accounts, "bob"), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [Forbidden]


async def test_the_last_administrator_may_still_change(accounts: Accounts) -> None:
    """A new password, or another scope, leaves the role alone."""
    await accounts.ensure_admin("admin", "first")
    await accounts.change("admin", {"password_hash": "second"})
    assert await accounts.credentials("admin") == (await accounts.account("admin"), "second")


async def test_a_deleted_user_is_gone_with_all_tokens(accounts: Accounts, pool: Pool) -> None:
    """Nothing of them is left in any table."""
    await logged_in(accounts)
    await accounts.delete("eva")
    left = await pool.fetchval(
        "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM refresh_families)"
        " + (SELECT count(*) FROM refresh_tokens)"
    )
    assert left == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda accounts: accounts.account("nobody"),
        lambda accounts: accounts.change("nobody", {}),
        lambda accounts: accounts.delete("nobody"),
    ],
    ids=["read", "changed", "deleted"],
)
async def test_nobody_is_found_where_nobody_is(
    accounts: Accounts, call: Callable[[Accounts], Awaitable[object]]
) -> None:
    """A name without an account is not found."""
    with pytest.raises(NotFound):
        await call(accounts)


async def test_a_token_is_spent_once_even_in_a_race(accounts: Accounts) -> None:
    """One of many who present it at the same moment gets the account."""
    token = await logged_in(accounts)
    outcomes = await asyncio.gather(
        *(accounts.rotate_refresh(token, b"next%d" % number, LATER) for number in range(4)),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [InvalidCredentials] * 3


async def test_a_successor_is_good_once_as_well(accounts: Accounts) -> None:
    """Each rotation tells whose the token is, and its successor takes its place."""
    token = await logged_in(accounts)
    eva = await accounts.account("eva")
    first, family = await accounts.rotate_refresh(token, b"second", LATER)
    assert (first, family) == (eva, (await accounts.rotate_refresh(b"second", b"third", LATER))[1])


async def test_a_rotation_that_fails_half_way_spends_nothing(accounts: Accounts) -> None:
    """Where the successor cannot be kept the token stays good, so that a retry is no theft."""
    token = await logged_in(accounts)
    with pytest.raises(asyncpg.UniqueViolationError):
        await accounts.rotate_refresh(token, token, LATER)
    assert (await accounts.rotate_refresh(token, b"second", LATER))[0].username == "eva"


@pytest.mark.parametrize("successor", [b"before", b"after", b"thief"])
async def test_a_token_used_again_ends_the_whole_log_in(
    accounts: Accounts, successor: bytes
) -> None:
    """Its successors die with it, even one stored after the theft was noticed."""
    family = uuid4()
    await accounts.create("eva", "hash", "enroller")
    await accounts.begin_session(b"first", family, "eva", "hash", LATER)
    await accounts.rotate_refresh(b"first", b"before", LATER)
    with pytest.raises(InvalidCredentials):
        await accounts.rotate_refresh(b"first", b"thief", LATER)
    await accounts.begin_session(b"after", family, "eva", "hash", LATER)
    with pytest.raises(InvalidCredentials):
        await accounts.rotate_refresh(successor, b"next", LATER)


@pytest.mark.parametrize(
    "end",
    [
        lambda accounts: accounts.revoke_family(b"first"),
        lambda accounts: accounts.change("eva", {"disabled": True}),
        lambda accounts: accounts.change("eva", {"password_hash": "new"}),
    ],
    ids=["logged out", "disabled", "new password"],
)
async def test_a_log_in_ends(
    accounts: Accounts, end: Callable[[Accounts], Awaitable[object]]
) -> None:
    """By logging out, by being disabled and by a new password."""
    token = await logged_in(accounts)
    await end(accounts)
    with pytest.raises(InvalidCredentials):
        await accounts.rotate_refresh(token, b"next", LATER)


@pytest.mark.parametrize(("known", "stored"), [("hash", "renewed"), ("older", "hash")])
async def test_a_hash_is_renewed_in_place(accounts: Accounts, known: str, stored: str) -> None:
    """It takes the place of the one it was made from, and no other, and ends no log-in."""
    token = await logged_in(accounts)
    await accounts.renew_hash("eva", known, "renewed")
    eva, _ = await accounts.rotate_refresh(token, b"next", LATER)
    assert await accounts.credentials("eva") == (eva, stored)


async def test_a_change_of_grants_ends_no_log_in(accounts: Accounts) -> None:
    """The next token simply says what is granted by then."""
    token = await logged_in(accounts)
    await accounts.change("eva", {"collections": ("site",)})
    account, _ = await accounts.rotate_refresh(token, b"next", LATER)
    assert account.collections == ("site",)


@pytest.mark.parametrize("token", [b"over", b"unknown"])
async def test_a_token_that_is_over_or_unknown_is_refused(accounts: Accounts, token: bytes) -> None:
    """Both alike."""
    await accounts.create("eva", "hash", "enroller")
    await accounts.begin_session(b"over", uuid4(), "eva", "hash", EARLIER)
    with pytest.raises(InvalidCredentials):
        await accounts.rotate_refresh(token, b"next", LATER)


async def test_revoking_what_nobody_knows_is_no_error(accounts: Accounts) -> None:
    """Logging out twice is logging out, and nobody else is logged out by it."""
    token = await logged_in(accounts)
    await accounts.revoke_family(b"unknown")
    account, _ = await accounts.rotate_refresh(token, b"next", LATER)
    assert account.username == "eva"


async def test_what_is_over_is_forgotten_at_the_next_log_in(accounts: Accounts, pool: Pool) -> None:
    """The table does not grow with the years."""
    await accounts.create("eva", "hash", "enroller")
    await accounts.begin_session(b"over", uuid4(), "eva", "hash", EARLIER)
    await accounts.begin_session(b"live", uuid4(), "eva", "hash", LATER)
    assert await pool.fetchval("SELECT array_agg(token_hash) FROM refresh_tokens") == [b"live"]


async def test_the_database_is_pinged(accounts: Accounts) -> None:
    """Readiness rests on it."""
    await accounts.ping()


@pytest.mark.parametrize(
    "changes", [{"password_hash": "new"}, {"disabled": True}], ids=["new password", "disabled"]
)
async def test_a_log_in_that_was_right_too_late(
    accounts: Accounts, changes: Mapping[str, Any]
) -> None:
    """Checked against a password that was changed meanwhile, it begins no session."""
    await accounts.create("eva", "hash", "enroller")
    await accounts.change("eva", changes)

    assert not await accounts.begin_session(b"first", uuid4(), "eva", "hash", LATER)
    assert not await accounts.begin_session(b"second", uuid4(), "nobody", "hash", LATER)
    with pytest.raises(InvalidCredentials):
        await accounts.rotate_refresh(b"first", b"next", LATER)


async def test_a_log_in_beside_a_new_password(accounts: Accounts, pool: Pool) -> None:
    """Whichever comes first, no session of the old password outlives the change."""
    await accounts.create("eva", "hash", "enroller")
    begun = [
        accounts.begin_session(b"%d" % each, uuid4(), "eva", "hash", LATER) for each in range(6)
    ]
    await asyncio.gather(*begun, accounts.change("eva", {"password_hash": "new"}))
    left = "SELECT count(*) FROM refresh_families WHERE NOT revoked"

    assert await pool.fetchval(left) == 0


async def test_a_password_set_over_another_change(accounts: Accounts) -> None:
    """Who proved an old password does not overwrite the one that was set meanwhile."""
    await accounts.create("eva", "hash", "enroller")
    await accounts.change("eva", {"password_hash": "reset"})
    with pytest.raises(InvalidCredentials):
        await accounts.change("eva", {"password_hash": "mine"}, "hash")

    assert (await accounts.credentials("eva") or (None, ""))[1] == "reset"
