"""Text that means something to a database is text to ours, wherever it is stored or asked for."""

from uuid import uuid4

import pytest

from db.accounts import Accounts
from db.gallery import Gallery
from db.pool import Pool
from deployments.errors import NotFound
from deployments.messages.gallery import NewCollection
from tests.integration.people import MODEL, person, search, strangers

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'facegraph'"
HOSTILE = [
    "'; DROP TABLE facegraph.users; -- ' OR '1'='1",
    '"; DROP TABLE facegraph.identities; --',
    "\\'; SELECT pg_sleep(9); --",
    "$1 $2 $$ ; DROP SCHEMA facegraph CASCADE; $$",
    "%s %(name)s {number} {number:d} {0} {connection.__class__}",
    "\u2019; DROP TABLE users; \u02bc\uff07 {admin,verifier} {*}",
    "*) UNION SELECT password_hash FROM users -- \\x00\x1b[31m\r\n\u202e",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_people(gallery: Gallery, pool: Pool, text: str) -> None:
    """A person is stored, found by search, read, listed and changed with such text as data."""
    tables = await pool.fetchval(TABLES)
    (vector,) = strangers(1)
    await gallery.create_collection(NewCollection(text, text, text, {text: [text]}), MODEL)
    enrolled = await gallery.enrol(text, person(text, vector), MODEL)
    changes = {"display_name": text, "metadata": {text: text}}
    changed = await gallery.change_identity(text, enrolled.id, changes)
    found = await gallery.search(search(vector, collection=text))

    assert (changed.display_name, changed.metadata) == (text, {text: text})
    assert (await gallery.identities(text, None, 10)).items == (changed,)
    assert found.verdicts[0].matches[0].external_id == text
    assert (await gallery.erase(text, enrolled.id)).absent
    assert await pool.fetchval(TABLES) == tables + 2  # Its templates, and their signs.


@pytest.mark.parametrize("text", HOSTILE)
async def test_accounts(accounts: Accounts, pool: Pool, text: str) -> None:
    """An account is known by such a name only, and grants of such a name let into nothing else."""
    tables = await pool.fetchval(TABLES)
    await accounts.create("admin", "hash", "admin", ("*",))
    made = await accounts.create(text, text, "verifier", (text,))

    assert await accounts.credentials(text) == (made, text)
    assert await accounts.credentials(text + "'") is None
    assert {each.username for each in (await accounts.accounts(None, 10)).items} == {"admin", text}
    await accounts.delete(text)
    assert await pool.fetchval(TABLES) == tables
    assert (await accounts.account("admin")).role == "admin"


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_of_that_name(gallery: Gallery, accounts: Accounts, text: str) -> None:
    """Such a name that nobody gave names nothing, and continues a list like any other."""
    with pytest.raises(NotFound):
        await gallery.collection(text)
    with pytest.raises(NotFound):
        await gallery.identity(text, uuid4())
    with pytest.raises(NotFound):
        await accounts.delete(text)
    assert [each.id for each in (await gallery.collections(None, 10, (text,))).items] == []
    assert (await accounts.accounts(text, 10)).items == ()
