"""`facegraph migrate` and `facegraph users`, on the built-in database and on one by address."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import typer
from typer.testing import CliRunner

from cli.migrate import migrate_command
from cli.users import app
from config.settings import settings
from db.accounts import Accounts
from db.embedded import embedded_server
from db.pool import open_pool
from deployments.errors import AccountLocked
from deployments.web.passwords import verify_password

PASSWORD = "correct horse battery"

Story: TypeAlias = Callable[[Accounts], Awaitable[Any]]


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """Read the environment of each test anew."""
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(params=["embedded", "by DATABASE_URL"])
def environment(
    request: pytest.FixtureRequest, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Point the commands at a database of one kind and then of the other."""
    monkeypatch.setenv("FACEGRAPH_DATA_DIR", str(data_dir))
    monkeypatch.setenv("FACEGRAPH_BCRYPT_ROUNDS", "4")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if request.param == "embedded":
        yield
        return
    with embedded_server(data_dir / "elsewhere") as address:
        monkeypatch.setenv("DATABASE_URL", address)
        yield


@pytest.mark.usefixtures("environment")
def test_the_story_of_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Created, listed, refused a second time, disabled: with words for a person throughout."""
    monkeypatch.setenv("FACEGRAPH_NEW_PASSWORD", PASSWORD)
    run = CliRunner().invoke
    create = ["create", "eva", "--role", "enroller", "--collection", "default", "--scope", "scores"]
    assert run(app, create).output == "Created eva.\n"
    taken = run(app, create)
    assert (taken.exit_code, taken.output) == (1, "facegraph: The user name is taken.\n")
    assert run(app, ["create", "root", "--role", "admin", "--collection", "*"]).exit_code == 0
    assert run(app, ["disable", "eva"]).output == "Disabled eva.\n"
    assert run(app, ["list"]).output == (
        "eva  enroller  default  scores  disabled\nroot  admin  *  -\n"
    )
    assert "last administrator" in run(app, ["disable", "root"]).output


def outcome(*arguments: str) -> str:
    """Return what a command said."""
    return CliRunner().invoke(app, list(arguments)).output


@pytest.fixture
def eva(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Story], Any]:
    """Create Eva by command, and return what asks the database about her beside the commands."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FACEGRAPH_BCRYPT_ROUNDS", "4")
    monkeypatch.setenv("FACEGRAPH_NEW_PASSWORD", PASSWORD)
    outcome("create", "eva", "--role", "enroller", "--collection", "default", "--scope", "scores")

    async def ask(story: Story) -> Any:
        async with open_pool(database_url, max_size=1) as pool:
            return await story(Accounts(pool))

    return lambda story: asyncio.run(ask(story))


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (["--role", "auditor"], {"role": "auditor"}),
        (["--collection", "a", "--collection", "b"], {"collections": ["a", "b"]}),
        (["--no-collections", "--no-scopes"], {"collections": [], "scopes": []}),
        (["--scope", "embeddings"], {"scopes": ["embeddings"]}),
        (["--must-change-password"], {"must_change_password": True}),
        ([], {}),
    ],
)
@pytest.mark.usefixtures("eva")
def test_a_change_changes_what_it_names(options: list[str], changed: dict[str, Any]) -> None:
    """What is shown before and after differs in nothing else."""
    before = json.loads(outcome("show", "eva"))
    assert outcome("change", "eva", *options) == "Changed eva.\n"
    after = json.loads(outcome("show", "eva"))
    assert after == before | changed | {"updated_at": after["updated_at"]}


@pytest.mark.usefixtures("eva")
def test_a_mark_is_listed() -> None:
    """Whoever lists accounts sees who has yet to change a password."""
    outcome("change", "eva", "--must-change-password")
    assert outcome("list") == "eva  enroller  default  scores  must change password\n"


@pytest.mark.usefixtures("eva")
@pytest.mark.parametrize("verb", ["show", "change", "unlock", "delete"])
def test_nobody_is_told(verb: str) -> None:
    """A name without an account is refused by every verb, in one sentence."""
    assert outcome(verb, "eve") == "facegraph: There is no such user.\n"


@pytest.mark.parametrize("verb", ["unlock", "password"])
def test_a_locked_account_is_freed(eva: Callable[[Story], Any], verb: str) -> None:
    """By being unlocked, and by a new password."""

    async def guess(accounts: Accounts) -> None:
        for _ in range(5):
            await accounts.settle("eva", right=False)

    eva(guess)
    with pytest.raises(AccountLocked):
        eva(lambda accounts: accounts.credentials("eva"))
    assert "eva" in outcome(verb, "eva")
    assert eva(lambda accounts: accounts.credentials("eva")) is not None


