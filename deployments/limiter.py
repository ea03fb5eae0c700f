"""The Limiter node: the one place where the requests of all ingress replicas are counted."""

from ray import serve
from ray.serve.handle import DeploymentHandle

from config.logs import configure_logs
from config.settings import settings
from config.standard_logs import adopt as adopt_standard_logs
from deployments import reporting
from deployments.admissions import Admissions
from deployments.errors import FacegraphError
from deployments.messages.limits import Entry, Outcome, UnderWay
from deployments.remote import teller


@serve.deployment(name="Limiter")
class Limiter:
    """Limits and capacity behind a handle, in the memory of exactly one replica.

    Ray Serve starts it again when it dies; it then counts from nothing, and until then the ingress
    replicas count by themselves. Which limits and bounds there are it learns from each question.
    """

    def __init__(self, telemetry: DeploymentHandle) -> None:
        environment = settings()
        configure_logs(environment.log_level)
        adopt_standard_logs(FacegraphError)
        self._admissions = Admissions()
        look = self._admissions.capacity.measure
        reporting.begin("Limiter", teller(telemetry), look)

    async def take(self, entries: tuple[Entry, ...], told: UnderWay) -> tuple[Outcome, ...]:
        """Let requests in or not, one after the other; `told` is what their replica holds."""
        return self._admissions.take(entries, told)
