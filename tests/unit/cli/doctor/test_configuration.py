"""What is said of settings, of the graph's configuration, and of secrets."""

import os
from pathlib import Path

import pytest

from cli.doctor import configuration
from cli.doctor.case import NotAsked
from cli.doctor.findings import Level
from tests.unit.cli.doctor.cases import MakeCase, only, shipped_with, told

SECRET = "dGhpcyBpcyBhIHRlc3QncyBvd24gc2VjcmV0"


def test_good_settings(make: MakeCase) -> None:
    """Nothing to say."""
    assert only(configuration.settings(make())).level == "good"


def test_a_variable_that_nobody_reads(make: MakeCase) -> None:
    """Most likely a mistyped one; its value is not shown."""
    findings = told(configuration.settings(make(FACEGRAPH_JWTSECRET=SECRET)))

    assert findings["variables"].found == "nobody reads FACEGRAPH_JWTSECRET"
    assert SECRET not in repr(findings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FACEGRAPH_PORT", "99999"),
        ("FACEGRAPH_JWT_SECRET", "too-short"),
        ("FACEGRAPH_EDGE_SECRET", "a" * 40),
        ("FACEGRAPH_SECRETS_DIR", "/nowhere/at/all"),
    ],
)
def test_refused_settings(make: MakeCase, name: str, value: str) -> None:
    """The variable is named, its value only where it is no secret; what rests on it waits."""
    case = make(**{name: value})
    finding = only(configuration.settings(case))

    assert (finding.level, name in finding.found) == ("bad", True)
    assert "too-short" not in finding.found
    with pytest.raises(NotAsked, match="the settings are refused"):
        next(iter(configuration.graph(case)))


def test_a_good_graph(make: MakeCase) -> None:
    """Nothing to say of what is shipped."""
    assert only(configuration.graph(make())).level == "good"


def test_a_graph_with_a_mistake(make: MakeCase) -> None:
    """The key is named."""
    case = make(config=shipped_with(("pool_size: 8", "pool_sise: 8")))
    finding = only(configuration.graph(case))

    assert (finding.level, "pool_sise" in finding.found) == ("bad", True)
    with pytest.raises(NotAsked, match="configuration is refused"):
        _ = case.schema


@pytest.mark.parametrize(
    ("variables", "levels"),
    [
        ({}, {"exposure": "good"}),
        (
            {"FACEGRAPH_HOST": "0.0.0.0"},  # noqa: S104
            {"exposure": "doubtful", "metrics": "doubtful"},
        ),
        (
            {"FACEGRAPH_HOST": "10.0.0.1", "FACEGRAPH_EDGE_SECRET": SECRET},
            {"exposure": "good", "metrics": "doubtful"},
        ),
        (
            {
                "FACEGRAPH_HOST": "10.0.0.1",
                "FACEGRAPH_EDGE_SECRET": SECRET,
                "FACEGRAPH_METRICS_TOKEN": SECRET[::-1],
            },
            {"exposure": "good"},
        ),
        (
            {"FACEGRAPH_HOST": "10.0.0.1", "FACEGRAPH_METRICS": "false"},
            {"exposure": "doubtful"},
        ),
    ],
)
def test_who_can_reach_it(
    make: MakeCase, variables: dict[str, str], levels: dict[str, Level]
) -> None:
    """Plain HTTP beyond loopback is for an edge, and /metrics for who has its token."""
    findings = told(configuration.exposure(make(**variables)))

    assert {name: finding.level for name, finding in findings.items()} == levels
    assert SECRET not in repr(findings)


@pytest.mark.parametrize(
    ("content", "mode", "level"),
    [(SECRET, 0o600, "good"), (SECRET, 0o640, "bad"), ("short", 0o600, "bad"), ("", 0o600, "bad")],
)
def test_a_generated_secret(make: MakeCase, content: str, mode: int, level: Level) -> None:
    """Its owner's alone, and as long as it was made; it is never shown."""
    case = make()
    case.data_dir.mkdir()
    path = case.data_dir / "jwt_secret"
    path.write_text(content)
    path.chmod(mode)
    finding = only(configuration.generated_secrets(case))

    assert (finding.level, "jwt_secret" in finding.found) == (level, True)
    assert SECRET not in repr(finding)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("jwt_secret", "the next start makes another"),
        ("admin_password", "facegraph users password admin"),
    ],
)
def test_what_mends_a_generated_secret(make: MakeCase, name: str, remedy: str) -> None:
    """A start makes a signing key where none is, and a password only for a first account."""
    case = make()
    case.data_dir.mkdir()
    (case.data_dir / name).touch(0o600)

    assert remedy in only(configuration.generated_secrets(case)).mend


def test_a_secret_of_somebody_else(make: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root's is none of this user's either, who could not read it."""
    case = make()
    case.data_dir.mkdir()
    (case.data_dir / "jwt_secret").touch(0o600)
    owner = (case.data_dir / "jwt_secret").stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    finding = only(configuration.generated_secrets(case))

    assert (finding.level, "belongs to somebody else" in finding.found) == ("bad", True)


def test_no_generated_secret_yet(make: MakeCase) -> None:
    """The first start makes them."""
    assert only(configuration.generated_secrets(make())).level == "good"


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "level"),
    [(0o755, 0o644, "doubtful"), (0o700, 0o444, "good"), (0o755, 0o600, "good")],
)
def test_files_of_secrets(
    make: MakeCase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder_mode: int,
    file_mode: int,
    level: Level,
) -> None:
    """Either the folder or each file keeps others out."""
    folder = tmp_path / "secrets"
    folder.mkdir(mode=folder_mode)
    path = folder / "facegraph_jwt_secret"
    path.write_text(SECRET)
    path.chmod(file_mode)
    monkeypatch.setattr(configuration, "_above", lambda _: [folder])
    finding = only(configuration.secret_files(make(FACEGRAPH_SECRETS_DIR=str(folder))))

    assert finding.level == level
    assert SECRET not in repr(finding)


def test_the_folders_above_keep_others_out_too(make: MakeCase, tmp_path: Path) -> None:
    """One that is closed anywhere on the way is enough."""
    folder = tmp_path / "closed" / "secrets"
    folder.mkdir(parents=True)
    (folder / "facegraph_jwt_secret").write_text(SECRET)
    folder.parent.chmod(0o700)
    case = make(FACEGRAPH_SECRETS_DIR=str(folder))

    assert only(configuration.secret_files(case)).level == "good"
    assert not list(configuration.secret_files(make()))
