"""The pack that is serving."""

from deployments.web.call import Current
from deployments.web.parameters import Paging
from deployments.web.routing import router
from deployments.web.schemas.models import ModelCardOut, ModelList

LISTING = "models"

routes = router("oversight")


@routes.get("/v1/models")
async def list_models(call: Current, paging: Paging) -> ModelList:
    """Tell which pack is serving, its licence, its files and what it runs on."""
    # One pack fits on every page, so no cursor was ever given out.
    call.services.cursors.open(LISTING, paging.cursor)
    card = await call.services.embedder.card(budget=call.budget)
    return ModelList(items=[ModelCardOut.of(card)], next_cursor=None)
