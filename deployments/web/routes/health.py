"""Whether the service lives, and whether it can work."""

import asyncio
from collections.abc import Awaitable

import structlog

from deployments.web.call import Current
from deployments.web.problem import NotReady
from deployments.web.routing import router
from deployments.web.schemas.models import Health, Readiness
from deployments.web.services import Services

CHECK_SECONDS = 2.0

log = structlog.get_logger("facegraph.web")

routes = router("health")


@routes.get("/v1/health/live")
async def live() -> Health:
    """Answer as long as the process does."""
    return Health()


@routes.get("/v1/health/ready")
async def ready(call: Current) -> Readiness:
    """Answer when models are loaded and the database is there; else say what is not."""
    pings = _pings(call.services)
    outcomes = await asyncio.gather(*(_answers(name, ping) for name, ping in pings.items()))
    checks = dict(zip(pings, outcomes, strict=True))
    failing = [name for name, answers in checks.items() if not answers]
    if failing:
        told = {name: "ok" if answers else "failing" for name, answers in checks.items()}
        raise NotReady(f"Not answering: {', '.join(failing)}.", told)
    return Readiness(checks=dict.fromkeys(checks, "ok"))


def _pings(services: Services) -> dict[str, Awaitable[object]]:
    return {
        "embedder": services.embedder.card(budget=CHECK_SECONDS),
        "matcher": services.matcher.ping(budget=CHECK_SECONDS),
        "accounts": services.accounts.ping(),
    }


async def _answers(name: str, ping: Awaitable[object]) -> bool:
    try:
        await asyncio.wait_for(ping, CHECK_SECONDS)
    except Exception as error:  # noqa: BLE001  whatever a check raises, it has failed
        log.warning("check failed", check=name, error=type(error).__name__)
        return False
    return True
