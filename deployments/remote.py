"""Other nodes as the ingress calls them: in time, behind a breaker, in the domain's words."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import cache, partial
from time import monotonic
from typing import Any, Self

from grpc import RpcError
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import (
    BackPressureError,
    DeploymentUnavailableError,
    ReplicaUnavailableError,
)
from ray.serve.handle import DeploymentHandle

from deployments import tracing
from deployments.breaker import Breaker
from deployments.deadline import in_time
from deployments.errors import Overloaded, Unavailable
from deployments.messages.embedder import Analysis, Photo
from deployments.reporting import PATIENCE_SECONDS, Tell

CROWDED_SECONDS = 0.1  # Between two tries to ask a node before which the queue is full.
PICKLE = "pickle"  # Ray's own choice also takes functions apart, and three times as long.

Method = Callable[[str], DeploymentHandle]


class GivenUp(Exception):
    """A replica that is leaving gave the call up; its caller did not."""


class Lost(Unavailable):
    """The replica that had the call is gone; whether it had done its work is not known."""


# What Ray raises where a replica, its process or its node is gone. In the fast mode calls go by
# gRPC, and of its errors Ray names only the commonest.
LOST = (RayError, ReplicaUnavailableError, DeploymentUnavailableError, RpcError, GivenUp)

Within = Callable[[float], AbstractAsyncContextManager[object]]


class Remote:
    """The methods of another node, each called with what is left of the caller's deadline.

    Ray's own errors become the domain's, so that a route cannot tell a node from a module.
    `within` is what ends a call in time: a breaker's `call`, where the node has one.
    """

    def __init__(self, handle: DeploymentHandle, name: str, within: Within = in_time) -> None:
        self._method = methods_of(handle)
        self._name = name
        self._within = within

    @classmethod
    def guarded(cls, handle: DeploymentHandle, name: str, question: str) -> Self:
        """Return a node behind a breaker, which asks it `question` while it seems to be away."""
        asked = methods_of(handle)(question)

        async def ask() -> object:
            while True:
                try:
                    return await _answer(asked)
                except BackPressureError:  # Only time tells whether that queue moves.
                    await asyncio.sleep(CROWDED_SECONDS)

        return cls(handle, name, Breaker(name, ask, LOST).call)

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any, budget: float) -> Any:
            with tracing.call(f"{self._name}.{method}"):
                return await self._ask(budget, method, *arguments)

        return call

    async def _ask(self, seconds: float, method: str, /, *arguments: Any, **told: Any) -> Any:
        try:
            async with self._within(seconds):
                return await _answer(self._method(method), *arguments, **told)
        except BackPressureError as error:
            raise Overloaded(f"The {self._name} is at capacity.") from error
        except RayTaskError as error:
            # Outside the fast mode Ray wraps what the node raised.
            raise error.cause from error
        except LOST as error:
            raise Lost(f"The {self._name} is not answering.") from error


class RemoteMatcher(Remote):
    """The Matcher is told the budget as well: it drops late work before the database sees it.

    And for which request it works, where it is for one.
    """

    async def _ask(self, seconds: float, method: str, /, *arguments: Any, **told: Any) -> Any:
        origin = tracing.origin()
        told |= {"budget": seconds} | ({} if origin is None else {"origin": origin})
        return await super()._ask(seconds, method, *arguments, **told)


class RemoteEmbedder(Remote):
    """The Embedder is told the budget as well: it drops late work before the model sees it."""

    async def analyse(self, photo: Photo, *, budget: float) -> Analysis:
        """See `deployments.embedder.Embedder.analyse`.

        A photo whose replica died is looked at once more by another: nothing was changed by it.
        """
        deadline = monotonic() + budget
        try:
            return await self._analyse(photo, budget)
        except Lost:
            left = deadline - monotonic()
            if left <= 0:
                raise
            return await self._analyse(photo, left)

    async def _analyse(self, photo: Photo, budget: float) -> Analysis:
        with tracing.call("embedder.analyse"):
            told = replace(photo, origin=tracing.origin())
            analysis: Analysis = await self._ask(budget, "analyse", told, budget)
            return analysis


def teller(telemetry: DeploymentHandle) -> Tell:
    """Return how a replica tells the Telemetry node what it has counted."""
    return partial(Remote(telemetry, "telemetry").take, budget=PATIENCE_SECONDS)


def methods_of(handle: DeploymentHandle) -> Method:
    """Return what gives the methods of a node, each a handle; Ray would make one for each call."""

    @cache
    def method(name: str) -> DeploymentHandle:
        return handle.options(
            method_name=name, request_serialization=PICKLE, response_serialization=PICKLE
        )

    return method


async def _answer(method: DeploymentHandle, /, *arguments: Any, **told: Any) -> Any:
    """Call a method of a node; whoever is cancelled takes the call back."""
    response = method.remote(*arguments, **told)
    try:
        return await response
    except asyncio.CancelledError:
        response.cancel()
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            raise GivenUp from None
        raise
