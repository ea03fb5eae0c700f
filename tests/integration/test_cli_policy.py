"""`facegraph policy`: from a calibration's report to a policy, in the database and over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.policy import _line
from config.settings import settings
from db.policies import Policies
from db.pool import Pool
from deployments.errors import InvalidRequest
from deployments.evidence import Evidence
from deployments.policies.policy import document_of
from deployments.web.schemas.policies import PolicyOut
from tests.unit.policies.synthetic import EVIDENCE, policy

REPORT = "report.json"


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Point the commands at the test's database, and let a report be the made-up evidence."""

    def evidence_in(report: Path) -> Evidence:
        if report.name != REPORT:
            raise InvalidRequest(f"{report} cannot be used: its digest is wrong")
        return EVIDENCE

    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr("cli.policy.evidence_in", evidence_in)
    settings.cache_clear()
    yield
    settings.cache_clear()


def run(*arguments: str) -> tuple[int, str]:
    """Return the exit status and what was said."""
    result = CliRunner().invoke(app, ["policy", *arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--target-fmr", "1e-3"], "own-fmr-1e-3  verify  FMR 1e-3  threshold 0.4520"),
        (["--target-fmr", "4e-3"], "own-fmr-4e-3  verify  FMR 4e-3  threshold 0.4050"),
        (
            ["--target-fpir", "0.02"],
            "own-fpir-2e-2  identify  FPIR 2e-2  threshold follows the gallery",
        ),
        (
            ["--target-fmr", "0.01", "--name", "gate", "--kind", "identify"],
            "gate  identify  FMR 1e-2  threshold 0.3500",
        ),
    ],
)
def test_the_story_of_a_policy(options: list[str], line: str) -> None:
    """Applied, listed, shown: bound to the pack and pipeline of the report."""
    told = f"{line}  {EVIDENCE.pipeline}  {EVIDENCE.pack_digest}\n"
    applied, listed = run("apply", REPORT, *options), run("list")
    status, shown = run("show", told.split(maxsplit=1)[0])

    assert applied == listed == (0, told)
    assert status == 0
    assert json.loads(shown)["evidence"]["report_digest"] == EVIDENCE.report_digest


async def test_a_raw_threshold_is_listed_as_what_it_is(pool: Pool) -> None:
    """Somebody stored it over HTTP: no target, no evidence."""
    stored = await Policies(pool).store(policy("raw", threshold=0.4))
    (line,) = (_line(PolicyOut.of(each)) for each in [stored])

    assert line.startswith("raw  verify  no target  threshold 0.4000  ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["apply", REPORT, "--target-fmr", "1e-4"], "an FMR of 0.001 or more, and not of 0.0001"),
        (["apply", "other.json", "--target-fmr", "0.01"], "its digest is wrong"),
        (
            ["apply", REPORT, "--target-fmr", "0.01", "--name", "fmr-1e-2"],
            "fmr-1e-2 is that of a built-in policy",
        ),
        (["apply", REPORT], "One of threshold, target_fmr and target_fpir"),
        (["apply", REPORT, "--target-fmr", "2"], "target_fmr: "),
        (["apply", REPORT, "--target-fmr", "0.02", "--kind", "king"], "kind: "),
        (["apply", REPORT, "--target-fmr", "0.02", "--name", "../door"], "name: "),
        (["show", "door"], "There is no such policy."),
    ],
)
def test_what_is_refused(arguments: list[str], said: str) -> None:
    """With status 1 and one sentence; nothing is stored."""
    status, output = run(*arguments)

    assert (status, len(output.splitlines())) == (1, 1)
    assert said in output
    assert run("list") == (0, "")


@pytest.mark.parametrize("arguments", [["list"], ["show", "door"]])
def test_reading_changes_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """A database that was never migrated is told, and stays as it is."""
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    settings.cache_clear()

    assert run(*arguments) == (1, "facegraph: The database has not been migrated.\n")


class Told:
    """What stands in the place of a service, and what it was sent."""

    def __init__(self, answer: httpx.Response | Exception) -> None:
        self.answer = answer
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def put(self, address: str, **sent: Any) -> httpx.Response:
        """Remember it, and answer."""
        self.sent.append((address, sent))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is named stores it, for the administrator whose token is shown."""
    stored = {
        "name": "door",
        "kind": "verify",
        "pack_digest": "d",
        "pipeline": "v",
        "threshold": 0.35,
        "target_fmr": 0.02,
        "target_fpir": None,
        "fmr_upper_bound": 0.00655,
        "supported": True,
        "built_in": False,
        "evidence": None,
        "created_at": None,
        "updated_at": None,
    }
    told = Told(httpx.Response(200, json=stored))
    monkeypatch.setattr("cli.policy.httpx.put", told.put)
    service = ["--url", "https://faces.example.org/", "--token", "secret"]
    status, output = run("apply", REPORT, "--target-fmr", "0.02", "--name", "door", *service)
    ((address, sent),) = told.sent

    assert (status, output) == (0, "door  verify  FMR 2e-2  threshold 0.3500  v  d\n")
    assert address == "https://faces.example.org/v1/policies/door"
    assert sent["headers"] == {"Authorization": "Bearer secret"}
    assert sent["json"]["evidence"] == document_of(EVIDENCE)
    assert run("list") == (0, "")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(409, json={"detail": "The evidence speaks of another pack."}), "another"),
        (httpx.Response(502, text="Bad gateway"), "The answer was 502"),
        (httpx.ConnectError("refused"), "does not answer"),
    ],
)
def test_what_a_service_refuses(
    monkeypatch: pytest.MonkeyPatch, answer: httpx.Response | Exception, said: str
) -> None:
    """Its own sentence, or that there was none, and status 1."""
    monkeypatch.setattr("cli.policy.httpx.put", Told(answer).put)
    status, output = run("apply", REPORT, "--target-fmr", "0.02", "--url", "http://localhost:1")

    assert (status, len(output.splitlines())) == (1, 1)
    assert said in output
