"""The application on ports in memory, called in process."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

import httpx
import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from structlog.typing import EventDict

from config.settings import Settings
from deployments.arguments import IngressTuning, RateLimits
from deployments.messages.accounts import Role
from deployments.web.application import Services, build
from tests.leaks import Secrets
from tests.unit.web.in_memory.board import Board
from tests.unit.web.in_memory.ledger import Ledger
from tests.unit.web.in_memory.photographs import Photographs
from tests.unit.web.in_memory.register import Register
from tests.unit.web.in_memory.shelf import Shelf
from tests.unit.web.in_memory.shelved import Shelved
from tests.unit.web.in_memory.tally import Tally
from tests.unit.web.labels import strays

SECRET = "a key of the tests, long enough for HS256"
SESSION = UUID(int=42)
UNLIMITED = IngressTuning(rate_limits=RateLimits(**dict.fromkeys(RateLimits.model_fields, ())))


@dataclass
class Service:
    """The application, what stands behind it, and a way to call it as somebody."""

    application: FastAPI
    services: Services
    photographs: Photographs
    shelf: Shelf
    register: Register
    ledger: Ledger
    tally: Tally
    board: Board
    policies: Shelved
    client: httpx.AsyncClient

    def token(
        self,
        role: Role,
        collections: tuple[str, ...] = ("*",),
        scopes: tuple[str, ...] = (),
        must_change_password: bool = False,
    ) -> dict[str, str]:
        """Return the header that says who calls."""
        account = self.register.add(
            role,
            role,
            collections=collections,
            scopes=scopes,
            must_change_password=must_change_password,
        )
        return {"authorization": f"Bearer {self.services.tokens.issue(account, SESSION)}"}

    @property
    def admin(self) -> dict[str, str]:
        """Return the header of an administrator."""
        return self.token("admin")


Serve = Callable[..., Service]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the log lines of a test from being rendered for nobody; none of them tells a secret.

    Those that a test captures by itself are looked at as well.
    """
    seen: list[object] = []

    class Watched(structlog.testing.LogCapture):
        def __call__(self, logger: Any, name: str, event: EventDict) -> NoReturn:
            seen.append(dict(event))
            super().__call__(logger, name, event)

    monkeypatch.setattr(structlog.testing, "LogCapture", Watched)
    with structlog.testing.capture_logs():
        yield
    assert [*Secrets(key=SECRET).said(repr(seen).encode())] == []


@pytest.fixture(scope="session", autouse=True)
def no_caller_labels_a_series() -> Iterator[None]:
    """Whatever the requests of all tests hold, no label has a value that is not of a fixed list."""
    yield
    assert strays() == set()


def new_service(**settings: Any) -> Service:
    """Build a service whose settings differ from the defaults; whoever asks closes it."""
    given = {"jwt_secret": SecretStr(SECRET), "bcrypt_rounds": 4, **settings}
    photographs, shelf, register = Photographs(), Shelf(), Register()
    behind = photographs, shelf, register, Ledger(), Tally(), Board(), Shelved(shelf)
    services = Services(*behind, Settings(**given))
    application = build(services)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://facegraph"
    )
    return Service(application, services, *behind, client)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Build services whose settings differ from the defaults; close them afterwards."""
    built: list[Service] = []

    def build_one(**settings: Any) -> Service:
        built.append(new_service(**settings))
        return built[-1]

    yield build_one
    for service in built:
        await service.client.aclose()
        service.services.close()


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[Service]:
    """One service for all examples of a property, which leave behind what they like.

    It has no limits: the examples are many, and each is to be looked at.
    """
    service = new_service()
    service.services.tune(UNLIMITED)
    yield service
    await service.client.aclose()
    service.services.close()


@pytest.fixture
def service(serve: Serve) -> Service:
    """Build the application with its defaults."""
    return serve()