def test_a_new_password_is_the_password(
    eva: Callable[[Story], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never shown, and the old one is no longer good."""
    monkeypatch.setenv("FACEGRAPH_NEW_PASSWORD", "another one")
    assert outcome("password", "eva") == "Changed the password of eva.\n"
    _, stored = eva(lambda accounts: accounts.credentials("eva"))
    assert (verify_password("another one", stored), verify_password(PASSWORD, stored)) == (
        True,
        False,
    )


@pytest.mark.usefixtures("eva")
def test_an_account_is_disabled_and_enabled_and_deleted() -> None:
    """Each verb says what it did."""
    assert outcome("disable", "eva") == "Disabled eva.\n"
    assert outcome("enable", "eva") == "Enabled eva.\n"
    assert outcome("list") == "eva  enroller  default  scores\n"
    assert outcome("delete", "eva") == "Deleted eva.\n"
    assert outcome("list") == ""


@pytest.mark.usefixtures("eva")
@pytest.mark.parametrize("verb", [["delete"], ["disable"], ["change", "--role", "auditor"]])
def test_the_last_administrator_stays(verb: list[str]) -> None:
    """As over HTTP."""
    outcome("change", "eva", "--role", "admin")
    assert "last administrator" in outcome(*verb, "eva")


@pytest.mark.usefixtures("environment")
def test_migrating_twice_is_migrating_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The command may be run whenever somebody is unsure."""
    migrate_command()
    migrate_command()
    assert capsys.readouterr().out == "The schema is up to date.\n" * 2


def test_a_list_longer_than_a_page_is_listed_whole(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left out for the size of a page."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr("cli.users.PAGE", 2)

    async def fill() -> None:
        async with open_pool(database_url, max_size=1) as pool:
            for number in range(5):
                await Accounts(pool).create(f"user-{number}", "hash", "auditor")

    asyncio.run(fill())
    assert len(CliRunner().invoke(app, ["list"]).output.splitlines()) == 5


@pytest.mark.parametrize("terminal", [True, False], ids=["asked for", "from a pipe"])
def test_a_password_is_read_where_nobody_looks_on(
    database_url: str, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    """From a pipe as one line, or asked for twice on a terminal and not echoed."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FACEGRAPH_BCRYPT_ROUNDS", "4")
    monkeypatch.delenv("FACEGRAPH_NEW_PASSWORD", raising=False)
    monkeypatch.setattr("cli.users._at_a_terminal", lambda: terminal)
    typed = f"{PASSWORD}\n" * (2 if terminal else 1)
    result = CliRunner().invoke(app, ["create", "eva", "--role", "auditor"], input=typed)
    assert (result.exit_code, PASSWORD in result.output) == (0, False)

    async def stored() -> str:
        async with open_pool(database_url, max_size=1) as pool:
            found = await Accounts(pool).credentials("eva")
            assert found is not None
            return found[1]

    assert verify_password(PASSWORD, asyncio.run(stored()))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["create", "eva", "--role", "king"], "role:"),
        (["create", "../eva", "--role", "auditor"], "username:"),
        (["change", "eva", "--role", "king"], "role:"),
        (["change", "eva", "--scope", "everything"], "scopes.0:"),
    ],
)
def test_the_rules_are_those_of_the_service(
    database_url: str, monkeypatch: pytest.MonkeyPatch, arguments: list[str], complaint: str
) -> None:
    """What HTTP would refuse is refused here, naming the field and never the password."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FACEGRAPH_NEW_PASSWORD", PASSWORD)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert complaint in result.output
    assert PASSWORD not in result.output


def test_a_password_too_short_is_not_repeated(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused without being shown."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FACEGRAPH_NEW_PASSWORD", "hunter2")
    result = CliRunner().invoke(app, ["create", "eva", "--role", "auditor"])
    assert result.exit_code == 1
    assert "hunter2" not in result.output


def test_a_database_that_is_not_there_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1 and one line; no traceback."""
    monkeypatch.setenv("DATABASE_URL", f"postgresql://facegraph@/facegraph?host={tmp_path}")
    with pytest.raises(typer.Exit):
        migrate_command()
    assert len(capsys.readouterr().err.splitlines()) == 1
