"""What the environment decides."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings


def test_defaults_need_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing set the service listens on loopback and keeps its data beside it."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings = Settings()

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.data_dir == Path(".facegraph")
    assert settings.database_url is None


def test_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each field is read from FACEGRAPH_ and its name; the database from DATABASE_URL."""
    monkeypatch.setenv("FACEGRAPH_PORT", "8123")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    settings = Settings()

    assert settings.port == 8123
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://somewhere/else"


@pytest.mark.parametrize(
    "name",
    [
        "FACEGRAPH_JWT_SECRET",
        "FACEGRAPH_ADMIN_PASSWORD",
        "FACEGRAPH_EDGE_SECRET",
        "DATABASE_URL",
    ],
)
def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Printing the settings shows no secret."""
    monkeypatch.setenv(name, "s3cret-" * 8)

    assert "s3cret" not in repr(Settings())


@pytest.mark.parametrize("name", ["FACEGRAPH_JWT_SECRET", "FACEGRAPH_EDGE_SECRET"])
def test_weak_secret_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A secret shorter than 32 characters does not start a service."""
    monkeypatch.setenv(name, "short")

    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize(
    ("written", "names"),
    [("one, two words ,", {"one", "two words"}), ("MIT", {"MIT"}), ("", set()), (None, set())],
)
def test_accepted_licences_are_separated_by_commas(
    monkeypatch: pytest.MonkeyPatch, written: str | None, names: set[str]
) -> None:
    """Names may hold spaces; nothing set is nothing accepted."""
    monkeypatch.delenv("FACEGRAPH_ACCEPTED_LICENCES", raising=False)
    if written is not None:
        monkeypatch.setenv("FACEGRAPH_ACCEPTED_LICENCES", written)
    assert Settings().accepted_licences == names


def test_settings_cannot_change() -> None:
    """The object is frozen: nothing changes under a running service."""
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]
