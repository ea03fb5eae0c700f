"""The Ingress node: HTTP in, a few calls, HTTP out. The routes themselves live in `web`."""

from functools import partial
from typing import Any, cast

from fastapi import FastAPI
from pydantic import SecretStr
from ray import serve
from ray.serve.handle import DeploymentHandle

from config.generated import generated_secret
from config.logs import configure_logs
from config.settings import Settings, refuse_easy_to_guess, settings
from config.standard_logs import adopt as adopt_standard_logs
from db import metering
from db.access import Access
from db.accounts import Accounts
from db.allowance import Allowance
from db.policies import Policies
from db.pool import Pool, breaker_of, open_pool
from deployments import reporting, tracing
from deployments.arguments import IngressTuning
from deployments.ending import last_words
from deployments.errors import FacegraphError
from deployments.remote import Remote, RemoteEmbedder, RemoteMatcher, teller
from deployments.sources import Sources
from deployments.web import ports
from deployments.web.application import Services, build
from deployments.web.door import Door
from deployments.web.guard import Guard
from deployments.web.metering import look_at

ACCOUNT_CONNECTIONS = 4  # Log-ins and user administration; no image request asks for one.


@serve.deployment(name="Ingress")
@serve.ingress()
class Ingress:
    """The application, its pool for accounts, and the handles of the other nodes."""

    async def __init__(
        self,
        embedder: DeploymentHandle,
        matcher: DeploymentHandle,
        limiter: DeploymentHandle,
        telemetry: DeploymentHandle,
    ) -> None:
        environment = _with_secret(settings())
        configure_logs(environment.log_level)
        adopt_standard_logs(FacegraphError)
        tracing.start("Ingress")
        database, breaker = environment.database, breaker_of(environment.database)
        # Neither asks for a connection now: a replica that starts while the database is away can
        # tell so.
        pool = await open_pool(database, min_size=0, max_size=ACCOUNT_CONNECTIONS, breaker=breaker)
        access = await open_pool(database, min_size=0, max_size=1, breaker=breaker)
        self._services = Services(
            embedder=cast("ports.Embedder", RemoteEmbedder.guarded(embedder, "embedder", "card")),
            matcher=cast("ports.Matcher", RemoteMatcher.guarded(matcher, "matcher", "ping")),
            accounts=Accounts(pool, _log_ins(environment)),
            # Whether somebody still has access is asked on a connection that nobody waits for.
            access=Access(access),
            limiter=cast("ports.Limiter", Remote(limiter, "limiter")),
            telemetry=cast("ports.Telemetry", Remote(telemetry, "telemetry")),
            policies=Policies(pool),
            settings=environment,
        )
        self._application = build(self._services)
        Guard.door = Door(self._application, self._services)
        look = partial(_look, self._services.sources, pool, access)
        reporting.begin("Ingress", teller(telemetry), look)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Take a changed `user_config`; it holds from the next request."""
        self._services.tune(IngressTuning.model_validate(user_config))

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Give Ray Serve the application once the constructor is through."""
        return self._application

    def __del__(self) -> object:
        """Ray awaits what it is given, once nothing more will be asked of the replica."""
        return last_words()


def _look(sources: Sources, *pools: Pool) -> None:
    metering.look("Ingress", *pools)
    look_at(sources)


def _log_ins(environment: Settings) -> Allowance:
    return Allowance(
        environment.log_in_free_failures,
        environment.log_in_delay_seconds,
        environment.log_in_longest_delay_seconds,
    )


def _with_secret(environment: Settings) -> Settings:
    if environment.jwt_secret is not None:
        return environment
    secret = generated_secret(environment.data_dir, "jwt_secret")
    refuse_easy_to_guess(secret)
    return environment.model_copy(update={"jwt_secret": SecretStr(secret)})
