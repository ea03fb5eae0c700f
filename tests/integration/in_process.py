"""The application over a real database, served by uvicorn in a thread of the test's own process."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket
from typing import Any, cast
from uuid import uuid4

import uvicorn
from pydantic import SecretStr

from config.serve_environment import free_ports
from config.settings import Settings
from db.access import Access
from db.accounts import Accounts
from db.gallery import Gallery
from db.policies import Policies
from db.pool import open_pool
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.images import decode
from deployments.web import ports
from deployments.web.application import Services, build
from deployments.web.door import Door
from deployments.web.guard import Guard
from deployments.web.passwords import hash_password
from tests.unit.web.conftest import SECRET, UNLIMITED
from tests.unit.web.in_memory.board import Board
from tests.unit.web.in_memory.photographs import Photographs
from tests.unit.web.in_memory.tally import Tally

AMBIGUITY_MARGIN = 0.02
FUZZER = "zz-fuzzer"
LONGEST_BODY = 32 * 2**20


class Eyes(Photographs):
    """An embedder that decodes what it is sent, and then finds one and the same face in it."""

    async def analyse(self, photo: Photo, *, budget: float) -> Analysis:
        """Refuse what is no image, as the pipeline does."""
        decode(photo.data, None, max_pixels=40_000_000)
        return await super().analyse(photo, budget=budget)


class Node:
    """The gallery with the names and the budget that a node has; Ray is not needed for it."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._gallery, "search" if name == "identify" else name)

        async def call(*arguments: Any, budget: float) -> Any:
            del budget
            return await method(*arguments)

        return call


@dataclass
class Served:
    """Where it is reached, and the token of an administrator."""

    url: str
    token: str


class Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, port: int) -> None:
        super().__init__(
            uvicorn.Config("", host="127.0.0.1", port=port, log_config=None, access_log=False)
        )
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def served(database_url: str) -> Iterator[Served]:
    """Serve on a free port of loopback until the block ends."""
    port = free_ports(1)[0]
    server, tokens = Server(port), list[str]()
    serving = _serve(server, database_url, tokens)
    thread = threading.Thread(target=asyncio.run, args=(serving,))
    thread.start()
    try:
        assert server.listening.wait(30)
        yield Served(f"http://127.0.0.1:{port}", tokens[0])
    finally:
        server.should_exit = True
        thread.join(30)


async def _serve(server: Server, database_url: str, tokens: list[str]) -> None:
    environment = Settings(jwt_secret=SecretStr(SECRET), bcrypt_rounds=4)
    async with open_pool(database_url, max_size=8) as pool:
        accounts = Accounts(pool)
        matcher = cast("ports.Matcher", Node(Gallery(pool, AMBIGUITY_MARGIN)))
        behind = Eyes(), matcher, accounts, Access(pool), Tally(), Board(), Policies(pool)
        services = Services(*behind, environment)
        # A run that is told to wait sees little of the rest; limits have tests of their own.
        services.tune(UNLIMITED)
        hashed = hash_password("a password of the tests", 4)
        fuzzer = await accounts.create(FUZZER, hashed, "admin")
        tokens.append(services.tokens.issue(fuzzer, uuid4()))
        application = build(services)
        guard = Guard(application, LONGEST_BODY, environment.body_timeout_seconds)
        guard.door = Door(application, services)
        server.config.app = guard
        await server.serve()
        services.close()
