"""The Telemetry node: the one place where what all replicas have counted is added up."""

from ray import serve

from config.logs import configure_logs
from config.settings import settings
from config.standard_logs import adopt as adopt_standard_logs
from deployments.errors import FacegraphError
from deployments.messages import Counted
from deployments.totals import Totals


@serve.deployment(name="Telemetry")
class Telemetry:
    """The sums behind a handle, in the memory of exactly one replica.

    No request waits for it. When it dies, Ray Serve starts another, and every sum begins anew.
    """

    def __init__(self) -> None:
        environment = settings()
        configure_logs(environment.log_level)
        adopt_standard_logs(FacegraphError)
        self._totals = Totals()

    async def take(self, counted: Counted) -> bool:
        """Take a replica's word; False where all that it has counted has to be told first."""
        return self._totals.take(counted)

    async def page(self) -> str:
        """Return every metric of the service in the text format of Prometheus."""
        return self._totals.page()
