"""The Limiter node: the one place where the requests of all ingress replicas are counted."""

from ray import serve

from config.logs import configure_logs, make_discreet
from config.settings import settings
from deployments.errors import FacegraphError
from deployments.messages import Charge, Outcome
from deployments.rate_limit import Counters


@serve.deployment(name="Limiter")
class Limiter:
    """Counters behind a handle, in the memory of exactly one replica.

    Ray Serve starts it again when it dies; it then counts from nothing, and until then the ingress
    replicas count by themselves. Which limits there are it learns from each claim.
    """

    def __init__(self) -> None:
        environment = settings()
        configure_logs(environment.log_format, environment.log_level)
        make_discreet("ray.serve", expected=FacegraphError)
        self._counters = Counters()

    async def take(self, requests: tuple[tuple[Charge, ...], ...]) -> tuple[Outcome, ...]:
        """Count each request under all its claims, or under none; one after the other."""
        return tuple(self._counters.take(claims) for claims in requests)
