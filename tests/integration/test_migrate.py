"""Migrations: once, whole, by whoever comes first, and refused where they cannot work."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from db import catalogue
from db.gallery import Gallery
from db.migrate import UnsuitableDatabase, migrate
from db.pool import Pool, open_pool, transaction
from tests.conftest import AMBIGUITY_MARGIN, address_of, administer
from tests.integration.people import MODEL, person, search, strangers

HEAD = "0006"


async def ask(address: str, query: str) -> object:
    """Ask one question over a connection of its own."""
    connection = await asyncpg.connect(address)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@pytest.fixture
async def bare_database(database_server: str) -> AsyncIterator[str]:
    """Yield the name of a database without the extension, which its owner may not create."""
    name = f"bare_{uuid4().hex}"
    await administer(database_server, f"CREATE DATABASE {name} TEMPLATE template0")
    yield name
    await administer(database_server, f"DROP DATABASE {name}")


async def test_replicas_that_start_together_migrate_once(empty_database_url: str) -> None:
    """All of them return, and the schema is there once."""
    await asyncio.gather(*(migrate(empty_database_url) for _ in range(3)))
    versions = await ask(
        empty_database_url, "SELECT array_agg(version_num) FROM facegraph.alembic_version"
    )
    assert versions == [HEAD]


async def test_a_migrated_database_is_left_as_it_is(database_url: str, gallery: Gallery) -> None:
    """Migrating again changes nothing that is stored."""
    before = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    await migrate(database_url)
    assert await gallery.identity("default", before.id) == before


async def test_default_comes_back_at_the_next_start(database_url: str, gallery: Gallery) -> None:
    """Deleted it is gone, and the next migration makes it anew, bound to nothing."""
    await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    await gallery.delete_collection("default", force=True)
    await migrate(database_url)
    collection = await gallery.collection("default")
    assert (collection.model, collection.identities) == (None, 0)


async def test_everything_lies_in_one_schema(database_url: str) -> None:
    """Somebody else's tables beside ours are never in the way."""
    schemas = await ask(
        database_url,
        "SELECT array_agg(DISTINCT nspname) FROM pg_class"
        " JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'",
    )
    assert schemas == ["facegraph"]


async def test_a_schema_of_a_newer_version_is_refused(database_url: str) -> None:
    """Going back a version must not damage what the newer one wrote."""
    await administer(database_url, "UPDATE facegraph.alembic_version SET version_num = '9999'")
    with pytest.raises(UnsuitableDatabase, match="revision 9999"):
        await migrate(database_url)


async def test_an_extension_nobody_may_create_is_asked_for(
    database_server: str, bare_database: str
) -> None:
    """The message says which statement a superuser has to run."""
    with pytest.raises(UnsuitableDatabase, match="CREATE EXTENSION vector"):
        await migrate(address_of(database_server, bare_database))


async def test_an_extension_too_old_is_refused(
    database_server: str, empty_database_url: str
) -> None:
    """Filtered searches rest on what pgvector 0.8 brought."""
    name = empty_database_url.partition("?")[0].rpartition("/")[2]
    await administer(
        address_of(database_server, name, "postgres"),
        "UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'",
    )
    with pytest.raises(UnsuitableDatabase, match=r"0\.7\.4"):
        await migrate(empty_database_url)


async def test_the_extension_is_created_where_that_is_allowed(
    database_server: str, bare_database: str
) -> None:
    """A user with the right needs nobody's help."""
    superuser = address_of(database_server, bare_database, "postgres")
    await migrate(superuser)
    assert await ask(superuser, "SELECT extname FROM pg_extension WHERE extname = 'vector'")


async def test_the_extension_may_lie_in_any_schema(
    database_server: str, bare_database: str
) -> None:
    """Hosted servers keep extensions apart: enrolling and searching work there as well."""
    superuser = address_of(database_server, bare_database, "postgres")
    await administer(superuser, "CREATE SCHEMA extensions")
    await administer(superuser, "CREATE EXTENSION vector SCHEMA extensions")
    await administer(superuser, "GRANT USAGE ON SCHEMA extensions TO public")
    address = address_of(database_server, bare_database)
    await migrate(address)
    ada = strangers(1)
    async with open_pool(address, max_size=1) as pool:
        gallery = Gallery(pool, AMBIGUITY_MARGIN)
        await gallery.enrol("default", person("ada", *ada), MODEL)
        assert (await gallery.search(search(*ada))).verdicts[0].decision == "match"


async def back_to_before_signs(pool: Pool) -> None:
    """Undo the revision, as a database of the version before looks."""
    await pool.execute(
        "DROP TABLE signs_1; DROP FUNCTION write_signs, sign_bound, add_signs CASCADE;"
        " UPDATE alembic_version SET version_num = '0005'"
    )


async def test_collections_of_before_are_searched_by_signs(database_url: str, pool: Pool) -> None:
    """What was enrolled before there were signs has them after the upgrade."""
    gallery = Gallery(pool, AMBIGUITY_MARGIN)
    vectors = strangers(3)
    await gallery.enrol("default", person("ada", *vectors), MODEL)
    await back_to_before_signs(pool)
    await migrate(database_url)
    await gallery.enrol("default", person("bob", *strangers(1, seed=7)), MODEL)
    signed = await pool.fetch("SELECT signs::text FROM signs_1 ORDER BY face_id")
    kept = await pool.fetch("SELECT vector FROM templates_1 ORDER BY face_id")
    assert [row["signs"] for row in signed] == [
        "".join("1" if value > 0 else "0" for value in row["vector"].to_list()) for row in kept
    ]


async def test_an_upgrade_waits_for_who_is_writing(database_url: str, pool: Pool) -> None:
    """Neither is a deadlock's victim, and what was written has its signs."""
    gallery = Gallery(pool, AMBIGUITY_MARGIN)
    ada = await gallery.enrol("default", person("ada", *strangers(1)), MODEL)
    await back_to_before_signs(pool)
    async with transaction(pool) as writing:
        collection = await catalogue.lock(writing, "default")
        await writing.execute(
            "INSERT INTO templates_1 SELECT identity_id, $1, vector FROM templates_1", ada.id
        )
        upgrade = asyncio.create_task(migrate(database_url))
        ungranted = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not await pool.fetchval(ungranted):  # noqa: ASYNC110  the server tells nobody
            await asyncio.sleep(0)
        await catalogue.count(writing, collection, faces=1)
    await upgrade
    assert await pool.fetchval("SELECT count(*) FROM signs_1") == 2
