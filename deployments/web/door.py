"""The application's part of the guard: which route a request is for, and whether it may pass."""

from fastapi import FastAPI
from starlette.routing import Match
from starlette.types import Scope

from deployments.errors import NotFound
from deployments.web.access import methods_of
from deployments.web.admission import KEY, Admission
from deployments.web.entrance import admit
from deployments.web.problem import MethodNotAllowed
from deployments.web.routing import GuardedRoute
from deployments.web.services import Services


class Door:
    """Admits the requests of one application; lives as long as it does.

    Ray Serve takes in a whole body before the application sees the request, so the guard asks
    here first. The application finds the admission in the scope and does not ask again.
    """

    def __init__(self, application: FastAPI, services: Services) -> None:
        self._routes = [each for each in application.routes if isinstance(each, GuardedRoute)]
        self._services = services

    async def __call__(self, scope: Scope) -> int:
        """Admit a request, and return how many bytes its body may have.

        Raises what `admit` raises, and NotFound or MethodNotAllowed where there is no route.
        """
        elsewhere: GuardedRoute | None = None
        for route in self._routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                admission = scope[KEY] = Admission(route.path_format)
                await admit(admission, route.rule, scope, found["path_params"], self._services)
                return route.most_bytes(self._services.settings)
            if match is Match.PARTIAL:
                elsewhere = elsewhere or route
        if elsewhere is None:
            raise NotFound("There is no such route.")
        methods = methods_of(elsewhere.path_format)
        raise MethodNotAllowed("The route has no such method.", methods)
