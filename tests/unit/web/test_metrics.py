"""`GET /metrics`: who is told, what, and what there is instead where nobody is."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from deployments.errors import DeadlineExceeded, Unavailable
from deployments.totals import Reporter
from tests.unit.web.conftest import Serve, Service

TOKEN = "what-a-scraper-shows-is-hard-to-guess-7431"


async def test_the_page(service: Service) -> None:
    """It is the telemetry's, in the text format, and no cache keeps it."""
    service.board.totals.take(Reporter("one", "Ingress").counted())
    answer = await service.client.get("/metrics")
    families = {family.name for family in text_string_to_metric_families(answer.text)}

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert {"facegraph_replicas", "facegraph_rejects", "facegraph_stage_seconds"} <= families


@pytest.mark.parametrize("error", [Unavailable("away"), DeadlineExceeded("late")])
async def test_while_telemetry_is_away(service: Service, error: Exception) -> None:
    """The scraper hears so at once, and may come again."""
    service.board.error = error
    answer = await service.client.get("/metrics")

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer \N{LATIN SMALL LETTER E WITH ACUTE}", 401),
        (f"Basic {TOKEN}", 401),
        ("", 401),
    ],
)
async def test_with_a_token(serve: Serve, shown: str, status: int) -> None:
    """Where one is set, exactly it is asked for, as of any machine."""
    service = serve(metrics_token=SecretStr(TOKEN))
    answer = await service.client.get("/metrics", headers={b"authorization": shown.encode()})

    assert answer.status_code == status
    assert status == 200 or answer.headers["www-authenticate"] == "Bearer"


async def test_a_callers_token_is_another(serve: Serve) -> None:
    """An administrator of the service is not the scraper."""
    service = serve(metrics_token=SecretStr(TOKEN))

    assert (await service.client.get("/metrics", headers=service.admin)).status_code == 401


async def test_off_there_is_no_such_route(serve: Serve) -> None:
    """Where nothing is counted there is nothing to read, with a token or without."""
    service = serve(metrics=False, metrics_token=SecretStr(TOKEN))
    answer = await service.client.get("/metrics")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
