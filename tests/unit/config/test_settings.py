"""What the environment decides."""

import secrets
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
    "name", ["FACEGRAPH_JWT_SECRET", "FACEGRAPH_ADMIN_PASSWORD", "DATABASE_URL"]
)
def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Printing the settings shows no secret."""
    monkeypatch.setenv(name, "s3cret-0123456789-abcdefghijklmnop")

    assert "s3cret" not in repr(Settings())


@pytest.mark.parametrize("name", ["FACEGRAPH_JWT_SECRET", "FACEGRAPH_JWT_PREVIOUS_SECRET"])
@pytest.mark.parametrize(
    "weak", ["5hort", "x" * 31, "x" * 64, "changeme" * 8, "0123456789" * 4, "abcabcd" * 6]
)
def test_weak_signing_key_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, weak: str) -> None:
    """A key that is short, or long by repetition alone, starts no service, and is not shown."""
    monkeypatch.setenv(name, weak)

    with pytest.raises(ValidationError) as refused:
        Settings()
    assert weak not in str(refused.value)


@pytest.mark.parametrize("key", [secrets.token_hex(16), secrets.token_urlsafe(32)])
def test_random_signing_key_is_taken(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """What a generator of secrets makes is strong enough."""
    monkeypatch.setenv("FACEGRAPH_JWT_SECRET", key)

    assert Settings().jwt_secret is not None


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
