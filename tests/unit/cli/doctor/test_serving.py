"""What is said of Ray and HAProxy."""

import platform
import re
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from cli.doctor import serving
from cli.doctor.findings import Level
from config.serve_environment import haproxy_available, serve_environment
from tests.unit.cli.doctor.cases import ROOT, MakeCase, only

TOKEN = "a-token-that-nobody-may-read"


@pytest.mark.skipif(not haproxy_available(), reason="there is no HAProxy here")
def test_haproxy_runs(make: MakeCase) -> None:
    """Its own word for its version."""
    finding = only(serving.haproxy(make()))
    assert (finding.level, finding.found[:2]) == ("good", "2.")


def test_haproxy_that_does_not_run(
    make: MakeCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ails it."""
    program = tmp_path / "haproxy"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o700)
    monkeypatch.setattr(serving, "haproxy_available", lambda: True)
    monkeypatch.setattr(serving, "haproxy_binary", lambda: str(program))
    finding = only(serving.haproxy(make()))

    assert (finding.level, finding.found) == ("bad", "it does not run: it ends with status 3")


def test_haproxy_that_hangs(
    make: MakeCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is ended, and that is told."""
    program = tmp_path / "haproxy"
    program.write_text("#!/bin/sh\nexec sleep 9\n")
    program.chmod(0o700)
    monkeypatch.setattr(serving, "haproxy_available", lambda: True)
    monkeypatch.setattr(serving, "haproxy_binary", lambda: str(program))
    monkeypatch.setattr(serving, "LONGEST_SECONDS", 0.1)
    finding = only(serving.haproxy(make()))

    assert (finding.level, "it hangs" in finding.found) == ("bad", True)


@pytest.mark.parametrize(
    ("system", "kind", "level"), [("Linux", "x86_64", "bad"), ("Darwin", "arm64", "doubtful")]
)
def test_no_haproxy(
    make: MakeCase, monkeypatch: pytest.MonkeyPatch, system: str, kind: str, level: Level
) -> None:
    """It is missing only where there is one."""
    monkeypatch.setattr(serving, "haproxy_available", lambda: False)
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: kind)
    assert only(serving.haproxy(make())).level == level


@pytest.mark.parametrize(("version", "level"), [(serving.PINNED_RAY, "good"), ("2.61.0", "bad")])
def test_the_version_of_ray(
    make: MakeCase, monkeypatch: pytest.MonkeyPatch, version: str, level: Level
) -> None:
    """Another one may do other things."""
    monkeypatch.setattr(serving, "version", lambda _: version)
    assert only(serving.ray(make())).level == level


def test_ray_without_a_name(make: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that nobody installed has no version."""

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(serving, "version", missing)
    assert only(serving.ray(make())).level == "bad"


def test_the_pinned_version_is_the_installed_one() -> None:
    """What the doctor expects is what `make setup` installs."""
    text = (ROOT / "requirements/runtime.in").read_text()
    assert re.findall(r"^ray\[serve\]==(\S+)", text, re.MULTILINE) == [serving.PINNED_RAY]


@pytest.mark.parametrize(
    ("variables", "level", "found"),
    [
        ({}, "good", "none"),
        (serve_environment() | {"RAY_AUTH_TOKEN": TOKEN}, "good", "facegraph environment"),
        ({"RAY_ADDRESS": "10.0.0.1:6379", "RAY_AUTH_TOKEN": TOKEN}, "doubtful", "RAY_ADDRESS"),
    ],
)
def test_variables_of_ray(
    make: MakeCase, variables: dict[str, str], level: Level, found: str
) -> None:
    """Named where nobody here set them; no value is shown, since one of them is a token."""
    finding = only(serving.ray_variables(make(**variables)))

    assert (finding.level, found in finding.found) == (level, True)
    assert TOKEN not in repr(finding)
