"""`facegraph keys`: made once, shown once, stored as a hash."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from typer.testing import CliRunner

from cli.keys import app
from config.settings import settings
from deployments.web.service_keys import digest, id_of

run = CliRunner().invoke


@pytest.fixture
def address(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Point the commands at the database of this test, and yield its address."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    settings.cache_clear()
    yield database_url
    settings.cache_clear()


async def stored(address: str) -> list[bytes]:
    """Return what the database keeps of the keys."""
    connection = await asyncpg.connect(address)
    try:
        rows = await connection.fetch("SELECT secret_hash FROM facegraph.service_keys")
        return [row["secret_hash"] for row in rows]
    finally:
        await connection.close()


def test_the_story_of_a_key(address: str) -> None:
    """Made, listed, revoked, with words for a person; only its hash is anywhere."""
    create = ["create", "door 7", "--role", "verifier", "--collection", "lobby"]
    made = run(app, [*create, "--scope", "scores", "--expires-in-days", "90"])
    secret = made.output.strip()
    listed = run(app, ["list"]).output
    over = run(app, [*create, "--expires-in-days", "0.0000001"]).output.strip()
    revoked = run(app, ["revoke", id_of(secret)])
    after = run(app, ["list"]).output.splitlines()

    assert (made.exit_code, secret.startswith("fgk_")) == (0, True)
    assert listed.startswith(f"{id_of(secret)}  door 7  verifier  lobby  scores  until 20")
    assert secret not in listed
    assert revoked.output == f"Revoked {id_of(secret)}.\n"
    assert [line.rpartition("  ")[2] for line in after] == ["revoked", "expired"]
    assert sorted(asyncio.run(stored(address))) == sorted([digest(secret), digest(over)])


@pytest.mark.usefixtures("address")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create", "x", "--role", "emperor"], "role: Input should be"),
        (["create", "", "--role", "admin"], "name: String should have at least 1 character"),
        (["create", "x", "--role", "admin", "--expires-in-days", "0"], "expires_in_days"),
        (["create", "x", "--role", "verifier", "--collection", "../x"], "collections.0"),
        (["revoke", "unknown"], "There is no such key."),
    ],
)
def test_refused(arguments: list[str], told: str) -> None:
    """What HTTP would refuse for an account is refused for a key, in one sentence."""
    refused = run(app, arguments)

    assert refused.exit_code == 1
    assert refused.output.startswith("facegraph: ")
    assert told in refused.output
