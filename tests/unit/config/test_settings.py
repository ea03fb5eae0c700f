"""What the environment decides."""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

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
    monkeypatch.setenv(name, "s3cret-Vb7qK2xWm9ZpR4tYh6NcJ1dGf8LsQ")

    assert "s3cret" not in repr(Settings())


@pytest.mark.parametrize(
    "name", [f"FACEGRAPH_{which}_SECRET" for which in ("JWT", "JWT_PREVIOUS", "EDGE")]
)
@pytest.mark.parametrize(
    "weak",
    [
        *("5hort", "x" * 31, "x" * 64, "changeme" * 8, "0123456789" * 4, "abcabcd" * 6),
        *("changeme-changeme-changeme-change", "abcdefghijklmnopqrstuvwxyz123456"),
        *("passwordpasswordpasswordpassword1", "supersecretsupersecretkey12345678"),
    ],
)
def test_weak_signing_key_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, weak: str) -> None:
    """A key that is short, or long by repetition alone, starts no service, and is not shown."""
    monkeypatch.setenv(name, weak)

    with pytest.raises(ValidationError) as refused:
        Settings()
    assert weak not in str(refused.value)


@pytest.mark.parametrize(
    "key", [secrets.token_hex(16), secrets.token_urlsafe(32)], ids=["hexadecimal", "base64"]
)
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


FILED, OTHER = (f"{word}-Vb7qK2xWm9ZpR4tYh6NcJ1dGf8LsQ" for word in ("s3cret", "another"))
SECRETS = {
    "FACEGRAPH_JWT_SECRET": "jwt_secret",
    "FACEGRAPH_JWT_PREVIOUS_SECRET": "jwt_previous_secret",
    "facegraph_admin_password": "admin_password",
    "database_url": "database_url",
    "FACEGRAPH_DATABASE_PASSWORD": "database_password",
}


@pytest.mark.parametrize(("file", "field"), SECRETS.items())
def test_a_secret_can_come_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, field: str
) -> None:
    """A file named like the variable, in either case, holds its value; its last line end is none.

    A variable that is set wins; one that is empty does not.
    """
    (tmp_path / file).write_text(FILED + "\n")
    monkeypatch.setenv("FACEGRAPH_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv(file.upper(), "")
    told = getattr(Settings(), field)
    monkeypatch.setenv(file.upper(), OTHER)
    preferred = getattr(Settings(), field)

    assert told.get_secret_value() == FILED
    assert preferred.get_secret_value() == OTHER
    assert "s3cret" not in repr(Settings())


def test_a_folder_of_secrets_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start without the secrets it was promised would make new ones; it is refused."""
    monkeypatch.setenv("FACEGRAPH_SECRETS_DIR", "/nowhere/at/all")

    with pytest.raises(SettingsError, match="/nowhere/at/all is not a folder"):
        Settings()


def test_every_secret_is_one_by_type() -> None:
    """What is named like a secret is a SecretStr, which no representation shows."""
    named = {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if name.endswith(("_secret", "_password", "_url")) and field.annotation is not bool
    }

    assert named
    assert set(named.values()) == {SecretStr | None}


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("postgresql://me@db:5432/faces?sslmode=verify-full", "me:p%40ss%2F@db:5432"),
        ("postgresql://me:mine@db/faces", "me:mine@db"),
        ("postgresql:///faces?host=/run/postgresql", "postgresql:///faces"),
    ],
)
def test_the_password_of_the_database_may_stand_apart(
    monkeypatch: pytest.MonkeyPatch, url: str, whole: str
) -> None:
    """It is put into an address that names a user and no password, and nowhere else."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("FACEGRAPH_DATABASE_PASSWORD", "p@ss/")

    assert whole in Settings().database
    assert urlsplit(Settings().database).query == urlsplit(url).query


@pytest.mark.parametrize(
    "origin",
    ["https://desk.example.org", "http://localhost:3000", "http://[::1]:8000"],
)
def test_origins(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    """Origins are taken as browsers say them."""
    monkeypatch.setenv("FACEGRAPH_CORS_ORIGINS", f"{origin},")

    assert Settings().cors_origins == {origin}


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example.org", "https://a.org/", "a.org", "null", "HTTPS://A.ORG", "https://"],
)
def test_what_is_no_origin(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    """A pattern, a path or a bare host is refused: it would match nothing, or everybody."""
    monkeypatch.setenv("FACEGRAPH_CORS_ORIGINS", f"https://desk.example.org,{origin}")

    with pytest.raises(ValidationError, match="an origin is a scheme"):
        Settings()


def test_settings_cannot_change() -> None:
    """The object is frozen: nothing changes under a running service."""
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]
