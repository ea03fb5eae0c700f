"""Revocations and service keys: what ends, whoever ends it, is told to every replica."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from db.access import Access
from db.accounts import Accounts
from db.gallery import Gallery
from db.pool import Pool
from deployments.errors import InvalidCredentials, NotFound, TokenExpired
from deployments.messages.accounts import NewServiceKey
from deployments.web.callers import Callers
from deployments.web.standing import Standing
from deployments.web.tokens import Tokens

LATER = datetime.now(UTC) + timedelta(hours=1)
EVERYTHING = 0
KEY = NewServiceKey("k1", b"hash", "door 7", "verifier", ("default",), ("scores",), LATER)

End = Callable[[Accounts, Pool], Awaitable[object]]


@pytest.fixture
def access(pool: Pool) -> Access:
    """Return the access records of the test's database."""
    return Access(pool)


async def by_hand(pool: Pool, statement: str) -> None:
    """Do what an operator with psql might do."""
    await pool.execute(statement)


ENDS: dict[str, End] = {
    "disabled": lambda accounts, _: accounts.change("eva", {"disabled": True}),
    "password": lambda accounts, _: accounts.change("eva", {"password_hash": "new"}),
    "role": lambda accounts, _: accounts.change("eva", {"role": "auditor"}),
    "grants": lambda accounts, _: accounts.change("eva", {"collections": ("site",)}),
    "scopes": lambda accounts, _: accounts.change("eva", {"scopes": ("scores",)}),
    "deleted": lambda accounts, _: accounts.delete("eva"),
    "by hand": lambda _, pool: by_hand(pool, "UPDATE users SET role = 'auditor'"),
    "deleted by hand": lambda _, pool: by_hand(pool, "DELETE FROM users"),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_a_change_ends_what_was_given_out_before(
    accounts: Accounts, access: Access, pool: Pool, end: End
) -> None:
    """Whatever an access token says of its account, a change of it ends the token."""
    eva = await accounts.create("eva", "hash", "enroller", ("default",))
    bob = await accounts.create("bob", "hash", "enroller")
    await end(accounts, pool)
    told = (await access.changes(EVERYTHING)).generations

    assert told["account:eva"] > eva.generation
    assert told.get("account:bob", 0) == 0 or told["account:bob"] > bob.generation


async def test_a_change_that_changes_nothing_ends_nothing(
    accounts: Accounts, access: Access
) -> None:
    """Neither naming what is so already nor hashing the same password anew logs anybody out."""
    await accounts.create("eva", "hash", "enroller", ("default",))
    await accounts.change("eva", {"role": "enroller"})
    await accounts.renew_hash("eva", "hash", "renewed")

    assert (await access.changes(EVERYTHING)).generations == {}


async def test_a_new_account_of_an_old_name(accounts: Accounts, access: Access) -> None:
    """What the old one held stays over, and what the new one is given is good."""
    old = await accounts.create("eva", "hash", "enroller")
    await accounts.delete("eva")
    new = await accounts.create("eva", "hash", "enroller")
    ended = (await access.changes(EVERYTHING)).generations["account:eva"]

    assert old.generation < ended < new.generation


async def test_a_changed_account_gets_tokens_again(accounts: Accounts, access: Access) -> None:
    """The next token is of the generation that counts now."""
    await accounts.create("eva", "hash", "enroller")
    changed = await accounts.change("eva", {"role": "auditor"})

    assert (await access.changes(EVERYTHING)).generations["account:eva"] == changed.generation


async def test_a_log_in_that_ends_is_told(accounts: Accounts, access: Access) -> None:
    """Logging out, and a refresh token used twice, end the access tokens of that log-in alone."""
    await accounts.create("eva", "hash", "enroller")
    families = [uuid4() for _ in range(3)]
    for number, family in enumerate(families):
        await accounts.begin_session(b"token %d" % number, family, "eva", "hash", LATER)
    await accounts.revoke_family(b"token 0")
    await accounts.rotate_refresh(b"token 1", b"next", LATER)
    with pytest.raises(InvalidCredentials):
        await accounts.rotate_refresh(b"token 1", b"again", LATER)
    told = (await access.changes(EVERYTHING)).generations

    assert set(told) == {f"session:{family}" for family in families[:2]}


async def test_a_deleted_collection_ends_the_tokens_that_name_it(
    accounts: Accounts, access: Access, gallery: Gallery
) -> None:
    """Neither accounts nor keys keep a grant to it, so that a later one of its id is not seen."""
    eva = await accounts.create("eva", "hash", "enroller", ("default",))
    await access.create_key(KEY)
    await gallery.delete_collection("default", force=False)
    told = await access.changes(EVERYTHING)

    assert told.generations["account:eva"] > eva.generation
    assert [key.collections for key in told.keys] == [()]


async def test_old_revocations_are_forgotten(
    accounts: Accounts, access: Access, pool: Pool
) -> None:
    """Once no access token can be that old the row goes."""
    await accounts.create("eva", "hash", "enroller")
    await accounts.create("bob", "hash", "enroller")
    await accounts.delete("eva")
    await pool.execute("UPDATE revocations SET revoked_at = now() - interval '3 days'")
    await accounts.delete("bob")

    assert set((await access.changes(EVERYTHING)).generations) == {"account:bob"}


async def test_a_slow_transaction_is_not_missed(
    accounts: Accounts, access: Access, pool: Pool
) -> None:
    """What was under way at one reading is told by the next one after it, however late that is."""
    await accounts.create("eva", "hash", "enroller")
    async with pool.acquire() as slow:
        async with slow.transaction():
            await slow.execute("UPDATE users SET role = 'auditor'")
            first = await access.changes(EVERYTHING)
            await accounts.create("bob", "hash", "enroller")
            second = await access.changes(first.watermark)
        third = await access.changes(second.watermark)
        fourth = await access.changes(third.watermark)

    assert (first.generations, second.generations) == ({}, {})
    assert set(third.generations) == {"account:eva"}
    assert fourth.generations == {}


async def test_the_story_of_a_key(access: Access) -> None:
    """Made, told, revoked, told again; a second revocation changes nothing."""
    made = await access.create_key(KEY)
    revoked = await access.revoke_key("k1")
    again = await access.revoke_key("k1")

    assert (made.name, made.role, made.expires_at) == ("door 7", "verifier", LATER)
    assert made.revoked_at is None
    assert revoked.revoked_at == again.revoked_at is not None
    assert (await access.changes(EVERYTHING)).keys == await access.keys() == (again,)
    with pytest.raises(NotFound):
        await access.revoke_key("k2")


async def test_from_the_database_to_the_door(accounts: Accounts, access: Access) -> None:
    """A replica that learns of the change takes the token no more."""
    eva = await accounts.create("eva", "hash", "enroller", ("default",))
    tokens = Tokens(["a key of this test, long enough for it"], 900)
    callers = Callers(tokens, Standing(access))
    principal = await callers.principal(tokens.issue(eva, UUID(int=1)))
    await accounts.change("eva", {"disabled": True})

    assert principal.username == "eva"
    with pytest.raises(TokenExpired):
        await Callers(tokens, Standing(access)).principal(tokens.issue(eva, UUID(int=1)))
