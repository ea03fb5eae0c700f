"""The Ingress node: HTTP in, a few calls, HTTP out. The routes themselves live in `web`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import FastAPI
from pydantic import SecretStr
from ray import serve
from ray.exceptions import RayActorError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle

from config.generated import generated_secret
from config.logs import configure_logs, make_discreet
from config.settings import Settings, refuse_easy_to_guess, settings
from db.access import Access
from db.accounts import Accounts
from db.allowance import Allowance
from db.pool import open_pool
from deployments.arguments import IngressTuning
from deployments.errors import DeadlineExceeded, FacegraphError, Overloaded, Unavailable
from deployments.messages import Analysis, Photo
from deployments.web import ports
from deployments.web.application import Services, build
from deployments.web.door import Door
from deployments.web.guard import Guard

ACCOUNT_CONNECTIONS = 4  # Log-ins and user administration; no image request asks for one.


class Remote:
    """The methods of another node, each called with what is left of the caller's deadline.

    Ray's own errors become the domain's, so that a route cannot tell a node from a module.
    """

    def __init__(self, handle: DeploymentHandle, name: str) -> None:
        self._handle = handle
        self._name = name

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        remote = getattr(self._handle, method)

        async def call(*arguments: Any, budget: float) -> Any:
            return await self._within(budget, remote.remote(*arguments))

        return call

    async def _within(self, budget: float, response: Any) -> Any:
        try:
            async with asyncio.timeout(budget):
                return await response
        except TimeoutError as error:
            response.cancel()
            raise DeadlineExceeded("the deadline passed before the answer was ready") from error
        except asyncio.CancelledError:
            response.cancel()
            raise
        except BackPressureError as error:
            raise Overloaded(f"the {self._name} is at capacity") from error
        except (RayActorError, DeploymentUnavailableError) as error:
            raise Unavailable(f"the {self._name} is not answering") from error
        except RayTaskError as error:
            # Outside the fast mode Ray wraps what the node raised.
            raise error.cause from error


class RemoteEmbedder(Remote):
    """The Embedder is told the budget as well: it drops late work before the model sees it."""

    async def analyse(self, photo: Photo, *, budget: float) -> Analysis:
        """See `deployments.embedder.Embedder.analyse`."""
        analysis: Analysis = await self._within(budget, self._handle.analyse.remote(photo, budget))
        return analysis


@serve.deployment(name="Ingress")
@serve.ingress()
class Ingress:
    """The application, its pool for accounts, and the handles of the other three nodes."""

    async def __init__(
        self, embedder: DeploymentHandle, matcher: DeploymentHandle, limiter: DeploymentHandle
    ) -> None:
        environment = _with_secret(settings())
        configure_logs(environment.log_format, environment.log_level)
        make_discreet("ray.serve", expected=FacegraphError)
        pool = await open_pool(environment.database, max_size=ACCOUNT_CONNECTIONS)
        self._services = Services(
            embedder=cast("ports.Embedder", RemoteEmbedder(embedder, "embedder")),
            matcher=cast("ports.Matcher", Remote(matcher, "matcher")),
            accounts=Accounts(pool, _log_ins(environment)),
            # Whether somebody still has access is asked on a connection that nobody waits for.
            access=Access(await open_pool(environment.database, max_size=1)),
            limiter=cast("ports.Limiter", Remote(limiter, "limiter")),
            settings=environment,
        )
        self._application = build(self._services)
        Guard.door = Door(self._application, self._services)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Take a changed `user_config`; it holds from the next request."""
        self._services.tune(IngressTuning.model_validate(user_config))

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Give Ray Serve the application once the constructor is through."""
        return self._application


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
