"""Health, and the model card."""

import asyncio
from typing import Any

import pytest

from deployments.deadline import in_time
from deployments.errors import Overloaded, Unavailable
from deployments.web import readiness
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import MODEL

READY = "/v1/health/ready"
CHECKS = ["embedder", "matcher", "database"]


def behind(service: Service, name: str) -> Any:
    """Return the port of a check."""
    return dict(zip(CHECKS, (service.photographs, service.shelf, service.register), strict=True))[
        name
    ]


async def test_live(service: Service) -> None:
    """The process is alive as long as it answers, whatever is down behind it."""
    service.shelf.error = Unavailable("down")
    answer = await service.client.get("/v1/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready(service: Service) -> None:
    """The service is ready when every check is."""
    answer = await service.client.get(READY)

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": dict.fromkeys(CHECKS, "ok")}


@pytest.mark.parametrize("error", [Unavailable("down"), RuntimeError("a bug")])
@pytest.mark.parametrize("name", CHECKS)
async def test_not_ready(service: Service, name: str, error: Exception) -> None:
    """A check that fails is named, and what it said stays inside."""
    behind(service, name).error = error
    answer = await service.client.get(READY)
    body = answer.json()

    assert (answer.status_code, body["code"]) == (503, "unavailable")
    assert body["checks"] == dict.fromkeys(CHECKS, "ok") | {name: "failing"}
    assert name in body["detail"]
    assert "bug" not in answer.text
    assert answer.headers["retry-after"] == "1"


async def test_matcher_without_its_database(service: Service) -> None:
    """One that answers and does not reach the database is told as a database that is missing."""
    service.shelf.reaches_database = False
    answer = await service.client.get(READY)

    assert answer.json()["checks"] == dict.fromkeys(CHECKS, "ok") | {"database": "failing"}


@pytest.mark.parametrize("name", CHECKS)
async def test_at_capacity(service: Service, name: str) -> None:
    """What has its hands full is there."""
    behind(service, name).error = Overloaded("Every connection to the database is in use.")
    answer = await service.client.get(READY)

    assert answer.status_code == 200


async def test_check_that_hangs(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that does not come back has failed, and no other with it."""

    async def hang(*, budget: float) -> bool:
        async with in_time(budget):
            return await asyncio.Event().wait()

    monkeypatch.setattr(readiness, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(service.shelf, "ping", hang)
    answer = await service.client.get(READY)

    assert answer.json()["checks"] == dict.fromkeys(CHECKS, "ok") | {"matcher": "failing"}


async def test_flood_of_questions_is_one() -> None:
    """However many ask within a second, each check is made once; then it is made anew."""
    asked = 0
    now = 0.0

    async def ping() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)

    checks = readiness.Readiness({"matcher": ping}, clock=lambda: now)
    at_once = await asyncio.gather(*(checks.outcome() for _ in range(50)))
    again = await checks.outcome()
    assert (at_once, again, asked) == ([{"matcher": True}] * 50, {"matcher": True}, 1)
    now = 1.0
    await checks.outcome()

    assert asked == 2


async def test_who_leaves_ends_the_check_for_nobody() -> None:
    """The first to ask may give up; those who came after still get the outcome."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def ping() -> None:
        begun.set()
        await go_on.wait()

    checks = readiness.Readiness({"matcher": ping})
    first = asyncio.create_task(checks.outcome())
    await begun.wait()
    second = asyncio.create_task(checks.outcome())
    first.cancel()
    go_on.set()

    assert await second == {"matcher": True}


async def test_model_card(service: Service) -> None:
    """The card names the pack, its licence, its files, and what it runs on."""
    answer = await service.client.get("/v1/models", headers=service.token("auditor"))
    (card,) = answer.json()["items"]

    assert (card["pack"], card["digest"], card["dimension"]) == ("toy", MODEL.digest, 4)
    assert (card["licence"], card["commercial_use"]) == ("MIT", True)
    assert card["files"] == [{"role": "detector", "name": "toy.onnx", "sha256": "1" * 64}]
    assert (card["device"], card["engine"]) == ("cpu", "CPUExecutionProvider")
    assert card["thresholds"] == {"verify": 0.5, "identify": 0.6, "policy": "provisional"}
