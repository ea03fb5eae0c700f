"""The Telemetry node: the one place where what all replicas have counted is added up."""

from ray import serve

from config.logs import configure_logs
from config.settings import settings
from config.standard_logs import adopt as adopt_standard_logs
from deployments import reporting
from deployments.errors import FacegraphError
from deployments.messages.measurements import Counted, Heard
from deployments.totals import Totals


# A configuration that does not name it gives it no share of a CPU either.
@serve.deployment(name="Telemetry", num_replicas=1, ray_actor_options={"num_cpus": 0})
class Telemetry:
    """The sums behind a handle, in the memory of exactly one replica.

    No request but that for the page waits for it. When it dies, Ray Serve starts another, and every
    sum begins anew.
    """

    def __init__(self) -> None:
        environment = settings()
        configure_logs(environment.log_level)
        adopt_standard_logs(FacegraphError)
        self._totals = Totals()
        reporting.begin("Telemetry", self.take)

    async def take(self, counted: Counted) -> Heard:
        """Take a replica's word, and say when the next one is wanted."""
        return Heard(self._totals.take(counted), self._totals.pause)

    async def page(self) -> str:
        """Return every metric of the service in the text format of Prometheus."""
        return self._totals.page()
