"""Failed log-ins in a row: five answers tell something, then the name is locked for longer."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from db.accounts import Accounts
from db.lockout import digest
from db.pool import Pool
from deployments.errors import AccountLocked, NotFound

FREE = 5
FIRST_SECONDS, LONGEST_SECONDS = 30.0, 900.0


@pytest.fixture
def pool(shared_pool: Pool) -> Pool:
    """Return the module's pool: each test has a user of its own."""
    return shared_pool


@pytest.fixture
async def eva(accounts: Accounts) -> str:
    """Enter somebody nobody else knows."""
    return (await accounts.create(f"eva-{uuid4().hex}", "hash", "enroller")).username


async def fail(accounts: Accounts, times: int, username: str) -> None:
    """Let as many log-ins fail, one after the other."""
    for _ in range(times):
        await accounts.settle(username, right=False)


async def counted(pool: Pool, username: str) -> int | None:
    """Return the failures in a row that are counted against a name."""
    query = "SELECT failures FROM failed_log_ins WHERE name_digest = $1"
    failures: int | None = await pool.fetchval(query, digest(username))
    return failures


@pytest.mark.parametrize("username", [None, "nobody", "half \ud800"])
async def test_after_five_failures_a_name_is_locked(
    accounts: Accounts, eva: str, username: str | None
) -> None:
    """Whether anybody has it (None: Eva's) or not, and for thirty seconds at first."""
    name = username or eva
    await fail(accounts, FREE, name)
    with pytest.raises(AccountLocked) as locked:
        await accounts.settle(name, right=False)
    assert FIRST_SECONDS - 5 < locked.value.retry_after <= FIRST_SECONDS


async def test_a_locked_name_has_no_credentials_to_hash(accounts: Accounts, eva: str) -> None:
    """It is refused where the hash would be looked up; every other name is not."""
    bob = await accounts.create(f"not-{eva}", "hash", "auditor")
    await fail(accounts, FREE, eva)
    with pytest.raises(AccountLocked):
        await accounts.credentials(eva)
    assert await accounts.credentials(bob.username) == (bob, "hash")


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(6, 60.0), (7, 120.0), (9, 480.0), (10, LONGEST_SECONDS), (100_000, LONGEST_SECONDS)],
)
async def test_each_further_failure_doubles_the_lock(
    accounts: Accounts, pool: Pool, failures: int, seconds: float, eva: str
) -> None:
    """When a lock is over one more answer is given, at the price of a longer one, up to a bound."""
    await fail(accounts, FREE, eva)
    over = (
        "UPDATE failed_log_ins SET failures = $1, locked_until = now() - interval '1 second'"
        " WHERE name_digest = $2"
    )
    await pool.execute(over, failures - 1, digest(eva))
    await accounts.settle(eva, right=False)
    with pytest.raises(AccountLocked) as locked:
        await accounts.credentials(eva)
    assert seconds - 5 < locked.value.retry_after <= seconds


async def test_a_success_forgets(accounts: Accounts, pool: Pool, eva: str) -> None:
    """Only failures in a row count."""
    await fail(accounts, FREE - 1, eva)
    await accounts.settle(eva, right=True)
    assert await counted(pool, eva) is None


async def test_of_many_guesses_at_once_five_are_answered(
    accounts: Accounts, pool: Pool, eva: str
) -> None:
    """All were let in before the first failed; the rest learn of the lock and of nothing else."""
    guesses = (accounts.settle(eva, right=False) for _ in range(50))
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert outcomes.count(None) == FREE
    assert sum(isinstance(each, AccountLocked) for each in outcomes) == 50 - FREE
    assert await counted(pool, eva) == FREE


async def test_a_right_password_among_many_guesses_is_not_told(
    accounts: Accounts, pool: Pool, eva: str
) -> None:
    """Hashed while the others failed, it is refused like them, and forgets nothing."""
    await fail(accounts, FREE, eva)
    with pytest.raises(AccountLocked):
        await accounts.settle(eva, right=True)
    assert await counted(pool, eva) == FREE


async def test_a_right_password_waits_for_a_failure_on_its_way(
    accounts: Accounts, pool: Pool, eva: str
) -> None:
    """Where the failure that locks is being written, the success sees the lock."""
    await fail(accounts, FREE - 1, eva)
    async with pool.acquire() as other, other.transaction():
        await other.execute(
            "UPDATE failed_log_ins SET locked_until = now() + interval '1 minute'"
            " WHERE name_digest = $1",
            digest(eva),
        )
        success = asyncio.create_task(accounts.settle(eva, right=True))
        await _waiting(pool)
    with pytest.raises(AccountLocked):
        await success
    assert await counted(pool, eva) == FREE - 1


async def _waiting(pool: Pool) -> None:
    """Return once a statement waits for somebody's lock."""
    ungranted = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while not await pool.fetchval(ungranted):  # noqa: ASYNC110  the server tells nobody
        await asyncio.sleep(0)


@pytest.mark.parametrize("before", [0, FREE - 1])
async def test_simultaneous_right_log_ins_all_succeed(
    accounts: Accounts, pool: Pool, before: int, eva: str
) -> None:
    """Fifty machines that share an account do not lock each other out."""
    await fail(accounts, before, eva)
    await asyncio.gather(*(accounts.settle(eva, right=True) for _ in range(50)))
    assert await counted(pool, eva) is None


@pytest.mark.parametrize(
    "free",
    [
        lambda accounts, name: accounts.unlock(name),
        lambda accounts, name: accounts.change(name, {"password_hash": "new"}),
    ],
    ids=["unlocked", "new password"],
)
async def test_an_administrator_unlocks(
    accounts: Accounts, free: Callable[[Accounts, str], Awaitable[object]], eva: str
) -> None:
    """By saying so, or by a new password."""
    await fail(accounts, FREE, eva)
    await free(accounts, eva)
    assert await accounts.credentials(eva) is not None


async def test_other_changes_unlock_nothing(accounts: Accounts, eva: str) -> None:
    """A new role is no new password."""
    await fail(accounts, FREE, eva)
    await accounts.change(eva, {"role": "auditor"})
    with pytest.raises(AccountLocked):
        await accounts.credentials(eva)


async def test_nobody_is_unlocked_where_nobody_is(accounts: Accounts) -> None:
    """A name mistyped is told."""
    with pytest.raises(NotFound):
        await accounts.unlock("eve")


async def test_what_was_typed_as_a_name_is_not_kept(accounts: Accounts, pool: Pool) -> None:
    """People type passwords into that field."""
    await fail(accounts, 1, "correct horse battery staple")
    rows = await pool.fetch("SELECT name_digest FROM failed_log_ins")
    assert digest("correct horse battery staple") in {row["name_digest"] for row in rows}
    assert {len(row["name_digest"]) for row in rows} == {32}


async def test_failures_are_forgotten_after_a_day(accounts: Accounts, pool: Pool, eva: str) -> None:
    """Invented names fill no table: the next failure clears what is older, and counts anew."""
    for name in ("invented", eva):
        await fail(accounts, 2, name)
    await pool.execute("UPDATE failed_log_ins SET failed_at = now() - interval '25 hours'")
    await fail(accounts, 1, eva)
    assert (await counted(pool, eva), await counted(pool, "invented")) == (1, None)
