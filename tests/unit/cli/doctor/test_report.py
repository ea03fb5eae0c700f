"""The whole report: for a person, for a program, and as an exit status."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli.doctor import report, topics
from cli.doctor.case import Case
from cli.doctor.examination import Topic
from cli.doctor.findings import Finding, bad, doubtful, good
from cli.main import app
from tests.unit.cli.doctor.cases import MakeCase

SECRETS = {
    "FACEGRAPH_JWT_SECRET": "c2VjcmV0IG9uZSBvZiB0aGVzZSB0ZXN0cw0K",
    "FACEGRAPH_EDGE_SECRET": "c2VjcmV0IHR3byBvZiB0aGVzZSB0ZXN0cw0K",
    "FACEGRAPH_METRICS_TOKEN": "c2VjcmV0IHRocmVlIG9mIHRoZSB0ZXN0cw0K",
    "FACEGRAPH_ADMIN_PASSWORD": "password of these tests",
    "DATABASE_URL": "postgresql://someone:p4ssw0rd@127.0.0.1:1/nothing",
    "RAY_AUTH_TOKEN": "dG9rZW4gb2YgdGhlc2UgdGVzdHMgYWxvbmU",
}


def findings(_: Case) -> Iterator[Finding]:
    """Find one of each."""
    yield good("first", "as it should be")
    yield doubtful("second", "so so", "Think of it.")
    yield bad("third", "broken " * 20, "Mend it.")


THINGS = [Topic("Things", [findings])]


def test_for_a_person(case: Case) -> None:
    """A sign a line, what to mend beneath, and a long sentence beside its name, not under it."""
    console = Console(file=io.StringIO(), width=60, color_system=None)
    heard = report.tell(topics.findings(case, THINGS), console)
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]

    assert lines[:4] == [
        "Things",
        "  ✓ first              as it should be",
        "  ! second             so so",
        "                       → Think of it.",
    ]
    assert lines[4].startswith("  ✗ third              broken broken")
    assert lines[5].startswith("                       broken")
    assert lines[-1] == "                       → Mend it."
    assert report.summary(heard) == "1 to mend; 1 to know of, 1 well."


def test_for_a_program(case: Case) -> None:
    """A list of objects, each with its topic."""
    first, second, _ = json.loads(report.json_of(topics.findings(case, THINGS)))

    assert first == {
        "topic": "Things",
        "what": "first",
        "level": "good",
        "found": "as it should be",
        "mend": "",
    }
    assert (second["level"], second["mend"]) == ("doubtful", "Think of it.")


def test_nothing_to_mend() -> None:
    """It says so."""
    told = report.summary([("Things", good("a", "")), ("Things", doubtful("b", "", ""))])
    assert told == "Nothing has to be mended; 1 to know of, 1 well."


@pytest.mark.parametrize(
    ("finding", "status"),
    [(good("a", ""), 0), (doubtful("a", "", "b"), 0), (bad("a", "", "b"), 1)],
    ids=lambda each: getattr(each, "level", None),
)
def test_the_exit_status(
    make: MakeCase, monkeypatch: pytest.MonkeyPatch, finding: Finding, status: int
) -> None:
    """Only what must be mended fails."""
    make()

    def one(_: Case) -> Iterator[tuple[str, Finding]]:
        yield "Things", finding

    monkeypatch.setattr(topics, "findings", one)
    assert CliRunner().invoke(app, ["doctor"]).exit_code == status
    assert CliRunner().invoke(app, ["doctor", "--json"]).exit_code == status


def test_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Ray no check can be made, and that is said."""
    monkeypatch.setitem(sys.modules, "cli.doctor.topics", None)
    result = CliRunner().invoke(app, ["doctor"])

    assert (result.exit_code, "cannot be imported" in result.output) == (1, True)


def test_no_secret_is_told_and_nothing_changes(make: MakeCase, tmp_path: Path) -> None:
    """Every check, with every secret set, and a data directory that is not there, nor made."""
    case = make(**SECRETS)
    before = sorted(tmp_path.rglob("*"))
    result = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(result.output)

    assert {each["topic"] for each in told} == {topic.name for topic in topics.TOPICS}
    assert not [each for each in told if "check itself failed" in each["found"]]
    assert not [name for name, secret in SECRETS.items() if secret in result.output]
    assert "p4ssw0rd" not in result.output
    assert not case.data_dir.exists()
    assert sorted(tmp_path.rglob("*")) == before
