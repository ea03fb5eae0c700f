"""What a start does to the accounts of a database."""

from pathlib import Path

import pytest

from cli.bootstrap import bootstrap
from config.settings import Settings
from db.accounts import Accounts


async def test_a_start_brings_no_deleted_administrator_back(
    database_url: str, accounts: Accounts, tmp_path: Path
) -> None:
    """The first start creates `admin`; once somebody replaced them, the next one creates nobody."""
    environment = Settings(data_dir=tmp_path, bcrypt_rounds=4)
    await bootstrap(database_url, environment)
    await accounts.create("ada", "hash", "admin", ("*",))
    await accounts.delete("admin")
    await bootstrap(database_url, environment)
    assert [each.username for each in (await accounts.accounts(None, 10)).items] == ["ada"]


@pytest.mark.parametrize(("told", "must"), [("true", True), ("", False)])
async def test_a_password_must_be_changed_only_where_that_was_asked_for(
    database_url: str,
    accounts: Accounts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: str,
    must: bool,
) -> None:
    """By default the first administrator starts right away."""
    monkeypatch.setenv("FACEGRAPH_ADMIN_MUST_CHANGE_PASSWORD", told)
    await bootstrap(database_url, Settings(data_dir=tmp_path, bcrypt_rounds=4))
    assert (await accounts.account("admin")).must_change_password is must
