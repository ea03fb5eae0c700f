"""The pack that is serving."""

from deployments.web.call import Current
from deployments.web.routing import router
from deployments.web.schemas.models import ModelCardOut, ModelList

routes = router("oversight")


@routes.get("/v1/models")
async def list_models(call: Current) -> ModelList:
    """Tell which pack is serving, its licence, its files and what it runs on."""
    card = await call.services.embedder.card(budget=call.budget)
    return ModelList(items=[ModelCardOut.of(card)], next_cursor=None)
