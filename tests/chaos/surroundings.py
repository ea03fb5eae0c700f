"""A service of two replicas each, and a database server beside it, as deaths need them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import yaml

from db.embedded import embedded_server
from tests.acceptance.conftest import ROOT, Running, eventually, running

NODES = ("Ingress", "Embedder", "Matcher")
REPLICAS = 2


class Server:
    """A PostgreSQL that no service owns, so that it may die without ending one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self.start()

    def start(self) -> None:
        """Start it, or start it again; returns when it takes connections."""
        self.url = self._stack.enter_context(embedded_server(self.folder))

    def stop(self) -> None:
        """Stop it as an operator does: what is committed is kept, what is under way ends."""
        self._stack.close()

    def postmaster(self) -> psutil.Process:
        """Return the process that all the others of it are children of."""
        return psutil.Process(int((self.folder / "postgres/postmaster.pid").read_text().split()[0]))

    @property
    def superuser(self) -> str:
        """The address of its database for its administrator."""
        return self.url.replace("//facegraph@", "//postgres@")

    async def execute(self, statement: str) -> None:
        """Run a statement as its administrator."""
        connection = await asyncpg.connect(self.superuser)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def doubled(folder: Path, database_url: str, **environment: str) -> Iterator[Running]:
    """Run a service of two replicas each on that database, until the last of them answers."""
    path = folder / "doubled.yaml"
    path.write_text(yaml.safe_dump(configured(REPLICAS)))
    chosen = {"FACEGRAPH_SERVE_CONFIG": str(path), "DATABASE_URL": database_url}
    with running(folder, **chosen, **environment) as up:
        eventually(lambda: "Ctrl-C ends it" in (folder / "up.log").read_text())
        eventually(lambda: all(len(replicas(up, node)) == REPLICAS for node in NODES))
        yield up


def configured(replicas: int) -> dict[str, Any]:
    """Return the shipped configuration with so many replicas of each node."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    for each in document["applications"][0]["deployments"]:
        if each["name"] in NODES:
            each["autoscaling_config"] |= {"min_replicas": replicas, "max_replicas": replicas}
    return document


def titled(up: Running, title: str) -> list[psutil.Process]:
    """Return the processes of a service that Ray calls so."""
    return [each for each in up.processes() if title in _title(each)]


def replicas(up: Running, node: str) -> list[psutil.Process]:
    """Return the replicas of a node that have started."""
    return [each for each in up.processes() if _has_started(each, f"facegraph:{node}")]


def _title(process: psutil.Process) -> str:
    """Return what Ray calls a process; nothing of one that has ended meanwhile."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def _has_started(process: psutil.Process, replica: str) -> bool:
    # Ray names the process for the replica's own name while it starts, and then for its class.
    title = _title(process)
    return title.startswith(f"ray::ServeReplica:{replica}") and "initialize" not in title
