"""Whether the service lives, and whether it can work."""

from deployments.web.call import Current
from deployments.web.problem import NotReady
from deployments.web.routing import router
from deployments.web.schemas.models import Health, Readiness

routes = router("health")


@routes.get("/v1/health/live")
async def live() -> Health:
    """Answer as long as the process does."""
    return Health()


@routes.get("/v1/health/ready")
async def ready(call: Current) -> Readiness:
    """Answer when models are loaded and the database is there; else say what is not."""
    outcome = await call.services.readiness.outcome()
    failing = [name for name, passes in outcome.items() if not passes]
    if failing:
        told = {name: "ok" if passes else "failing" for name, passes in outcome.items()}
        raise NotReady(f"Not answering: {', '.join(failing)}.", told)
    return Readiness(checks=dict.fromkeys(outcome, "ok"))
