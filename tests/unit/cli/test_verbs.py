"""The verbs that need neither Ray nor a database."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import bootstrap
from cli.main import app
from config.settings import Settings

ROOT = Path(__file__).parents[3]


def test_shipped_configuration_is_good() -> None:
    """`check-config` says so of the file we ship."""
    result = CliRunner().invoke(app, ["check-config", str(ROOT / "serve_config.yaml")])

    assert (result.exit_code, "every key is known" in result.output) == (0, True)


def test_mistyped_configuration_is_named(tmp_path: Path) -> None:
    """`check-config` exits 1 and names the key."""
    path = tmp_path / "mistyped.yaml"
    path.write_text((ROOT / "serve_config.yaml").read_text().replace("pack:", "pakc:", 1))
    result = CliRunner().invoke(app, ["check-config", str(path)])

    assert (result.exit_code, "pakc" in result.output) == (1, True)


def test_environment_is_for_a_shell() -> None:
    """`environment` prints nothing but exports."""
    result = CliRunner().invoke(app, ["environment"])
    lines = result.output.splitlines()

    assert result.exit_code == 0
    assert "export RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH=" in result.output
    assert [line for line in lines if not line.startswith("export ")] == []


def test_generated_password_is_told_by_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody chose a password its file is named, never the password."""
    monkeypatch.delenv("FACEGRAPH_ADMIN_PASSWORD", raising=False)
    environment = Settings(data_dir=tmp_path)
    password = bootstrap.admin_password(environment)

    assert str(tmp_path / "admin_password") in bootstrap.where_password_is(environment)
    assert password not in bootstrap.where_password_is(environment)
    assert (tmp_path / "admin_password").read_text().strip() == password


def test_chosen_password_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the operator chose one, none is generated, and it is not repeated."""
    monkeypatch.setenv("FACEGRAPH_ADMIN_PASSWORD", "chosen-by-hand")
    environment = Settings(data_dir=tmp_path)

    assert bootstrap.admin_password(environment) == "chosen-by-hand"
    assert "chosen-by-hand" not in bootstrap.where_password_is(environment)
    assert list(tmp_path.iterdir()) == []
