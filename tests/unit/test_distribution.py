"""Files that share a service stay together on a worker, and every other file by itself."""

from pathlib import Path

import pytest

from tests.distribution import shared_by

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("file", "shared"),
    [
        ("acceptance/test_access.py", "service"),
        ("acceptance/test_surface.py", "service"),
        ("acceptance/test_metrics.py", "doubled"),
        ("acceptance/test_two_replicas.py", "doubled"),
        ("acceptance/test_capacity.py", None),
        ("unit/web/test_access.py", None),
    ],
)
def test_who_shares(file: str, shared: str | None) -> None:
    """A file of acceptance tests shares the service that its tests ask for by name."""
    assert shared_by(TESTS / file) == shared
