"""The HTTP application: the routes, the error table, the envelope."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from deployments.web import failures
from deployments.web.envelope import Envelope
from deployments.web.routes import (
    accounts,
    collections,
    documentation,
    enrolled_faces,
    faces,
    health,
    identification,
    identities,
    metrics,
    models,
    policies,
    sessions,
)
from deployments.web.services import Services

__all__ = ["Services", "build"]

# The hot ones first: a request is matched against the routes one by one.
FAMILIES = (
    identification,
    faces,
    identities,
    enrolled_faces,
    collections,
    sessions,
    accounts,
    models,
    policies,
    health,
    metrics,
    documentation,
)


def build(services: Services) -> FastAPI:
    """Return the application on these services; it closes them when the server shuts down."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        services.close()

    application = FastAPI(
        title="Facegraph",
        version="1",
        summary="Face identity service: enrol with consent, recognise, verify, erase.",
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        # FastAPI's own spans would carry paths, and paths carry ids.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for family in FAMILIES:
        # Included routers would be matched twice a request; their routes by themselves are not.
        application.router.routes.extend(family.routes.routes)
    failures.install(application)
    application.add_middleware(Envelope, services=services)
    return application
