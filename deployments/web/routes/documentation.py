"""The contract as the code has it: for machines, and for people without a network."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

from deployments.web.openapi import describe
from deployments.web.protection import policy_of_page
from deployments.web.routing import router

PAGE = Path(__file__).parent.with_name("docs.html").read_text("utf-8")
POLICY = {"Content-Security-Policy": policy_of_page(PAGE)}

routes = router("documentation")


@routes.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> dict[str, Any]:
    """Return the OpenAPI document."""
    application: FastAPI = request.app
    return describe(application)


@routes.get("/docs", include_in_schema=False)
async def docs() -> HTMLResponse:
    """Return a page that shows the OpenAPI document and loads nothing from elsewhere."""
    return HTMLResponse(PAGE, headers=POLICY)
