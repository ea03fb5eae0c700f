"""Licences are read before they are accepted, and accepted before anything is done."""

import json
import os
import pty
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.models import app
from config.settings import settings
from deployments.vision.acceptance import accept, acceptances
from deployments.vision.licences import NON_COMMERCIAL
from tests.unit.cli.model_commands import LICENCE, row, run


def told(output: str) -> dict[str, str]:
    """Return what `licence` prints, by the words on the left."""
    return {line[:14].strip(): line[14:].strip() for line in output.splitlines()}


@pytest.mark.usefixtures("new_home")
def test_a_licence_is_told_before_anything_is_here() -> None:
    """Who grants it, what it allows, where to read it, and that nobody has accepted it."""
    lines = told(run("licence", "buffalo_m").output)
    assert lines["licence"] == LICENCE
    assert lines["granted by"] == NON_COMMERCIAL.granted_by
    assert lines["allows"] == NON_COMMERCIAL.allows
    assert lines["read it at"] == NON_COMMERCIAL.read_at
    assert (lines["commercial use"], lines["accepted"]) == ("no", "no")


@pytest.mark.usefixtures("new_home")
def test_the_default_packs_licence_needs_no_acceptance() -> None:
    """Commercial use is allowed, so nobody is asked."""
    lines = told(run("licence").output)
    assert (lines["commercial use"], lines["accepted"]) == ("yes", "not needed")


def test_a_licence_says_when_and_by_whom_it_was_accepted(new_home: Path) -> None:
    """An acceptance can be read where the licence is."""
    accepted = accept(LICENCE, new_home)
    found = told(run("licence", "antelopev2").output)["accepted"]
    assert found == f"{accepted.accepted_at:%Y-%m-%dT%H:%M:%SZ} by {accepted.by}"


@pytest.mark.usefixtures("new_home")
def test_an_environment_may_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container says so in FACEGRAPH_ACCEPTED_LICENCES."""
    monkeypatch.setenv("FACEGRAPH_ACCEPTED_LICENCES", LICENCE)
    settings.cache_clear()
    assert told(run("licence", "buffalo_s").output)["accepted"] == "by FACEGRAPH_ACCEPTED_LICENCES"
    assert row(run("list").output, "buffalo_s")[3] == "yes"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], f"say so with `--accept-licence {LICENCE}`"),
        (["--accept-licence", "MIT"], f"The licence of buffalo_l is {LICENCE}, not MIT."),
    ],
)
def test_nobody_accepts_by_accident(new_home: Path, options: list[str], complaint: str) -> None:
    """Without a terminal the licence must be named, and rightly; the sentence tells its name."""
    result = run("install", "buffalo_l", *options)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert complaint in result.stderr
    assert NON_COMMERCIAL.allows in result.stdout
    assert list(new_home.iterdir()) == []


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], int]]:
    """Put a terminal in place of standard input, and yield what types on its keyboard."""
    keyboard, screen = pty.openpty()
    with open(screen) as end:  # noqa: PTH123 - a descriptor has no path
        monkeypatch.setattr(sys, "stdin", end)
        yield lambda answer: os.write(keyboard, answer.encode())
    os.close(keyboard)


@pytest.mark.parametrize(
    ("answer", "accepted"), [("y\n", {LICENCE}), ("n\n", set()), ("\n", set())]
)
def test_at_a_terminal_one_is_asked(
    own: list[str],
    new_home: Path,
    terminal: Callable[[str], int],
    answer: str,
    accepted: set[str],
) -> None:
    """Only a plain yes accepts; after a no, or none, nothing is done."""
    terminal(answer)
    status = app(["adopt", "own", *own, "--like", "buffalo_l"], standalone_mode=False)
    assert (status in {None, 0}) is bool(accepted)
    assert acceptances(new_home).keys() == accepted
    assert (new_home / "models" / "own").is_dir() is bool(accepted)


def test_a_pack_of_ones_own_is_installed_by_accepting_its_licence(
    own: list[str], new_home: Path
) -> None:
    """Nothing is downloaded for a pack that is here: its licence is all that was missing."""
    run("adopt", "own", *own, "--like", "opencv_zoo")
    manifest = new_home / "models" / "own" / "manifest.json"
    fields = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(fields | {"licence": "ours only", "commercial_use": False}))
    assert "ours only was not accepted here" in run("prepare", "own").stderr
    result = run("install", "own", "--accept-licence", "ours only")
    assert result.output.endswith(f"own is ready in {new_home / 'models' / 'own'}\n")
    assert run("prepare", "own").exit_code == 0
