"""The whole contract, fuzzed: the real application and database, the same requests each time."""

from collections.abc import Iterator

import pytest
import structlog

from tests.contract.run import fuzz
from tests.integration.in_process import Served, served

SEED = "20260101"


@pytest.fixture
def service(database_url: str) -> Iterator[Served]:
    """Serve the application over the test's database."""
    with structlog.testing.capture_logs(), served(database_url) as up:
        yield up


@pytest.mark.timeout(300)  # Ten seconds by itself, but it asks for a core.
def test_every_operation_keeps_to_its_document(service: Served) -> None:
    """Whatever is sent, alone or one after the other, is answered as the OpenAPI document says."""
    told = fuzz(service.url, service.token, "--seed", SEED, "--max-examples", "5", seconds=240)

    assert "Tested: 36" in told
