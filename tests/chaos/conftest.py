"""One service and one database server for all deaths that leave them as they were."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from cli import pictures
from tests.acceptance.conftest import Running
from tests.chaos.deaths import Death, Row, dying
from tests.chaos.page import write_table
from tests.chaos.surroundings import Server, doubled

Dying = Callable[..., AbstractContextManager[Death]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make chaos` ask for the page."""
    parser.addoption("--write-page", action="store_true", help="write docs/operations.md anew")


@pytest.fixture(scope="session")
def rows(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    """Collect what callers saw of each death; in the end write it down where that is asked for."""
    found: list[Row] = []
    yield found
    if request.config.getoption("--write-page", default=False) and not request.session.testsfailed:
        write_table(found)


@pytest.fixture(scope="session")
def portrait() -> bytes:
    """Give the portrait scikit-image ships: one person."""
    return pictures.jpeg(pictures.stranger_photo())


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Server]:
    """Give a database server that may die."""
    with tempfile.TemporaryDirectory(prefix="fg-") as folder:
        server = Server(Path(folder))
        yield server
        server.stop()


@pytest.fixture(scope="session")
def up(elsewhere: Server) -> Iterator[Running]:
    """Give a service of two replicas each that uses it."""
    with (
        tempfile.TemporaryDirectory(prefix="fg-") as folder,
        doubled(Path(folder), elsewhere.url) as up,
    ):
        yield up


@pytest.fixture
def death(portrait: bytes, rows: list[Row]) -> Dying:
    """Let something of a service die under traffic, and keep what its callers saw."""

    @contextmanager
    def recorded(up: Running, what: str) -> Iterator[Death]:
        with dying(up, portrait, what) as each:
            yield each
        rows.append(each.row())
        print(f"\n{each.row()}")  # noqa: T201  what callers saw is what a run is for

    return recorded
